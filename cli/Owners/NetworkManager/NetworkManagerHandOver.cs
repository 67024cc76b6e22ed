using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>NetworkManager's state of an interface whose profile can be copied.</summary>
/// <param name="Profile">UUID of the administrator's profile, also where a copy of it is active.</param>
/// <param name="Copied">Whether it is on our bond.</param>
internal sealed record NetworkManagerState(string Profile, bool Copied) : OwnerState, IHandOverState, IUninvitedState
{
    /// <inheritdoc/>
    public IHandOver HandOver(Snapshot snapshot, Link link) => new NetworkManagerHandOver(this, snapshot, link);

    /// <inheritdoc/>
    public OwnerChange Leave(int link) => new ReleaseInterface(link);

    /// <summary>DHCP client identifier in use; null for none.</summary>
    public string? ClientId { get; init; }

    /// <summary>DHCPv6 client identifier in use; null for none.</summary>
    public string? Duid { get; init; }

    /// <summary>DHCPv6 identity association in use; null for none.</summary>
    public string? Iaid { get; init; }

    /// <summary>Whether it waits for an address, such as a lease.</summary>
    public bool IsWaiting { get; init; }

    /// <summary>Whether IPv6 addresses are derived from the interface's name and the profile (RFC 7217).</summary>
    public bool AddressesByName { get; init; }
}

/// <summary>NetworkManager manages an interface with a profile that it generated, or with none.</summary>
internal sealed record NetworkManagerGuest : OwnerState, IUninvitedState
{
    /// <inheritdoc/>
    public OwnerChange Leave(int link) => new ReleaseInterface(link);
}

/// <summary>The hand-over to and from NetworkManager.</summary>
/// <remarks>When NetworkManager starts to manage an interface it removes the existing configuration, and on a bond it starts DHCP
/// and autoconfiguration only when there is a port. So it gets the bond while the bond is empty, and learns of its port after the
/// move: then it removes nothing, and the lease that it gets is the address that exists already (measured with 1.42: no probe
/// lost). Only on the way back, where there is no new interface, it has to start on one that is in use.</remarks>
internal sealed class NetworkManagerHandOver(NetworkManagerState state, Snapshot snapshot, Link owned) : IHandOver
{
    private const uint EthernetMetric = 100;

    private const string DefaultRouter = "accept_ra_defrtr";

    private readonly int _home = state.Copied
        ? snapshot.Joins.FirstOrDefault(join => join.Aggregate == owned.Index)?.Synthetic ?? 0 : owned.Index;

    private HardwareAddress Mac => owned.PairAddress.IsEmpty ? owned.Address : owned.PairAddress;

    /// <inheritdoc/>
    public bool NeedsName => false;

    /// <inheritdoc/>
    public bool ToleratesName => false;

    /// <inheritdoc/>
    public bool HoldsPorts => true;

    /// <inheritdoc/>
    /// <remarks>The administrator's profile, unlike the copy, has a time limit (ipv4.dhcp-timeout, nm-settings(5)).</remarks>
    public bool IsWaiting => state.IsWaiting;

    /// <inheritdoc/>
    /// <remarks>Where NetworkManager processes router advertisements itself, it sometimes makes the kernel process them, too
    /// (accept_ra, 1.42), which adds a second default route that is not renewed.</remarks>
    public ImmutableArray<Change> Adopt(int link) =>
    [
        new CopyProfile(link, Mac, Copy()), .. Of("accept_ra").Select(same => new SetSysctl(same with { Link = link })),
        .. HearsRouters ? Of(DefaultRouter).Select(own => new SetSysctl(own with { Link = link, Value = "0" })) : [],
    ];

    /// <inheritdoc/>
    public ImmutableArray<Change> Release(int link) =>
        link == _home ? [new StopManaging(link)] : [new StopManaging(link), new StopManaging(_home)];

    /// <inheritdoc/>
    public ImmutableArray<Change> Take(int link, string name) => link == _home
        ?
        [
            .. Dad(link, "0"), new ActivateProfile(link, state.Profile), .. Dad(link, null), new CheckProfile(link, state.Profile),
            .. Of(DefaultRouter).Select(own => new SetSysctl(own)),
        ]
        :
        [
            new CopyProfile(link, Mac, Copy()), .. Dad(link, "0"), new AddPortProfile(_home, link, Mac), .. Dad(link, null),
            new CheckProfile(link, ProfileCopy.Uuid(Mac, port: false)),
        ];

    /// <inheritdoc/>
    public ImmutableArray<Change> Settle(int link, Configuration there) =>
        there.Routes.Any(route => route is { IsIPv6: true, DestinationLength: 0, HasIPv6Gateway: true })
        && HearsRouters && link == _home ? [new RemoveSecondDefault(link)] : [];

    /// <inheritdoc/>
    public string? AddressesByName => state.AddressesByName && Identifiers(snapshot, owned).Count() > 1
        ? $"NetworkManager makes the IPv6 addresses of {owned.Name} from its name, with another identifier for each prefix "
            + "(ipv6.addr-gen-mode)"
        : null;

    private bool HearsRouters => Of("accept_ra").Any(heard => heard.Value == "0");

    // Duplicate address detection against the other NIC of the pair would cost two seconds per IPv6 address.
    private ImmutableArray<Change> Dad(int link, string? value) =>
        [.. Of("accept_dad").Select(dad => new SetSysctl(dad with { Link = link, Value = value ?? dad.Value }))];

    private IEnumerable<Sysctl> Of(string name) =>
        snapshot.Sysctls.Where(sysctl => sysctl.Link == _home && sysctl.Tree == "ipv6/conf" && sysctl.Name == name);

    private ProfileCopy Copy() => new(
        state.Profile, state.ClientId, Metric(ipv6: false), Metric(ipv6: true), state.AddressesByName ? Token() : null)
    {
        Duid = state.Duid,
        Iaid = state.Iaid,
    };

    private uint Metric(bool ipv6)
    {
        Route? route = snapshot.Routes.FirstOrDefault(route => route.IsIPv6 == ipv6 && route.Uses(owned.Index)
            && route.Table == Route.MainTable && route.DestinationLength == 0);
        return route?.Metric ?? EthernetMetric;
    }

    private string? Token() => Identifiers(snapshot, owned).FirstOrDefault();

    /// <summary>The interface identifiers of the addresses that NetworkManager formed. Identifiers that are derived from the
    /// interface's name differ for each prefix (RFC 7217), while a copy can have one token only.</summary>
    public static IEnumerable<string> Identifiers(Snapshot snapshot, Link link) => snapshot.Addresses
        .Where(address => address.Link == link.Index && address is { IsIPv6: true, PrefixLength: 64, Local.IsIPv6LinkLocal: false }
            && address.Flags.HasFlag(AddressFlags.NoPrefixRoute) && !TemporaryAddresses.Is(address))
        // A static address of the same profile has no end of its lifetime.
        .GroupBy(address => address.ValidLifetime == Address.Forever).OrderBy(group => group.Key).Take(1).SelectMany(group => group)
        .Select(address =>
        {
            byte[] bytes = address.Local.GetAddressBytes();
            bytes.AsSpan(0, 8).Clear();
            return new System.Net.IPAddress(bytes).ToString();
        }).Distinct();
}
