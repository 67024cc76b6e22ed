using HypervVfattach.Tests.Unit.FreeBSD.Devd;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>rules/devd together with the stock rules, with the events of hn(4) and if_attach (sys/dev/hyperv/netvsc/if_hn.c,
/// sys/net/if.c).</summary>
public class RulesTests
{
    private const string Ours = "/usr/local/etc/devd/hyperv-vfattach.conf";
    private const string Program = "/usr/local/sbin/hyperv-vfattach";

    private static readonly (string File, string Text) s_ours =
        (Ours, File.ReadAllText(Path.Combine(Repository.Root, "rules/devd/hyperv-vfattach.conf")));

    public static TheoryData<string?> Guests => new() { (string?)null, "hv", "none" };

    [Theory]
    [MemberData(nameof(Guests))]
    public void Our_rules_win_on_every_devd(string? guest)
    {
        var rules = new DevdRules(StockRules.DevdConf, StockRules.HyperVWithGuest, s_ours) { VmGuest = guest };
        Command("!system=ETHERNET subsystem=mce0 type=IFATTACH").ShouldBe($"{Program} --event $'mce0'");
        Command("!system=HYPERV_NIC_VF subsystem=hn0 type=VF_UP").ShouldBe($"{Program} --event vfup $'hn0'");
        Command("!system=HYPERV_NIC_VF subsystem=hn0 type=VF_DOWN").ShouldBe($"{Program} --event vfdown $'hn0'");
        Command("!system=IFNET subsystem=hn12 type=LINK_UP").ShouldEndWith($"exec {Program} --event linkup $'hn12'");
        Command("!system=IFNET subsystem=lagg0 type=LINK_UP").ShouldEndWith($"exec {Program} --event linkup $'lagg0'");

        string Command(string e) => rules.Handle(e).ShouldNotBeNull().Commands.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("!system=IFNET subsystem=em0 type=LINK_UP", "service dhclient quietstart $'em0'")]
    [InlineData("!system=IFNET subsystem=xhn0 type=LINK_UP", "service dhclient quietstart $'xhn0'")]
    [InlineData("!system=IFNET subsystem=hn0 type=ATTACH", "/etc/pccard_ether $'hn0' start")]
    [InlineData("!system=DEVFS subsystem=CDEV type=CREATE cdev=hv_kvp_dev", "/usr/sbin/hv_kvp_daemon")]
    public void Everything_else_stays_as_it_is(string e, string command) =>
        new DevdRules([.. StockRules.All, s_ours]).Handle(e)!.Commands.ShouldBe([command]);

    [Fact]
    public void Without_the_program_the_stock_action_is_done() =>
        new DevdRules([.. StockRules.All, s_ours]).Handle("!system=IFNET subsystem=hn0 type=LINK_UP")!.Commands[0]
            .ShouldStartWith($"[ -x {Program} ] || exec service dhclient quietstart $'hn0';");

    [Fact]
    public void No_rule_matches_the_hypervisor_and_each_comes_before_the_stock_ones()
    {
        foreach (DevdRule rule in new DevdRules(s_ours).Rules)
            rule.Priority.ShouldBeGreaterThan(10);
        s_ours.Text.ShouldNotContain("match \"vm_guest\"");
    }
}
