using HypervVfattach.Core;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Owners;

/// <summary>A unit that systemd stops when no interface has the name of its device any more (BindsTo=), such as ifupdown's
/// ifup@NAME.service.</summary>
internal static class BoundUnit
{
    private const string Mark = "# hyperv-vfattach(8), while its pair is joined\n";

    // Files here override those in /etc, and drop-ins here those of the same name (systemd.unit(5), "system.control"). systemctl
    // set-property writes here too.
    private const string Control = "/run/systemd/system.control";

    /// <summary>Overrides the unit's files until the next boot with copies that lack the binding, or removes these copies. On removal there
    /// is no daemon-reload: the device may be about to reappear, and a reload now would stop the unit. A unit without a binding is left
    /// alone.</summary>
    public static void Keep(string unit, bool keep)
    {
        string copy = $"{Control}/{unit}", dropIns = $"{copy}.d", path = copy;
        try
        {
            if (!keep)
            {
                Remove(copy);
                if (!Directory.Exists(dropIns))
                    return;
                path = dropIns;
                foreach (string file in Directory.GetFiles(dropIns))
                    Remove(file);
                if (Directory.GetFileSystemEntries(dropIns).Length == 0)
                    Directory.Delete(dropIns);
                return;
            }
            using ServiceManager? manager = ServiceManager.Connect();
            bool bound = false;
            foreach (string file in Files(manager, unit))
            {
                path = file;
                if (file.StartsWith(Control, StringComparison.Ordinal) || Unbound(file) is not { } text)
                    continue;
                bool isDropIn = Path.GetDirectoryName(file)!.EndsWith(".d", StringComparison.Ordinal);
                path = isDropIn ? $"{dropIns}/{Path.GetFileName(file)}" : copy;
                // systemd reads a half-written file as an empty one, which masks the unit.
                RuntimeFile.Write(path, Mark + text);
                bound = true;
            }
            if (bound)
                manager!.Reload(unit);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, path, keep ? "copy without its binding" : "remove");
        }
    }

    private static void Remove(string file)
    {
        if (File.Exists(file) && File.ReadAllText(file).StartsWith(Mark, StringComparison.Ordinal))
            File.Delete(file);
    }

    private static List<string> Files(ServiceManager? manager, string unit)
    {
        List<string> files = manager?.FilesOf(unit) ?? [];
        // systemd has not read its files since our copies were removed.
        if (files.TrueForAll(File.Exists))
            return files;
        manager!.Reload(unit);
        return manager.FilesOf(unit);
    }

    /// <summary>The text of a unit's file without its bindings; null if it has none.</summary>
    internal static string? Unbound(string file)
    {
        List<IniSection> sections = IniFile.Parse(File.ReadAllLines(file)).Sections;
        int bindings = sections.Where(section => section.Name == "Unit").Sum(section => section.Assignments.RemoveAll(IsBinding));
        return bindings == 0 ? null : IniFile.Text(sections);
    }

    // BindTo= is the old name, which systemd still accepts (src/core/load-fragment-gperf.gperf.in).
    private static bool IsBinding((string Key, string Value) assignment) => assignment.Key is "BindsTo" or "BindTo";
}
