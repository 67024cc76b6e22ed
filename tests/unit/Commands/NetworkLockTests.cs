using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>hv_netvsc can hold the kernel's network lock for long, and a worker of udev must not wait for it.</summary>
public class NetworkLockTests
{
    [Theory]
    [InlineData("azure-mlx5-two-pairs", "enP31819s1")]
    [InlineData("azure-mlx4-not-joined", "enP1s1")]
    [InlineData("azure-mlx4-not-joined", "eth0")]
    public void Import_prints_the_same_without_the_lock(string host, string name)
    {
        using var free = new TestWorld(host);
        using var locked = new TestWorld(host);
        locked.System.IsLocked = true;
        locked.AsUdev(name).Run("import", name).ShouldBe(free.AsUdev(name).Run("import", name));
    }

    [Fact]
    public void An_event_is_left_to_the_kernel_or_scheduled_without_the_lock()
    {
        using var joined = new TestWorld("azure-mlx5-two-pairs");
        joined.System.IsLocked = true;
        joined.AsUdev("enP31819s1").Run("--event", "enP31819s1").ShouldEndWith("exit 0 (Done)\n");
        joined.Runs.ShouldBeEmpty();

        using var waiting = new TestWorld("azure-mlx4-not-joined");
        waiting.System.IsLocked = true;
        waiting.AsUdev("enP1s1").Run("--event", "enP1s1").ShouldEndWith("exit 0 (Done)\n");
        waiting.Runs.ShouldHaveSingleItem().AtOnce.ShouldBeTrue();
    }

    // Sysfs has no alternative names, by which a table may name its pair; and a pair that we join needs more than sysfs shows.
    [Fact]
    public void Everything_else_takes_the_lock()
    {
        using var tables = new TestWorld("azure-mlx4-not-joined");
        tables.Settings = tables.Settings with { Interfaces = tables.Settings.Interfaces.Add("eth9", new InterfaceSettings()) };
        tables.System.IsLocked = true;
        Should.Throw<ShouldAssertException>(() => tables.AsUdev("enP1s1").Run("--event", "enP1s1"));
        using var ours = new TestWorld("kvm");
        ours.System.IsLocked = true;
        Should.Throw<ShouldAssertException>(() => ours.AsUdev("enp1s0").Run("--event", "enp1s0"));
    }
}
