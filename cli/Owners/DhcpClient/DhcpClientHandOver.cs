using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>A standalone DHCP client, started by ifupdown, a service or a person. It is bound to an interface's index, so it is
/// stopped, and another one started with the same lease.</summary>
/// <param name="client">The client.</param>
/// <param name="lease">Duration of its lease in seconds.</param>
internal sealed class DhcpClientHandOver(LeaseClient client, uint lease) : IHandOver
{
    // The duration is unknown if the client has not renewed the address since a move.
    private const uint UnknownLease = 600;

    /// <summary>Whether a restart of the client removes nothing: the script of a dhclient for IPv6 first flushes the addresses
    /// without an end of their lifetime (dhclient-script, PREINIT6).</summary>
    public static bool IsSafe(LeaseClient client, Snapshot snapshot, Link link) => client.CountsByIndex
        || !client.Arguments.Contains("-6") || !snapshot.Addresses.Any(address => address.Link == link.Index && address is { IsIPv6: true, ValidLifetime: Address.Forever }
            && !address.Local.IsIPv6LinkLocal);

    /// <summary>Duration of the leases of an interface's addresses in seconds.</summary>
    public static uint LeaseOf(Snapshot snapshot, Link link) => snapshot.Addresses
        .Where(address => address.Link == link.Index && !address.IsIPv6 && address.ValidLifetime != Address.Forever)
        .Select(address => address.ValidLifetime).DefaultIfEmpty(UnknownLease).Max();

    /// <inheritdoc/>
    public bool NeedsName => true;

    /// <inheritdoc/>
    /// <remarks>A restarted client asks for its present lease, but does not touch the lifetime of the address until it renews
    /// (dhclient-script, REBOOT). By then the remaining lifetime may have ended.</remarks>
    public bool LeavesLifetimes => true;

    /// <inheritdoc/>
    /// <remarks>If systemd stopped the unit, the client would release the lease.</remarks>
    public ImmutableArray<Change> Announce(string aggregate) => KeepUnit.Of(Unit, true);

    /// <inheritdoc/>
    public ImmutableArray<Change> Withdraw(string aggregate) => KeepUnit.Of(Unit, false);

    private string? Unit => client.Service ?? (client.Group[(client.Group.LastIndexOf('/') + 1)..] is var unit
        && unit.StartsWith("ifup@", StringComparison.Ordinal) ? unit : null);

    /// <inheritdoc/>
    public ImmutableArray<Change> Release(int link) => [new StopClient(client)];

    /// <inheritdoc/>
    public ImmutableArray<Change> Take(int link, string name) => [new StartClient(client, link, lease), new CheckClient(client, link)];

    /// <inheritdoc/>
    public ImmutableArray<Change> Settle(int link, Configuration there) => !client.CountsByIndex ? []
        : [.. there.Routes.Where(route => route.Protocol is RouteProtocol.Dhcp or RouteProtocol.RouterAdvertisement)
            .Select(route => new RemoveWhenLearned(route))];
}
