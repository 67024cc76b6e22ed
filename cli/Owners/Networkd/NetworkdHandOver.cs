using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>systemd-networkd, also with netplan: files for the bond and its ports that take precedence over the administrator's,
/// which are not changed.</summary>
/// <remarks>
/// networkd releases a lease when it is told that it no longer manages an interface (SendRelease=). So it is told only
/// when the synthetic NIC is a port and the bond has the address: then the release message cannot be sent. Until then networkd
/// must not manage the bond either: with a file that matches it by MAC address networkd would remove what we add.
/// </remarks>
internal sealed class NetworkdHandOver(NetworkdLink seen) : IHandOver
{
    private readonly NetworkdFiles _files = new(seen);

    /// <inheritdoc/>
    public bool NeedsName => false;

    /// <inheritdoc/>
    public ImmutableArray<Change> Announce(string aggregate) => [new PutNetworkFiles([_files.IdleBond], Reload: true)];

    /// <inheritdoc/>
    public ImmutableArray<Change> Withdraw(string aggregate) =>
        [new PutNetworkFiles([_files.NoBond, _files.NoPorts], Reload: false)];

    /// <inheritdoc/>
    public ImmutableArray<Change> Released(int link) =>
        IsAggregate(link) ? [new PutNetworkFiles([_files.IdleBond], Reload: true, link)] : Join(link);

    /// <inheritdoc/>
    /// <remarks>networkd has read the files already; they are repeated here because the timer's check makes this step again.</remarks>
    public ImmutableArray<Change> Take(int link, string name) => IsAggregate(link)
        ? [Joined(0), new AwaitConfigured(link), new CheckNetwork(link, _files.Bond.Name)] : GiveBack(link, name);

    // The release message waits on the synthetic NIC until the server's hardware address is resolved. These ARP requests must stop:
    // a learning switch would send the VF's frames to the synthetic NIC.
    private ImmutableArray<Change> Join(int synthetic) =>
    [
        Joined(synthetic),
        .. seen.Server is { } server
            ? [new PutNeighbour(new Neighbour { Link = synthetic, Destination = server, State = NeighbourState.Failed })]
            : ImmutableArray<Change>.Empty,
    ];

    private PutNetworkFiles Joined(int released) => new([_files.Ports, _files.Bond], Reload: true, released);

    // With the administrator's file alone networkd would remove the address and ask for it again. With a file that keeps the
    // configuration, it asks for the lease meanwhile. Once networkd has read that file, the file can be removed.
    private ImmutableArray<Change> GiveBack(int link, string name)
    {
        if (seen.Text.Length == 0)
            return [new PutNetworkFiles([_files.NoPorts, _files.NoBond], Reload: true)];
        NetworkFile own = _files.Synthetic(name);
        return
        [
            new PutNetworkFiles([_files.NoPorts, own], Reload: true), new AwaitConfigured(link), new CheckNetwork(link, null),
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
    /// <remarks>[RoutingPolicyRule] in systemd.network(5).</remarks>
    public string? RuleByName(string name) => seen.Text.Split('\n').Any(line => line.Split('=', 2) is [var key, var value]
        && key.Trim() is "IncomingInterface" or "OutgoingInterface" && value.Trim() == name) ? seen.File : null;

    /// <inheritdoc/>
    public bool BringsSecret => seen.Text.Contains("IPv6StableSecretAddress", StringComparison.OrdinalIgnoreCase);

    private bool IsAggregate(int link) => link == seen.Link == seen.IsAggregate;
}
