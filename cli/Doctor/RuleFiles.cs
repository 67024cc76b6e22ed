using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>udev rules: ours, and those of other packages that match VFs.</summary>
internal static class RuleFiles
{
    /// <summary>Our rules for VFs of Hyper-V.</summary>
    public const string Ours = "60-hyperv-vfattach.rules";

    // For VFs on any PCI bus.
    private const string OursPci = "61-hyperv-vfattach-pci.rules";

    // "# hyperv-vfattach 0.1.0: ...", the first line of our rules.
    private const string Mark = "# hyperv-vfattach ";

    public static void Check(Examined host, Findings found)
    {
        if (!host.Facts.HasUdev)
            return;
        bool isMissing = true;
        List<TextFile> effective = [];
        foreach (TextFile file in host.Facts.Rules)
        {
            bool isOurs = file.Name is Ours or OursPci;
            if (effective.Find(other => other.Name == file.Name) is { } winner)
            {
                if (isOurs)
                    found.Add(winner.Text == file.Text ? "shadowed/same" : "shadowed", winner.Path, file.Path);
                continue;
            }
            effective.Add(file);
            isMissing &= !isOurs || file.Text.Length == 0;
            if (!isOurs)
                Other(file, found);
            else if (VersionOf(file) is var version && file.Text.Length > 0 && version != host.Version)
                found.Add("versions/rules", file.Path, version, host.Version);
        }
        if (isMissing && !host.Pairs.IsEmpty)
            found.Add("udev-rules", Ours);
        foreach (InstalledProgram program in host.Facts.Programs)
        {
            if (!program.IsThere)
                found.Add("udev-rules/program", program.StartedBy, program.Path);
            else if (!program.IsThis)
                found.Add("versions", program.StartedBy, program.Path, host.Version);
        }
    }

    private static string VersionOf(TextFile file) => !file.Text.StartsWith(Mark, StringComparison.Ordinal) || file.Text.IndexOf(':') is var end && end < 0
        ? "unknown" : file.Text[Mark.Length..end];

    private static void Other(TextFile file, Findings found)
    {
        // LIS (60-hyperv-sriov.rules) and SUSE (60-azure-bond-autoconf.rules) start a script that makes a bond.
        if (Has("bondvf") || file.Name == "60-azure-bond-autoconf.rules")
            found.Add("other-rules/bond", file.Path);
        else if (Has("AZURE_UNMANAGED_SRIOV"))
            found.Add("other-rules", file.Path);
        else if (Has("NM_UNMANAGED"))
            found.Add("other-rules/nm", file.Path);

        bool Has(string word) => file.Text.Contains(word, StringComparison.Ordinal);
    }
}
