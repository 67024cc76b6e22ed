using HypervVfattach.Suite;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Suite;

/// <summary>When a run of the tests fails.</summary>
public class OutcomeTests
{
    private static readonly HashSet<string> s_none = [];

    [Fact]
    public void A_report_of_xunit_is_read()
    {
        using var directory = new Apply.TemporaryDirectory();
        var path = Path.Combine(directory.Path, "report.xml");
        File.WriteAllText(path, """
            <assemblies><assembly>
              <errors><error type="assembly-cleanup" name="vm"><failure><message>late</message></failure></error></errors>
              <collection>
                <test name="A.B(x: 1)" type="A" method="B" time="1.5" result="Pass"><traits><trait name="core" value="true" /><trait name="part" value="p" /></traits></test>
                <test name="A.C" type="A" method="C" time="0" result="Skip"><reason><![CDATA[not started: the time was over]]></reason></test>
                <test name="A.D" type="A" method="D" time="0" result="NotRun" />
              </collection>
            </assembly></assemblies>
            """);
        var tests = TestReport.Read(path)!;
        tests.ShouldBe([
            new TestCase("A.B(x: 1)", "A.B", "Pass", true, "", 1.5),
            new TestCase("A.C", "A.C", "Skip", false, "not started: the time was over", 0),
            new TestCase("assembly-cleanup vm", "", "Fail", false, "", 0)]);
        tests[1].NotStarted.ShouldBeTrue();
        TestReport.Read(path + "x").ShouldBeNull();
        // The program died while it wrote.
        File.WriteAllText(path, File.ReadAllText(path)[..300]);
        TestReport.Read(path).ShouldBeNull();
    }

    [Fact]
    public void A_guests_console_has_no_colours_in_a_report() =>
        HypervVfattach.Machines.ConsoleText.Plain("[\e[0;32m  OK  \e[0m] Started \e[0;1;39mdbus.service\e[0m\e[m").ShouldBe("[  OK  ] Started dbus.service");

    [Fact]
    public void The_runs_on_the_kernels_are_a_table()
    {
        TestCase[] tests =
        [
            Run("6.1", true, "offer first"), Run("6.1", false, "offer first"), Run("6.1", true, "VF first", "Fail"), Run("6.1", false, "VF first"),
            Run("5.10", true, "offer first"), Run("5.10", true, "VF first") with { HasWarning = true }, Test("other", "Pass"),
        ];
        KernelTable.Of(Outcome.Of(Tier.Vm, tests, s_none).KernelRuns).ShouldBe("""
            hv_netvsc of the kernel        5.10            6.1
            The vf is joined, offer first  passed          passed (+)
            The vf is joined, VF first     kernel's own    FAILED, passed without
            (+) ran without the product, too, and had the same result

            """);

        static TestCase Run(string kernel, bool product, string order, string result = "Pass") =>
            new($"T.The_vf_is_joined(kernel: \\\"{kernel}\\\", product: {product}, order: \\\"{order}\\\")", "T.The_vf_is_joined", result, false, "", 0)
            {
                Kernel = kernel, WithProduct = product,
            };
    }

    [Fact]
    public void What_passes_at_the_second_attempt_only_is_flaky_and_three_of_them_fail_the_run()
    {
        List<TestCase> tests = [Test("a", "Pass"), Test("b", "Fail"), Test("c", "Fail"), Test("d", "Fail")];
        var two = Outcome.Of(Tier.Vm, tests[..3], new HashSet<string> { "b", "c" });
        (two.Passed, two.Failed.Count, two.Flaky.Count, two.Succeeded).ShouldBe((3, 0, 2, true));
        var three = Outcome.Of(Tier.Vm, tests, new HashSet<string> { "b", "c", "d" });
        (three.Passed, three.Flaky.Count, three.Succeeded).ShouldBe((4, 3, false));
        // Two in one tier and one in another are three in the run.
        (two + Outcome.Of(Tier.Vm, tests[3..], new HashSet<string> { "d" })).Succeeded.ShouldBeFalse();
        Outcome.Of(Tier.Vm, tests[..2], s_none).Failed.ShouldBe(["b"]);
    }

    [Fact]
    public void A_test_of_the_core_for_which_there_was_no_time_fails_the_run()
    {
        var other = Outcome.Of(Tier.Vm, [Test("a", "Pass"), Test("b", "Skip", "not started: over")], s_none);
        (other.Succeeded, other.Skipped, other.NotStarted.Single()).ShouldBe((true, 1, "b"));
        Outcome.Of(Tier.Vm, [Test("a", "Pass"), Test("b", "Skip", "not started: over") with { IsCore = true }], s_none).Succeeded.ShouldBeFalse();
        Outcome.Of(Tier.Vm, [Test("a", "Pass"), Test("b", "Skip", "needs more") with { IsCore = true }], s_none).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public void Nothing_may_be_skipped_inside_the_guest_and_a_run_of_no_test_fails()
    {
        Outcome.Of(Tier.Kernel, [Test("a", "Pass"), Test("b", "Skip", "no bonding")], s_none).Failed.ShouldBe(["b: skipped in the guest: no bonding"]);
        Outcome.Of(Tier.Unit, [Test("a", "Pass"), Test("b", "Skip", "no headers")], s_none).Succeeded.ShouldBeTrue();
        Outcome.Of(Tier.Unit, [], s_none).Succeeded.ShouldBeFalse();
    }

    [Fact]
    public void Every_part_of_the_vm_tier_is_known_to_its_tests() =>
        Part.All.Where(part => part.Tier == Tier.Vm).Select(part => $"\"{part.Name}\"").ShouldAllBe(
            name => File.ReadAllText(Path.Combine(Machines.Repository.Top, "tests", "vm", "Part.cs")).Contains(name));

    private static TestCase Test(string name, string result, string reason = "") => new(name, name, result, false, reason, 0);
}
