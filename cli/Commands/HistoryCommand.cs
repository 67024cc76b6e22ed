using HypervVfattach.Core.Model;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>status --history [IFACE]</c>: what happened to the pairs until now.</summary>
internal static class HistoryCommand
{
    /// <summary>Runs the command.</summary>
    public static ExitCode Run(StatusRequest request, World world)
    {
        List<HistoryEntry> entries = world.History.Read(out int damaged);
        if (request.Interface is { } name)
        {
            Observation observed = new HostReader(world, world.LoadSettings()).Links();
            Link? link = observed.Host.Find(name);
            HardwareAddress? mac = link is null ? null : observed.PairOf(link.Index)?.Mac;
            // The bond has a name of its own, and the alternative names of the synthetic NIC.
            foreach (Join join in observed.Host.Joins)
            {
                if (join.Aggregate == link?.Index)
                    mac = join.Mac;
            }
            entries.RemoveAll(entry => entry.Mac != mac && entry.Synthetic != name && entry.Vf != name);
            if (entries.Count == 0 && link is null)
            {
                world.Log.Error($"{name}: there is no such interface, and the history does not name it");
                return ExitCode.Refused;
            }
        }
        StatusCommand.Write(request.Format == StatusFormat.Json ? HistoryText.Json(entries, damaged) : HistoryText.Of(entries, damaged), request, world);
        return ExitCode.Done;
    }
}
