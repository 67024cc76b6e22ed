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

/// <summary>The process dies in the middle of its work on a KVM host.</summary>
[Part(Part.Kvm)]
public class RecoveryKvmTests(ITestOutputHelper output) : RecoveryTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>A guest without systemd on a KVM host.</summary>
[Part(Part.Kvm)]
public class PlainInitKvmTests(ITestOutputHelper output) : PlainInitTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>The time between the arrival of a VF and its join on a KVM host.</summary>
[Part(Part.Kvm)]
public class DelayKvmTests(ITestOutputHelper output) : DelayTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>Pairs joined by a redirect on a KVM host.</summary>
[Part(Part.Kvm)]
public class RedirectKvmTests(ITestOutputHelper output) : RedirectTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>A synthetic NIC with every possible configuration on a KVM host.</summary>
[Part(Part.Kvm)]
public class ConfigurationKvmTests(ITestOutputHelper output) : ConfigurationTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>What is kept of what happens to a pair on a KVM host.</summary>
[Part(Part.Kvm)]
public class HistoryKvmTests(ITestOutputHelper output) : HistoryTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}

/// <summary>A KVM host whose switch sends the guest's frames back to it.</summary>
[Part(Part.Kvm)]
public class EchoKvmTests(ITestOutputHelper output) : EchoTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;
}
