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

    [Fact]
    public void A_VF_that_the_administrator_configured_has_none_and_its_hook_says_why_once()
    {
        using var world = new TestWorld(Fixtures.Parse("""
            kernel 6.1.0
            2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net
            3: enp1s0 52:54:00:00:00:01 device pci vmxnet3
            claim 3 exact fits 3 /etc/NetworkManager/system-connections/lan.nmconnection
            """));
        world.AsUdev("enp1s0").Run("import", "enp1s0").ShouldEndWith($"import enp1s0\n{Silence}");
        world.Log.ShouldBeEmpty();
        world.ByHand().Run("enp1s0", "--foreground", "0").ShouldContain("exit 1");
        world.Log.ShouldHaveSingleItem().Message.ShouldContain(
            "enp1s0 is the NIC that is configured (/etc/NetworkManager/system-connections/lan.nmconnection (a program))");
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

    /// <remarks>SELinux refuses that with EACCES, which root cannot be made to get here: a link to itself is ELOOP.</remarks>
    [Theory]
    [InlineData("kvm", "enp1s0", true)]
    [InlineData("kvm-joined-vf-back", "eth0", true)]
    [InlineData("theirs-bond-vf-back", "enp1s0", false)]
    public void A_state_that_cannot_be_read_does_not_hand_the_VF_to_a_network_manager(string host, string name, bool marked)
    {
        using var world = new TestWorld(host);
        File.CreateSymbolicLink(world.Journals.Directory, world.Journals.Directory);
        string text = world.Run("import", name);
        text.Contains("NM_UNMANAGED=1\n", StringComparison.Ordinal).ShouldBe(marked);
        text.ShouldEndWith(Silence);
        world.Log.ShouldHaveSingleItem().Message.ShouldContain("run: read: ");
    }
}
