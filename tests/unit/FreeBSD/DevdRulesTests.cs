using HypervVfattach.Tests.Unit.FreeBSD.Devd;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD;

public class DevdRulesTests
{
    private const string VfUp = "!system=HYPERV_NIC_VF subsystem=hn0 type=VF_UP\n";
    private const string Attach = "!system=ETHERNET subsystem=mce0 type=IFATTACH";

    [Fact]
    public void Stock_rules_run_the_two_scripts()
    {
        var stock = new DevdRules(StockRules.All);

        stock.Handle(VfUp)!.Commands.ShouldBe(["/usr/libexec/hyperv/hyperv_vfup $'hn0'"]);
        stock.Handle(Attach)!.Commands.ShouldBe(["/usr/libexec/hyperv/hyperv_vfattach $'mce0' 0"]);
        stock.Handle("!system=HYPERV_NIC_VF subsystem=hn0 type=VF_DOWN").ShouldBeNull();
    }

    [Fact]
    public void Stock_rules_start_DHCP_on_a_lagg_member_when_its_link_returns() =>
        new DevdRules(StockRules.All).Handle("!system=IFNET subsystem=hn0 type=LINK_UP")!.Commands
            .ShouldBe(["service dhclient quietstart $'hn0'"]);

    [Fact]
    public void A_newer_devd_knows_the_hypervisor()
    {
        var files = new[] { StockRules.DevdConf, StockRules.HyperVWithGuest };

        new DevdRules(files) { VmGuest = "hv" }.Handle(VfUp).ShouldNotBeNull();
        new DevdRules(files) { VmGuest = "none" }.Handle(VfUp).ShouldBeNull();
        new DevdRules(files).Handle(VfUp).ShouldBeNull();
    }

    [Theory]
    [InlineData(9, "/etc/devd/hyperv.conf")]
    [InlineData(10, "/etc/devd/hyperv.conf")]
    [InlineData(11, "/usr/local/etc/devd/ours.conf")]
    public void At_equal_priority_the_file_that_was_read_first_wins(int priority, string winner)
    {
        var ours = $$"""notify {{priority}} { match "system" "HYPERV_NIC_VF"; action "ours $subsystem"; };""";

        new DevdRules([.. StockRules.All, ("/usr/local/etc/devd/ours.conf", ours)]).Handle(VfUp)!.Rule.File.ShouldBe(winner);
    }

    [Fact]
    public void A_rule_without_action_swallows_the_event()
    {
        var rules = new DevdRules([.. StockRules.All,
            ("ours.conf", """notify 100 { match "system" "IFNET"; match "type" "LINK_UP"; match "subsystem" "hn[0-9]+"; };""")]);

        rules.Handle("!system=IFNET subsystem=hn0 type=LINK_UP")!.Commands.ShouldBeEmpty();
        rules.Handle("!system=IFNET subsystem=em0 type=LINK_UP")!.Commands.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("hn[0-9]+", "hn0", true)]
    [InlineData("hn[0-9]+", "HN12", true)]
    [InlineData("hn[0-9]+", "xhn0", false)]
    [InlineData("hn[0-9]+", "hn0x", false)]
    [InlineData("hn", "hn0", false)]
    [InlineData("!hn[0-9]+", "em0", true)]
    [InlineData("!hn[0-9]+", "hn0", false)]
    [InlineData("(hn|mce)[[:digit:]]+", "mce3", true)]
    [InlineData("[^[:alpha:]]", "7", true)]
    [InlineData(@"a\.b", "a.b", true)]
    [InlineData(@"[\]", @"\", true)]
    [InlineData("", "", true)]
    // devd only puts ^ and $ around the text: each side of the bar is anchored at one end.
    [InlineData("hn0|em0", "hn0xyz", true)]
    [InlineData("hn0|em0", "xyzem0", true)]
    [InlineData("hn0|em0", "xhn0", false)]
    public void Expressions_are_anchored_and_ignore_case(string expression, string value, bool matches)
    {
        var rules = new DevdRules(("t", $$"""notify 0 { match "subsystem" "{{expression}}"; action "x"; };"""));

        (rules.Handle($"!system=S subsystem={value} type=T") is not null).ShouldBe(matches);
    }

    [Fact]
    public void An_unknown_variable_is_empty() =>
        new DevdRules(("t", """notify 0 { match "nosuch" ""; action "a$nosuch-b"; };""")).Handle("!system=S")!.Commands
            .ShouldBe(["a$''"]);

    [Theory]
    [InlineData("$subsystem", "$'hn0'")]
    [InlineData("x$subsystem.y", "x$'hn0'.y")]
    [InlineData("$$subsystem", "$subsystem")]
    [InlineData("$(cat $subsystem)/$type", "$(cat $subsystem)/$'T'")]
    [InlineData("$1 $", "$1 $")]
    [InlineData("$*", "$'!system=S subsystem=hn0 type=T'")]
    [InlineData("$_", "$'!system=S subsystem=hn0 type=T'")]
    public void Actions_get_values_as_one_word_of_the_shell(string action, string command) =>
        new DevdRules(("t", $$"""notify 0 { action "{{action}}"; };""")).Handle("!system=S subsystem=hn0 type=T")!.Commands
            .ShouldBe([command]);

    [Fact]
    public void A_value_cannot_break_out_of_its_word() =>
        new DevdRules(("t", """notify 0 { action "run $name"; };""")).Handle(@"!system=S name=""a'; rm \b""")!.Commands
            .ShouldBe([@"run $'a\'; rm \\b'"]);

    [Fact]
    public void Several_actions_run_in_order_and_options_set_variables()
    {
        var rules = new DevdRules(("t", """
            # one
            // two
            /* three
               lines */
            options { set nics "(hn|mce)[0-9]+"; directory "/d"; };
            attach 50 { device-name "$nics"; action "one $device-name \
                of $bus"; action "two"; };
            detach 0 { device-name ".*"; action "gone $device-name"; };
            nomatch 0 { match "vendor" "0x1414"; action "who"; };
            """));

        rules.Handle("+mce0 at slot=1 vendor=0x15b3 on pci0")!.Commands.ShouldBe(["one $'mce0' of $'pci0'", "two"]);
        rules.Handle("+em0 at slot=1 on pci0").ShouldBeNull();
        rules.Handle("-em0 at slot=1 on pci0")!.Commands.ShouldBe(["gone $'em0'"]);
        rules.Handle("? at slot=1 vendor=0x1414 on pci0")!.Commands.ShouldBe(["who"]);
    }

    [Theory]
    [InlineData("notify { };", "t:1: expected a priority, not \"{\"")]
    [InlineData("notify 1 { match \"a\"; };", "t:1: expected a string")]
    [InlineData("\nnotify 1 { action \"x\" };", "t:2: expected \";\", not \"}\"")]
    [InlineData("notify 1 { action \"x\"; }", "t:1: expected \";\", not \"end of file\"")]
    [InlineData("/* x", "t:1: a comment without end")]
    [InlineData("alarm 1 { };", "t:1: unexpected \"alarm\"")]
    public void What_does_not_parse_is_named(string text, string error) =>
        Should.Throw<DevdSyntaxException>(() => new DevdRules(("t", text))).Message.ShouldBe(error);
}
