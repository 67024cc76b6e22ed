using HypervVfattach.Apply;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Linux.Owners;

/// <summary>A unit that systemd stops when nothing bears the name of its device any more (BindsTo=), as ifupdown's
/// ifup@NAME.service.</summary>
internal static class BoundUnit
{
    private const string Binding = "BindsTo=";

    private static readonly string[] s_directories =
        ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>Puts a copy of the unit without the binding in its way until the next boot, or takes it away again: what
    /// systemd reads then it has no hurry with, and nothing is told, because its device may just be on its way
    /// back. A unit that is bound to nothing is left as it is.</summary>
    public static void Keep(string unit, bool keep)
    {
        // It wins over /etc (systemd.unit(5), "system.control").
        const string directory = "/run/systemd/system.control";
        string path = $"{directory}/{unit}";
        try
        {
            if (!keep)
            {
                if (File.Exists(path))
                    File.Delete(path);
                return;
            }
            int at = unit.IndexOf('@');
            string template = at < 0 ? unit : $"{unit[..(at + 1)]}.service";
            string? found = Find(unit) ?? Find(template);
            if (found is null)
                return;
            var lines = new List<string>();
            bool bound = false;
            foreach (string line in File.ReadAllLines(found))
            {
                if (line.StartsWith(Binding, StringComparison.Ordinal))
                    bound = true;
                else
                    lines.Add(line);
            }
            if (!bound)
                return;
            Directory.CreateDirectory(directory);
            File.WriteAllText(path, string.Join('\n', lines) + "\n");
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, path, keep ? "write" : "remove");
        }
        using ServiceManager? manager = ServiceManager.Connect();
        manager?.Reload(unit);
    }

    private static string? Find(string unit)
    {
        foreach (string directory in s_directories)
        {
            if (File.Exists($"{directory}/{unit}"))
                return $"{directory}/{unit}";
        }
        return null;
    }
}
