using HypervVfattach.Machines;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A VF is plugged and unplugged on a KVM host.</summary>
[Part(Part.Kvm)]
public class MigrationKvmTests(ITestOutputHelper output) : MigrationTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>Several pairs at once on a KVM host.</summary>
[Part(Part.Kvm)]
public class PairsKvmTests(ITestOutputHelper output) : PairsTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>A KVM host removes the synthetic NIC and brings it back.</summary>
[Part(Part.Kvm)]
public class SyntheticReturnsKvmTests(ITestOutputHelper output) : SyntheticReturnsTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>The VF exists before the guest boots on a KVM host.</summary>
[Part(Part.Kvm)]
public class BootKvmTests(ITestOutputHelper output) : BootTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>A redirect in live migrations between KVM hosts.</summary>
[Part(Part.Kvm)]
public class RedirectMigrationKvmTests(ITestOutputHelper output) : RedirectMigrationTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>VMware's NIC on a KVM host.</summary>
[Part(Part.Kvm)]
public class Vmxnet3KvmTests(ITestOutputHelper output) : RedirectFailOverTests.Vmxnet3(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>Intel's NIC on a KVM host.</summary>
[Part(Part.Kvm)]
public class E1000KvmTests(ITestOutputHelper output) : RedirectFailOverTests.E1000(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>virtio-net on a KVM host, with another model as the synthetic NIC.</summary>
[Part(Part.Kvm)]
public class VirtioNetKvmTests(ITestOutputHelper output) : RedirectFailOverTests.VirtioNet(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}
