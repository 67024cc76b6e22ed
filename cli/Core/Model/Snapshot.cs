using System.Collections.Immutable;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Core.Model;

/// <summary>The host at one moment, immutable. What was not asked for is empty.</summary>
internal record Snapshot
{
    /// <summary>All interfaces of this network namespace.</summary>
    public ImmutableArray<Link> Links { get; init; } = [];

    /// <summary>Addresses, in the kernel's order: the order in which they were added.</summary>
    public ImmutableArray<Address> Addresses { get; init; } = [];

    /// <summary>Routes of all tables through the interfaces asked for, and other routes with the <see cref="Route.ReplaceKey"/> of
    /// one of them.</summary>
    public ImmutableArray<Route> Routes { get; init; } = [];

    /// <summary>Next-hop objects of all interfaces.</summary>
    public ImmutableArray<NextHop> NextHops { get; init; } = [];

    /// <summary>Policy rules of both families.</summary>
    public ImmutableArray<Rule> Rules { get; init; } = [];

    /// <summary>Neighbour and proxy entries of the interfaces asked for.</summary>
    public ImmutableArray<Neighbour> Neighbours { get; init; } = [];

    /// <summary>Per-interface settings of the interfaces asked for, and of <c>default</c>.</summary>
    public ImmutableArray<Sysctl> Sysctls { get; init; } = [];

    /// <summary>Programs that configure one of the interfaces asked for.</summary>
    public ImmutableArray<Owner> Owners { get; init; } = [];

    /// <summary>Configuration files that match a hardware NIC.</summary>
    public ImmutableArray<Claim> Claims { get; init; } = [];

    /// <summary>Firewall rules and sockets that depend on a synthetic NIC; only for NICs whose pair may be joined in a bond.</summary>
    public References References { get; init; } = References.None;

    /// <summary>MAC addresses, where known, of VMBus NICs that are bound to a user-space driver (uio_hv_generic).</summary>
    public ImmutableArray<HardwareAddress> DpdkSynthetics { get; init; } = [];

    /// <summary>PCI NICs without a network interface.</summary>
    public ImmutableArray<IdleNic> IdleNics { get; init; } = [];

    /// <summary>Why the kernel did not join VFs that it could have joined.</summary>
    public KernelReasons KernelReasons { get; init; } = KernelReasons.None;

    /// <summary>The joins that this program made, from its journals.</summary>
    public ImmutableArray<Join> Joins { get; init; } = [];

    /// <summary>The traffic control filters and queueing disciplines of the NICs (Linux), in the order in which a packet passes
    /// them.</summary>
    public ImmutableArray<Classifier> Classifiers { get; init; } = [];

    /// <summary>The targets of our redirects at this moment.</summary>
    public ImmutableArray<Redirect> Redirects { get; init; } = [];

    /// <summary>Version of the running kernel.</summary>
    public Version Kernel { get; init; } = new(0, 0);

    /// <summary>The interface with this index, or null.</summary>
    public Link? Find(int index) => Links.FirstOrDefault(link => link.Index == index);

    /// <summary>The interface with this name or alternative name, or null.</summary>
    public Link? Find(string name) =>
        Links.FirstOrDefault(link => link.Name == name) ?? Links.FirstOrDefault(link => link.AltNames.Contains(name));
}

/// <summary>A PCI function that is an Ethernet controller without a network interface.</summary>
/// <param name="Slot">Its address, such as 0001:00:02.0.</param>
/// <param name="Id">Vendor and device, such as 15b3:1016.</param>
/// <param name="Driver">The bound driver, or null.</param>
internal sealed record IdleNic(string Slot, string Id, string? Driver)
{
    /// <summary>Whether it is bound to a driver by which a program such as DPDK uses it.</summary>
    public bool IsForUserSpace => Driver is "vfio-pci" or "uio_pci_generic" or "igb_uio";

    /// <summary>The module whose driver takes such a function; null if none is known.</summary>
    public string? Module { get; init; }

    /// <summary>Whether the running kernel has that module.</summary>
    public bool HasModule { get; init; }
}

/// <summary>A finished join, as recorded in the journal.</summary>
/// <param name="Mac">The pair's address, its key.</param>
/// <param name="Synthetic">Index of the synthetic NIC.</param>
/// <param name="SyntheticName">Its name before the join.</param>
/// <param name="Aggregate">Index of the aggregate.</param>
/// <param name="AggregateName">Name that the aggregate was created with; with take_name it now has
/// <paramref name="SyntheticName"/>.</param>
internal sealed record Join(
    HardwareAddress Mac, int Synthetic, string SyntheticName, int Aggregate, string AggregateName)
{
    /// <summary>Index of the synthetic NIC at the time of the join: since then the host may have removed the NIC and added it
    /// again.</summary>
    public int JoinedWith { get; init; } = Synthetic;

    /// <summary>How the pair is joined; a redirect has no aggregate (index 0, empty name).</summary>
    public JoinKind Kind { get; init; } = JoinKind.Bond;

    /// <summary>The bond's static neighbours when its VF was last added: the kernel deletes them with each change of the active
    /// port (bond_set_dev_addr, neigh_changeaddr).</summary>
    public ImmutableArray<Neighbour> Neighbours { get; init; } = [];

    /// <summary>Redirect: index of the last VF, which may be gone; 0 for none.</summary>
    public int Vf { get; init; }

    /// <summary>Redirect: the step that prepared that VF, with its undo; null if there is none.</summary>
    public Step? VfStep { get; init; }

    /// <summary>Redirect: whether we added the queueing discipline that the synthetic NIC's filter is attached to.</summary>
    public bool AddedClsact { get; init; }
}
