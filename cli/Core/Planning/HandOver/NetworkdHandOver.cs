using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>A file of networkd's configuration.</summary>
/// <param name="Name">Its name in /run/systemd/network.</param>
/// <param name="Text">What stands in it; null for no such file.</param>
internal sealed record NetworkFile(string Name, string? Text);

/// <summary>Have these files there, and networkd read them if one of them was not so.</summary>
/// <param name="Files">The files.</param>
/// <param name="Reload">False to leave networkd with what it has read.</param>
/// <param name="Released">Index of the interface that networkd must have let go of then; 0 for none.</param>
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
}

/// <summary>Wait some seconds until networkd has configured an interface, and have it begin anew where it has given up
/// (failed): it would renew no lease there.</summary>
internal sealed record AwaitConfigured(int Link) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"systemd-networkd: await the configuration of {name(Link)}; begin anew if it was given up";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "systemd-networkd";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"await the configuration of {name(Link)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new AwaitConfigured(index(Link));
}

/// <summary>Fail unless networkd manages an interface: it is configured, or waits for a server that is silent.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="File">Name of the file by which networkd must manage it; null for whichever.</param>
internal sealed record CheckNetwork(int Link, string? File) : OwnerCheck(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"{Owner}: {Operation(name)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) =>
        $"check that it manages {name(Link)}{(File is null ? "" : $" by {File}")}";

    /// <inheritdoc/>
    public override string Owner => "systemd-networkd";

    /// <inheritdoc/>
    public override OwnerCheck Loosely => this with { File = null };
}

/// <summary>systemd-networkd, netplan's too: files for the bond and its ports that win over those of the administrator, who
/// keeps his.</summary>
/// <remarks>
/// networkd releases a lease when it is told that an interface is no longer its own (SendRelease=). So it is told only
/// when the synthetic is a port and the address is the bond's: then the message finds no way out. The bond is out of its
/// hands until that moment, too: a file that matches it by its MAC address would have networkd remove what we prepare.
/// </remarks>
internal sealed class NetworkdHandOver(NetworkdLink seen) : IHandOver
{
    private const string Unmanaged = "[Link]\nUnmanaged=yes\n";

    // What was moved counts as foreign, which networkd removes otherwise when it configures an interface.
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
    /// <remarks>networkd has read the files already; here they stand for the timer, which asks it again.</remarks>
    public ImmutableArray<Change> Take(int link, string name) => IsAggregate(link)
        ? [Files(0), new AwaitConfigured(link), new CheckNetwork(link, Bond("").Name)] : GiveBack(link, name);

    // The message that releases the lease waits on the synthetic for the server's hardware address. The questions for it
    // must not go on: a switch that learns would send what is for the VF to the synthetic.
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

    // Its own file would have networkd take the address away and ask for it again; with a file that keeps everything the
    // lease is asked for beside it. networkd has read it then, and it need not stay in anybody's way.
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

    private NetworkFile Idle => Bond($"{Header}{OfBond}{Unmanaged}");

    private string Header => $"# hyperv-vfattach(8), until the next boot or detach; in the place of {seen.File}\n";

    private string OfBond => $"[Match]\nMACAddress={seen.Mac}\nType=bond\n";

    private string Pinned => Iaid("DHCPv4", seen.Iaid) + Iaid("DHCPv6", seen.Iaid6);

    private static string Iaid(string section, string? iaid) => iaid is null ? "" : $"[{section}]\nIAID={iaid}\n";

    private NetworkFile Bond(string? text) => File("bond", text);

    private NetworkFile Ports(string? text) => File("ports", text);

    private NetworkFile File(string role, string? text) => new($"{seen.Prefix}{role}-{seen.File}", text);

    private bool IsAggregate(int link) => link == seen.Link == seen.IsAggregate;
}
