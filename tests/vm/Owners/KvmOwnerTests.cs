using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>Each owner with a bond on a KVM host.</summary>
[Part(Part.KvmOwnersBond)]
public abstract class KvmBondOwnerTests(ITestOutputHelper output, OwnerTable table, Owner owner) : EveryHostTests(output, table, owner, Join.Bond)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>Each owner with a redirect on a KVM host.</summary>
[Part(Part.KvmOwnersRedirect)]
public abstract class KvmRedirectOwnerTests(ITestOutputHelper output, OwnerTable table, Owner owner) : EveryHostTests(output, table, owner, Join.Redirect)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <inheritdoc/>
public sealed class DhclientBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmBondOwnerTests(output, table, new Dhclient());

/// <inheritdoc/>
public sealed class DhclientRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmRedirectOwnerTests(output, table, new Dhclient());

/// <inheritdoc/>
public sealed class DhcpcdBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmBondOwnerTests(output, table, new Dhcpcd());

/// <inheritdoc/>
public sealed class DhcpcdRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmRedirectOwnerTests(output, table, new Dhcpcd());

/// <inheritdoc/>
public sealed class IfupdownBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmBondOwnerTests(output, table, new Ifupdown());

/// <inheritdoc/>
public sealed class IfupdownRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmRedirectOwnerTests(output, table, new Ifupdown());

/// <inheritdoc/>
public sealed class NetplanBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmBondOwnerTests(output, table, new Netplan());

/// <inheritdoc/>
public sealed class NetplanRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmRedirectOwnerTests(output, table, new Netplan());

/// <inheritdoc/>
public sealed class NetworkManagerBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmBondOwnerTests(output, table, new NetworkManager());

/// <inheritdoc/>
public sealed class NetworkManagerRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmRedirectOwnerTests(output, table, new NetworkManager());

/// <inheritdoc/>
public sealed class NetworkdBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmBondOwnerTests(output, table, new Networkd());

/// <inheritdoc/>
public sealed class NetworkdRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmRedirectOwnerTests(output, table, new Networkd());

/// <inheritdoc/>
[Part(Part.KvmOwnersRedirect)]
public sealed class HotplugKvmTests(ITestOutputHelper output, OwnerTable table) : HotplugTests(output, table)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <inheritdoc/>
[Part(Part.KvmOwnersRedirect)]
public sealed class SecondManagerKvmTests(ITestOutputHelper output, OwnerTable table) : SecondManagerTests(output, table)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <inheritdoc/>
[Part(Part.KvmOwnersRedirect)]
public sealed class DeadClientKvmTests(ITestOutputHelper output, OwnerTable table) : DeadClientTests(output, table)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <inheritdoc/>
[Part(Part.KvmOwnersRedirect)]
public sealed class ManagedSyntheticReturnsKvmTests(ITestOutputHelper output, OwnerTable table) : ManagedSyntheticReturnsTests(output, table)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}
