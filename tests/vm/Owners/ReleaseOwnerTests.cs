using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>NetworkManager 1.30.</summary>
[Part(Part.Releases)]
public sealed class BullseyeOwnerTests(ITestOutputHelper output, OwnerTable table) : LeaseTests(output, table, new NetworkManager(), Join.Bond)
{
    /// <inheritdoc/>
    protected override string Release => "bullseye";
}

/// <summary>systemd-networkd 257.</summary>
[Part(Part.Releases)]
public sealed class TrixieOwnerTests(ITestOutputHelper output, OwnerTable table) : LeaseTests(output, table, new Networkd(), Join.Bond)
{
    /// <inheritdoc/>
    protected override string Release => "trixie";
}

/// <summary>NetworkManager of Debian 14.</summary>
[Part(Part.Releases)]
public sealed class ForkyOwnerTests(ITestOutputHelper output, OwnerTable table) : LeaseTests(output, table, new NetworkManager(), Join.Bond)
{
    /// <inheritdoc/>
    protected override string Release => "forky";
}
