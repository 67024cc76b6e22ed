using HypervVfattach.Config;
using HypervVfattach.Core;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class ImportCommandTests
{
    private const string Silence = "exit 0 (Done)\n";

    [Fact]
    public void A_VF_has_properties()
    {
        using var world = new TestWorld("azure-mlx4-not-joined");
        world.AsUdev("enP1s1").Run("import", "enP1s1").ShouldBeApproved();
    }

    [Theory]
    [InlineData("kvm", "enp0s3")]
    [InlineData("kvm", "enp2s0")]
    [InlineData("kvm", "veth0")]
    [InlineData("kvm", "lo")]
    [InlineData("kvm", "nope")]
    [InlineData("azure-mlx5-two-pairs", "eth0")]
    [InlineData("theirs-bond", "enp1s0")]
    public void Anything_else_has_none_and_nothing_is_said(string host, string name)
    {
        using var world = new TestWorld(host);
        world.Run("import", name).ShouldEndWith($"import {name}\n{Silence}");
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public void It_goes_by_the_events_index_and_needs_no_privilege()
    {
        using var world = new TestWorld("azure-mlx4-not-joined") { MissingPrivilege = "CAP_NET_ADMIN" };
        world.AsUdev("enP1s1");
        world.System.Set(3, link => link with { Name = "eth7" });
        world.Run("import", "enP1s1").ShouldContain("HYPERV_VF=1\n");
    }

    [Fact]
    public void A_mistake_in_the_configuration_does_not_hand_the_VF_to_a_network_manager()
    {
        using var world = new TestWorld("azure-mlx4-not-joined");
        world.Load = _ => throw new ConfigurationError("/etc/hyperv-vfattach.toml", 3, 1, "unknown key \"dely\"");
        string text = world.Run("import", "enP1s1");
        text.ShouldContain("NM_UNMANAGED=1\n");
        text.ShouldEndWith(Silence);
        world.Log.ShouldHaveSingleItem().Priority.ShouldBe(LogPriority.Error);
    }
}
