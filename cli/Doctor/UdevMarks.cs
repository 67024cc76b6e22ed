using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>Whether udev has the properties of each VF by which network managers leave it alone.</summary>
internal static class UdevMarks
{
    public static void Check(Examined host, Findings found)
    {
        if (!host.Facts.HasUdev)
            return;
        foreach (VfFacts record in host.Facts.Vfs)
        {
            List<string> missing = [];
            foreach ((string key, string value) in host.Policy.UdevProperties(new Event(record.Link, DelayOver: true), host.Host, host.Settings))
            {
                // The synthetic NIC may have got another name since, and no program goes by these two marks.
                if (key is not ("HYPERV_VF_SYNTHETIC" or "HYPERV_VF_MAC") && !record.Properties.Contains($"{key}={value}"))
                    missing.Add($"{key}={value}");
            }
            if (missing.Count > 0)
                found.Add("udev-marks", PolicyWords.NameOf(record.Link, host.Host), string.Join(", ", missing));
        }
    }
}
