using System.Globalization;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>FreeBSD: devd's rules, loader tunables, dhclient on a port.</summary>
internal static class FreeBsdSettings
{
    private const string Ours = "/usr/local/etc/devd/hyperv-vfattach.conf", Tunable = "hw.hn.vf_transparent";

    public static void Check(Examined host, Findings found)
    {
        if (host.Host is not FreeBsdSnapshot { Facts: var facts })
            return;
        // Where the kernel joins the pairs, no rule does anything.
        if (facts.VfTransparent is 0)
            Rules(host.Facts.Rules, found);
        foreach (string line in host.Facts.Loader)
        {
            if (line.Split('=') is [var key, var value] && key.Trim() == Tunable && facts.VfTransparent is { } now
                && now.ToString(CultureInfo.InvariantCulture) is var has && value.Trim().Trim('"') is var wanted && has != wanted)
                found.Add("tunable", Tunable, wanted, has);
        }
        foreach (DhcpClient client in facts.DhcpClients)
        {
            if (host.Host.Find(client.Link) is { } link && (link.Master != 0 || link.Device?.Driver != "hn" && link.Kind is null))
                found.Add("vf-owner/dhclient", link.Name, client.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Rules(List<TextFile> files, Findings found)
    {
        bool isOurs = files.Exists(file => file.Path == Ours);
        foreach (TextFile file in files)
        {
            if (file.Path != Ours && file.Text.Contains("HYPERV_NIC_VF", StringComparison.Ordinal) && (!isOurs || Priority(file.Text) >= 100))
                found.Add("other-rules/devd", file.Path, Ours);
        }
    }

    // notify 10 { ... }
    private static int Priority(string text)
    {
        int highest = 0;
        foreach (string line in text.Split('\n'))
        {
            if (line.Trim().Split(' ') is ["notify", var number, ..] && int.TryParse(number, out int priority))
                highest = Math.Max(highest, priority);
        }
        return highest;
    }
}
