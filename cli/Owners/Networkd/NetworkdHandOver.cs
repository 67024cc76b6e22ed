using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>A file of networkd's configuration.</summary>
/// <param name="Name">Its name in /run/systemd/network.</param>
/// <param name="Text">Its content; null if the file must not exist.</param>
internal sealed record NetworkFile(string Name, string? Text)
{
    /// <summary>Its values in the journal.</summary>
    public static NetworkFile Journaled(Fields f, NetworkFile? v) => new(f.Text("name", v?.Name), f.OptionalText("text", v?.Text));
}

/// <summary>Write or remove these files, and have networkd reload if one of them changed.</summary>
/// <param name="Files">The files.</param>
/// <param name="Reload">Whether to reload.</param>
/// <param name="Released">Index of the interface that networkd must no longer manage afterwards; 0 for none.</param>
internal sealed record PutNetworkFiles(ImmutableArray<NetworkFile> Files, bool Reload, int Released = 0) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        string.Join(", ", Files.Select(file => $"{(file.Text is null ? "remove" : "write")} {file.Name}"))
        + (Reload ? "; reload systemd-networkd" : "");

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "systemd-networkd";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "change its files in /run";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Released = index(Released) };

    /// <inheritdoc/>
    public override string Kind => "put-network-files";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new PutNetworkFiles(
        f.List<NetworkFile>("files", Files, NetworkFile.Journaled), f.Flag("reload", Reload), f.Int("released", Released));
}

/// <summary>Wait some seconds until networkd has configured an interface, and have it configure the interface again if it failed
/// (state "failed"): it would not renew a lease there.</summary>
internal sealed record AwaitConfigured(int Link) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"systemd-networkd: wait until {name(Link)} is configured; configure it again if that failed";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "systemd-networkd";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"wait until {name(Link)} is configured";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new AwaitConfigured(index(Link));

    /// <inheritdoc/>
    public override string Kind => "await-configured";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AwaitConfigured(f.Link(Link));
}

/// <summary>Fails unless networkd manages an interface: it is configured, or waits for a silent server.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="File">Name of the file with which networkd must manage it; null for any.</param>
internal sealed record CheckNetwork(int Link, string? File) : OwnerCheck(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"{Owner}: {Operation(name)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) =>
        $"check that it manages {name(Link)}{(File is null ? "" : $" with {File}")}";

    /// <inheritdoc/>
    public override string Owner => "systemd-networkd";

    /// <inheritdoc/>
    public override OwnerCheck Loosely => this with { File = null };

    /// <inheritdoc/>
    public override string Kind => "check-network";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CheckNetwork(f.Link(Link), f.OptionalText("file", File));
}

/// <summary>systemd-networkd, also with netplan: files for the bond and its ports that take precedence over the administrator's,
/// which are not changed.</summary>
/// <remarks>
/// networkd releases a lease when it is told that it no longer manages an interface (SendRelease=). So it is told only
/// when the synthetic NIC is a port and the bond has the address: then the release message cannot be sent. Until then networkd
/// must not manage the bond either: with a file that matches it by MAC address networkd would remove what we add.
/// </remarks>
internal sealed class NetworkdHandOver(NetworkdLink seen) : IHandOver
{
    private const string Unmanaged = "[Link]\nUnmanaged=yes\n";

    // networkd treats moved addresses and routes as foreign, which it removes when it configures an interface without KeepConfiguration=.
    private const string Keep = "[Network]\nKeepConfiguration=yes\n[DHCPv4]\nSendRelease=no\n[DHCPv6]\nSendRelease=no\n";

    /// <inheritdoc/>
    public bool NeedsName => false;

    /// <inheritdoc/>
    public ImmutableArray<Change> Announce(string aggregate) => [new PutNetworkFiles([Idle], Reload: true)];

    /// <inheritdoc/>
    public ImmutableArray<Change> Withdraw(string aggregate) =>
        [new PutNetworkFiles([Bond(null), Ports(null)], Reload: false)];

    /// <inheritdoc/>
    public ImmutableArray<Change> Released(int link) =>
        IsAggregate(link) ? [new PutNetworkFiles([Idle], Reload: true, link)] : Join(link);

    /// <inheritdoc/>
    /// <remarks>networkd has read the files already; they are repeated here because the timer's check makes this step again.</remarks>
    public ImmutableArray<Change> Take(int link, string name) => IsAggregate(link)
        ? [Files(0), new AwaitConfigured(link), new CheckNetwork(link, Bond("").Name)] : GiveBack(link, name);

    // The release message waits on the synthetic NIC until the server's hardware address is resolved. These ARP requests must stop:
    // a learning switch would send the VF's frames to the synthetic NIC.
    private ImmutableArray<Change> Join(int synthetic) =>
    [
        Files(synthetic),
        .. seen.Server is { } server
            ? [new PutNeighbour(new Neighbour { Link = synthetic, Destination = server, State = NeighbourState.Failed })]
            : ImmutableArray<Change>.Empty,
    ];

    private PutNetworkFiles Files(int released) => new(
        [
            Ports($"{Header}[Match]\nMACAddress={seen.Mac}\nType=ether\n{Unmanaged}"),
            Bond($"{Header}{OfBond}{seen.Text}{Keep}{Pinned}"),
        ],
        Reload: true, released);

    // With the administrator's file alone networkd would remove the address and ask for it again. With a file that keeps the
    // configuration, it asks for the lease meanwhile. Once networkd has read that file, the file can be removed.
    private ImmutableArray<Change> GiveBack(int link, string name)
    {
        if (seen.Text.Length == 0)
            return [new PutNetworkFiles([Ports(null), Bond(null)], Reload: true)];
        NetworkFile own = File("synthetic", $"{Header}[Match]\nName={name}\n{seen.Text}{Keep}");
        return
        [
            new PutNetworkFiles([Ports(null), own], Reload: true), new AwaitConfigured(link), new CheckNetwork(link, null),
            new PutNetworkFiles([own with { Text = null }], Reload: false),
        ];
    }

    /// <inheritdoc/>
    public (string Reason, string Advice)? JoinObstacle => seen.Earlier is not { } earlier ? null : (
        $"{earlier} sorts before the files for the bond, so that systemd-networkd would not apply them",
        "give it a name that begins with a letter or a digit");

    /// <inheritdoc/>
    public (string Reason, string Advice)? DetachObstacle(string aggregate, string synthetic) =>
        seen is not { IsAggregate: true, Text: "" } ? null : (
            $"{aggregate} is configured from a copy of {seen.File}, which is gone, and systemd-networkd would not configure {synthetic}",
            "put the file back");

    /// <inheritdoc/>
    /// <remarks>networkd hashes the interface's name (src/network/networkd-address-generation.c).</remarks>
    public string? AddressesByName => seen.Text.Contains("prefixstable", StringComparison.OrdinalIgnoreCase)
        ? $"systemd-networkd makes the IPv6 addresses from the interface's name (Token=prefixstable in {seen.File})" : null;

    /// <inheritdoc/>
    public bool BringsSecret => seen.Text.Contains("IPv6StableSecretAddress", StringComparison.OrdinalIgnoreCase);

    private NetworkFile Idle => Bond($"{Header}{OfBond}{Unmanaged}");

    private string Header => $"# hyperv-vfattach(8), until the next boot or detach; replaces {seen.File}\n";

    private string OfBond => $"[Match]\nMACAddress={seen.Mac}\nType=bond\n";

    private string Pinned => Iaid("DHCPv4", seen.Iaid) + Iaid("DHCPv6", seen.Iaid6);

    private static string Iaid(string section, string? iaid) => iaid is null ? "" : $"[{section}]\nIAID={iaid}\n";

    private NetworkFile Bond(string? text) => File("bond", text);

    private NetworkFile Ports(string? text) => File("ports", text);

    private NetworkFile File(string role, string? text) => new($"{seen.Prefix}{role}-{seen.File}", text);

    private bool IsAggregate(int link) => link == seen.Link == seen.IsAggregate;
}
