using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Linux.Owners;

/// <summary>ifupdown's ifup@NAME.service, which systemd stops when nothing bears the name any more (BindsTo=).</summary>
internal static class IfupUnit
{
    private static readonly string[] s_directories =
        ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>Puts a copy of the unit without the binding in its way until the next boot, or takes it away again: what
    /// systemd reads then it has no hurry with, and nothing is told, because its device may just be on its way
    /// back.</summary>
    public static void Keep(string unit, bool keep)
    {
        string path = $"/run/systemd/system/{unit}";
        try
        {
            if (!keep)
            {
                File.Delete(path);
                return;
            }
            string template = unit[..(unit.IndexOf('@') + 1)] + ".service";
            if (Array.Find(s_directories, directory => File.Exists($"{directory}/{template}")) is not { } found)
                return;
            var lines = new List<string>();
            foreach (string line in File.ReadAllLines($"{found}/{template}"))
            {
                if (!line.StartsWith("BindsTo=", StringComparison.Ordinal))
                    lines.Add(line);
            }
            File.WriteAllText(path, string.Join('\n', lines) + "\n");
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, path, keep ? "write" : "remove");
        }
        using ServiceManager? manager = ServiceManager.Connect();
        if (manager is null)
            return;
        using MethodCall reload = manager.Method("Reload");
        manager.Send(reload, unit, "have systemd read it", "");
    }
}
