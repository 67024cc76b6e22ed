using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Owners;

/// <summary>A file of networkd's configuration.</summary>
/// <param name="Name">Its name in /run/systemd/network.</param>
/// <param name="Text">Its content; null if the file must not exist.</param>
internal sealed record NetworkFile(string Name, string? Text)
{
    /// <summary>Its values in the journal.</summary>
    public static NetworkFile Journaled(Fields f, NetworkFile? v) => new(f.Text("name", v?.Name), f.OptionalText("text", v?.Text));
}

/// <summary>The .network files that we write for a pair, in /run/systemd/network; see systemd.network(5).</summary>
/// <param name="seen">What networkd does with the synthetic NIC, or with the bond before a detach.</param>
internal sealed class NetworkdFiles(NetworkdLink seen)
{
    private const string Unmanaged = "[Link]\nUnmanaged=yes\n";

    // networkd treats moved addresses and routes as foreign, which it removes when it configures an interface without KeepConfiguration=.
    private const string Keep = "[Network]\nKeepConfiguration=yes\n[DHCPv4]\nSendRelease=no\n[DHCPv6]\nSendRelease=no\n";

    /// <summary>The bond has the administrator's configuration.</summary>
    public NetworkFile Bond => Named("bond", $"{Header}{OfBond}{seen.Text}{Keep}{Iaid("DHCPv4", seen.Iaid)}{Iaid("DHCPv6", seen.Iaid6)}");

    /// <summary>networkd does not touch the bond yet.</summary>
    public NetworkFile IdleBond => Named("bond", $"{Header}{OfBond}{Unmanaged}");

    /// <summary>networkd does not touch the ports.</summary>
    public NetworkFile Ports => Named("ports", $"{Header}[Match]\nMACAddress={seen.Mac}\nType=ether\n{Unmanaged}");

    /// <summary>No file for the bond.</summary>
    public NetworkFile NoBond => Named("bond", null);

    /// <summary>No file for the ports.</summary>
    public NetworkFile NoPorts => Named("ports", null);

    private string Header => $"# hyperv-vfattach(8), until the next boot or detach; replaces {seen.File}\n";

    private string OfBond => $"[Match]\nMACAddress={seen.Mac}\nType=bond\n";

    /// <summary>The synthetic NIC gets its configuration back, and keeps what it has.</summary>
    /// <param name="name">Its name.</param>
    public NetworkFile Synthetic(string name) => Named("synthetic", $"{Header}[Match]\nName={name}\n{seen.Text}{Keep}");

    /// <summary>Writes and removes files.</summary>
    /// <returns>Whether one of them was not yet so.</returns>
    /// <exception cref="SystemRefusal">A file cannot be written or removed.</exception>
    public static bool Write(ImmutableArray<NetworkFile> files)
    {
        bool changed = false;
        // Write before removing: if there is no room for the new files, the old ones stay too.
        foreach (NetworkFile file in files.OrderBy(file => file.Text is null))
            changed |= RuntimeFile.Put(NetworkdLink.Directory + file.Name, file.Text);
        return changed;
    }

    private static string Iaid(string section, string? iaid) => iaid is null ? "" : $"[{section}]\nIAID={iaid}\n";

    private NetworkFile Named(string role, string? text) => new($"{seen.Prefix}{role}-{seen.File}", text);
}
