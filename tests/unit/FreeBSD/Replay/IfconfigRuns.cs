using System.Globalization;
using System.Reflection;

namespace HypervVfattach.Tests.Unit.FreeBSD.Replay;

/// <summary>One run of the real ifconfig: its requests to the kernel, except those that only read the interface.</summary>
internal sealed record IfconfigRun(bool OverNetlink, string Command, int Exit, IReadOnlyList<string> Requests);

/// <summary>The recorded runs of ifconfig: data/ifconfig.tsv.</summary>
internal static class IfconfigRuns
{
    public static IReadOnlyList<IfconfigRun> All { get; } = Load();

    /// <summary>The run of a command in the style of FreeBSD 13 and earlier, where everything is an ioctl.</summary>
    public static IfconfigRun ByIoctl(string command) => All.First(r => !r.OverNetlink && r.Command == command);

    private static List<IfconfigRun> Load()
    {
        using var file = new StreamReader(
            Assembly.GetExecutingAssembly().GetManifestResourceStream("FreeBSD.ifconfig.tsv")!);
        var runs = new List<IfconfigRun>();
        while (file.ReadLine() is { } line)
            if (!line.StartsWith('#') && line.Split('\t') is [var style, var command, var exit, var requests])
                runs.Add(new IfconfigRun(style == "netlink", command, int.Parse(exit, CultureInfo.InvariantCulture),
                    requests.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        return runs;
    }
}
