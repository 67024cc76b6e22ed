using System.Collections.Immutable;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Core.Model;

/// <summary>The host at one moment; read once, never changed. What was not asked for is empty.</summary>
internal record Snapshot
{
    /// <summary>All interfaces of this network namespace.</summary>
    public ImmutableArray<Link> Links { get; init; } = [];

    /// <summary>Addresses, in the kernel's order: the order in which they were added.</summary>
    public ImmutableArray<Address> Addresses { get; init; } = [];

    /// <summary>Routes of all tables; of the interfaces asked for, and those of others that have the
    /// <see cref="Route.ReplaceKey"/> of one of them.</summary>
    public ImmutableArray<Route> Routes { get; init; } = [];

    /// <summary>Next-hop objects; of all interfaces.</summary>
    public ImmutableArray<NextHop> NextHops { get; init; } = [];

    /// <summary>Policy rules of both families.</summary>
    public ImmutableArray<Rule> Rules { get; init; } = [];

    /// <summary>Neighbour and proxy entries, of the interfaces asked for only.</summary>
    public ImmutableArray<Neighbour> Neighbours { get; init; } = [];

    /// <summary>Per-interface settings of the interfaces asked for, and of <c>default</c>.</summary>
    public ImmutableArray<Sysctl> Sysctls { get; init; } = [];

    /// <summary>Programs that configure one of the interfaces asked for.</summary>
    public ImmutableArray<Owner> Owners { get; init; } = [];

    /// <summary>Configuration files that are meant for a NIC, of all hardware.</summary>
    public ImmutableArray<Claim> Claims { get; init; } = [];

    /// <summary>Firewall rules and sockets that go by a synthetic NIC; of those only that a bond may be made of.</summary>
    public References References { get; init; } = References.None;

    /// <summary>VMBus NICs bound to a user-space driver (uio_hv_generic): their MAC addresses as far as known.</summary>
    public ImmutableArray<HardwareAddress> DpdkSynthetics { get; init; } = [];

    /// <summary>PCI NICs of which no driver has made an interface.</summary>
    public ImmutableArray<IdleNic> IdleNics { get; init; } = [];

    /// <summary>The joins that this tool made and remembers.</summary>
    public ImmutableArray<Join> Joins { get; init; } = [];

    /// <summary>What stands in the way of packets on the NICs (Linux's traffic control); in the order in which it sees
    /// them.</summary>
    public ImmutableArray<Classifier> Classifiers { get; init; } = [];

    /// <summary>Where our redirects send at this moment.</summary>
    public ImmutableArray<Redirect> Redirects { get; init; } = [];

    /// <summary>Version of the running kernel.</summary>
    public Version Kernel { get; init; } = new(0, 0);

    /// <summary>The interface with this index, or null.</summary>
    public Link? Find(int index) => Links.FirstOrDefault(link => link.Index == index);

    /// <summary>The interface with this name or alternative name, or null.</summary>
    public Link? Find(string name) =>
        Links.FirstOrDefault(link => link.Name == name) ?? Links.FirstOrDefault(link => link.AltNames.Contains(name));
}

/// <summary>A PCI function that is an Ethernet controller and has no interface.</summary>
/// <param name="Slot">Its address, 0001:00:02.0.</param>
/// <param name="Id">Vendor and device, 15b3:1016.</param>
/// <param name="Driver">The driver that has it; null where none has.</param>
internal sealed record IdleNic(string Slot, string Id, string? Driver);

/// <summary>A finished join, as the journal remembers it.</summary>
/// <param name="Mac">The pair's address, its key.</param>
/// <param name="Synthetic">Index of the synthetic NIC.</param>
/// <param name="SyntheticName">Its name before the join.</param>
/// <param name="Aggregate">Index of the aggregate.</param>
/// <param name="AggregateName">Name the aggregate was created with; it bears <paramref name="SyntheticName"/> instead
/// once it has taken that.</param>
internal sealed record Join(
    HardwareAddress Mac, int Synthetic, string SyntheticName, int Aggregate, string AggregateName)
{
    /// <summary>Index that the synthetic had when it was joined: the host may have taken it away and brought it back since.</summary>
    public int JoinedWith { get; init; } = Synthetic;

    /// <summary>How they are joined; a redirect has no aggregate (0, and no name).</summary>
    public JoinKind Kind { get; init; } = JoinKind.Bond;

    /// <summary>Static neighbours that a bond had when its VF was added last: it forgets them with each change of its active port
    /// (bond_set_dev_addr, neigh_changeaddr).</summary>
    public ImmutableArray<Neighbour> Neighbours { get; init; } = [];

    /// <summary>Of a redirect, index of the VF that it got last, which may have left; 0 for none.</summary>
    public int Vf { get; init; }

    /// <summary>Of a redirect, what was made of that VF, and how to take it back; null where nothing was.</summary>
    public Step? VfStep { get; init; }

    /// <summary>Of a redirect, whether the queueing discipline that the synthetic's filter hangs on is ours.</summary>
    public bool AddedClsact { get; init; }
}
