using HypervVfattach.Core;

namespace HypervVfattach.Doctor;

/// <summary>All checks. Each is a function of the observation alone, which adds what it finds.</summary>
internal static class Checks
{
    /// <summary>The checks that an image has to pass: each NIC is as it should be.</summary>
    private static readonly string[] s_selftest =
    [
        "vf-address", "vf-owner", "vf-file", "default-route", "kernel-join", "not-joined", "journal", "data-path", "no-driver", "one-leg", "udev-rules",
        "udev-marks", "initramfs", "configuration",
    ];

    /// <summary>Everything that was found, the worst first.</summary>
    public static List<Finding> Of(Examined host)
    {
        var found = new Findings();
        // A cause before its effects, so that the order of the report is that of the work.
        ConfigurationFile.Check(host, found);
        RuleFiles.Check(host, found);
        UdevMarks.Check(host, found);
        FreeBsdSettings.Check(host, found);
        ConfigurationAtBoot.Check(host, found);
        VfDrivers.Check(host, found);
        foreach (Pair pair in host.Pairs)
        {
            ConfigurationAtBoot.Check(host, pair, found);
            BondingModule.Check(host, pair, found);
            VfConfiguration.Check(host, pair, found);
        }
        PairHealth.Check(host, found);
        foreach (Pair pair in host.Pairs)
        {
            Flapping.Check(host, pair, found);
            PortSettings.Check(host, pair, found);
            WrongLeg.Check(host, pair, found);
        }
        ScanTimer.Check(host, found);
        Unseen.Check(host, found);
        List<Finding> sorted = [];
        for (Severity severity = Severity.Broken; severity >= Severity.Note; severity--)
        {
            foreach (Finding finding in found.All)
            {
                if (finding.Severity == severity)
                    sorted.Add(finding);
            }
        }
        return sorted;
    }

    /// <summary>Whether a finding says that something could not be looked at.</summary>
    public static bool IsUnseen(Finding finding) => finding is { Severity: Severity.Note, Check: "initramfs" or "unseen" };

    /// <summary>Whether a finding is a fault of an image.</summary>
    public static bool FailsSelftest(Finding finding) =>
        finding.Severity != Severity.Note && Array.IndexOf(s_selftest, finding.Check) >= 0;
}
