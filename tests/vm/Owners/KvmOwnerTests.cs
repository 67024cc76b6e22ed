using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>Each owner with each join on a KVM host.</summary>
[Part(Part.KvmOwners)]
public abstract class KvmOwnerTests(ITestOutputHelper output, OwnerTable table, Owner owner, Join join) : EveryHostTests(output, table, owner, join)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <inheritdoc/>
public sealed class DhclientBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Dhclient(), Join.Bond);

/// <inheritdoc/>
public sealed class DhclientRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Dhclient(), Join.Redirect);

/// <inheritdoc/>
public sealed class DhcpcdBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Dhcpcd(), Join.Bond);

/// <inheritdoc/>
public sealed class DhcpcdRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Dhcpcd(), Join.Redirect);

/// <inheritdoc/>
public sealed class IfupdownBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Ifupdown(), Join.Bond);

/// <inheritdoc/>
public sealed class IfupdownRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Ifupdown(), Join.Redirect);

/// <inheritdoc/>
public sealed class NetplanBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Netplan(), Join.Bond);

/// <inheritdoc/>
public sealed class NetplanRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Netplan(), Join.Redirect);

/// <inheritdoc/>
public sealed class NetworkManagerBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new NetworkManager(), Join.Bond);

/// <inheritdoc/>
public sealed class NetworkManagerRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new NetworkManager(), Join.Redirect);

/// <inheritdoc/>
public sealed class NetworkdBondKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Networkd(), Join.Bond);

/// <inheritdoc/>
public sealed class NetworkdRedirectKvmTests(ITestOutputHelper output, OwnerTable table) : KvmOwnerTests(output, table, new Networkd(), Join.Redirect);

/// <inheritdoc/>
[Part(Part.KvmOwners)]
public sealed class HotplugKvmTests(ITestOutputHelper output, OwnerTable table) : HotplugTests(output, table)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <inheritdoc/>
[Part(Part.KvmOwners)]
public sealed class SecondManagerKvmTests(ITestOutputHelper output, OwnerTable table) : SecondManagerTests(output, table)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <inheritdoc/>
[Part(Part.KvmOwners)]
public sealed class DeadClientKvmTests(ITestOutputHelper output, OwnerTable table) : DeadClientTests(output, table)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <inheritdoc/>
[Part(Part.KvmOwners)]
public sealed class ManagedSyntheticReturnsKvmTests(ITestOutputHelper output, OwnerTable table) : ManagedSyntheticReturnsTests(output, table)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}
