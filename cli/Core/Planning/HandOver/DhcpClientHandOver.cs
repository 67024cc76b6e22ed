using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>Stop a client without its releasing the lease or taking anything away; one that is a service is only held.</summary>
internal sealed record StopClient(LeaseClient Client) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => Client.Service is { } service
        ? $"hold {service}, which keeps its lease" : $"stop {Client.CommandLine}, which keeps its lease";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Client.Name;

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => Client.Service is null ? "stop it" : "hold it";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;
}

/// <summary>Start a client as it ran before, on this interface, which bears the name that its command line has. One that
/// was never started anew goes on where it is.</summary>
/// <param name="Client">How it ran.</param>
/// <param name="Link">Index of the interface.</param>
/// <param name="Lease">For how many seconds the lease lasts: so long a server may be silent without costing the address.</param>
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
}

/// <summary>Fail unless a client runs on this interface that was started as this one was.</summary>
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
    /// <remarks>A client of the same program that was started otherwise too.</remarks>
    public override bool IsReplacedBy(Owner other) => !other.IsUninvited;
}

/// <summary>A DHCP client on its own, started by ifupdown, a service or a person: it is bound to an interface's index, so
/// it is stopped, and another one started on the same lease.</summary>
/// <param name="client">The client.</param>
/// <param name="lease">For how many seconds its lease lasts.</param>
internal sealed class DhcpClientHandOver(LeaseClient client, uint lease) : IHandOver
{
    // Of an address that the client has not renewed since it moved no end is known.
    private const uint UnknownLease = 600;

    /// <summary>Whether a client that is started again takes nothing away: the script of a dhclient for IPv6 flushes the addresses
    /// that have no end first (dhclient-script, PREINIT6).</summary>
    public static bool IsSafe(LeaseClient client, Snapshot snapshot, Link link) => client.CountsByIndex
        || !client.Arguments.Contains("-6") || !snapshot.Addresses.Any(address => address.Link == link.Index && address is { IsIPv6: true, ValidLifetime: Address.Forever }
            && !address.Local.IsIPv6LinkLocal);

    /// <summary>For how many seconds the addresses of an interface are leased.</summary>
    public static uint LeaseOf(Snapshot snapshot, Link link) => snapshot.Addresses
        .Where(address => address.Link == link.Index && !address.IsIPv6 && address.ValidLifetime != Address.Forever)
        .Select(address => address.ValidLifetime).DefaultIfEmpty(UnknownLease).Max();

    /// <inheritdoc/>
    public bool NeedsName => true;

    /// <inheritdoc/>
    /// <remarks>A client that comes back asks for the lease it has, but leaves the address as it finds it until it renews
    /// (dhclient-script, REBOOT): that may be later than what was left of its lifetime.</remarks>
    public bool LeavesLifetimes => true;

    /// <inheritdoc/>
    /// <remarks>Stopped, the unit would release the lease.</remarks>
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
