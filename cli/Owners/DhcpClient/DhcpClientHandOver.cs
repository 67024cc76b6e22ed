using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>Stop a client so that it neither releases its lease nor removes its configuration. A service is suspended instead of
/// killed.</summary>
internal sealed record StopClient(LeaseClient Client) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => Client.Service is { } service
        ? $"suspend {service}, which keeps its lease" : $"stop {Client.CommandLine}, which keeps its lease";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Client.Name;

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => Client.Service is null ? "stop it" : "suspend it";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;

    /// <inheritdoc/>
    public override string Kind => "stop-client";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new StopClient(f.Object("client", Client, LeaseClient.Journaled));
}

/// <summary>Start a client as it ran before, on this interface, which has the name in its command line. One that was only suspended
/// goes on.</summary>
/// <param name="Client">How it ran.</param>
/// <param name="Link">Index of the interface.</param>
/// <param name="Lease">Duration of the lease in seconds, for which the server may be silent without the address being removed.</param>
internal sealed record StartClient(LeaseClient Client, int Link, uint Lease) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => Client.Service is { } service
        ? $"restart {service}, which keeps its lease" : $"start {Client.CommandLine}";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Client.Name;

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"start it on {name(Link)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };

    /// <inheritdoc/>
    public override string Kind => "start-client";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new StartClient(
        f.Object("client", Client, LeaseClient.Journaled), f.Link(Link), f.UInt("lease", Lease));
}

/// <summary>Fails unless a client with this command line runs on this interface.</summary>
internal sealed record CheckClient(LeaseClient Client, int Link) : OwnerCheck(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"check that {Client.Service ?? Client.CommandLine} runs";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"check that it runs on {name(Link)}";

    /// <inheritdoc/>
    public override string Owner => Client.Name;

    /// <inheritdoc/>
    public override OwnerCheck Loosely => this;

    /// <inheritdoc/>
    /// <remarks>Also by a client of the same program with another command line.</remarks>
    public override bool IsReplacedBy(Owner other) => !other.IsUninvited;

    /// <inheritdoc/>
    public override string Kind => "check-client";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CheckClient(f.Object("client", Client, LeaseClient.Journaled), f.Link(Link));
}

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
