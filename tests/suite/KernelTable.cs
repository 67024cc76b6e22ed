using System.Text;

namespace HypervVfattach.Suite;

/// <summary>One run of a scenario on one kernel (tests/vm/Netvsc/OnKernelsAttribute.cs).</summary>
/// <param name="Scenario">The scenario in words.</param>
/// <param name="Kernel">The kernel's version.</param>
/// <param name="WithProduct">Whether the product was installed, or it ran without it to compare.</param>
/// <param name="Result">passed, failed, skipped, or the warning of a run that found a fault of the kernel.</param>
internal sealed record KernelRun(string Scenario, string Kernel, bool WithProduct, string Result)
{
    /// <summary>The run that a test is, or null.</summary>
    public static KernelRun? Of(TestCase test, IReadOnlySet<string> late) => test.Kernel is not { } kernel ? null
        : new KernelRun(Words(test), kernel, test.WithProduct, test switch
        {
            { NotStarted: true } => "",
            { Result: "Skip" } => "skipped",
            { Result: "Fail" } when !late.Contains(test.Name) => "FAILED",
            { HasWarning: true } => KernelTable.KernelsOwn,
            _ => "passed",
        });

    // "X.Tests.The_vf_is_joined(kernel: "6.1", product: True, order: "VF first")" is "The vf is joined, VF first".
    private static string Words(TestCase test)
    {
        var words = test.Method[(test.Method.LastIndexOf('.') + 1)..].Replace('_', ' ');
        // xunit's report has a backslash before each quotation mark.
        var value = test.Name.Replace("\\\"", "\"").Split('"') is [.., var last, _] parts && parts.Length > 3 ? last : "";
        return value.Length == 0 ? words : $"{words}, {value}";
    }
}

/// <summary>Scenario by kernel, for the report of a run.</summary>
internal static class KernelTable
{
    /// <summary>A fault that is there without the product, too; the test has compared both in one run.</summary>
    public const string KernelsOwn = "kernel's own";

    private const int Column = 14;

    /// <summary>The table; empty if no scenario ran on a kernel of its own.</summary>
    public static string Of(IReadOnlyList<KernelRun> runs)
    {
        if (runs.Count == 0)
            return "";
        string[] kernels = [.. runs.Select(run => run.Kernel).Distinct().OrderBy(kernel => Version.Parse(kernel))];
        var width = runs.Max(run => run.Scenario.Length);
        var text = new StringBuilder();
        Line("hv_netvsc of the kernel", kernels);
        foreach (var scenario in runs.GroupBy(run => run.Scenario))
            Line(scenario.Key, kernels.Select(kernel => Cell([.. scenario.Where(run => run.Kernel == kernel)])));
        return text.Append("(+) ran without the product, too, and had the same result\n").ToString();

        void Line(string head, IEnumerable<string> cells) =>
            text.Append($"{head.PadRight(width)}{string.Concat(cells.Select(cell => $"  {cell.PadRight(Column)}"))}".TrimEnd()).Append('\n');
    }

    private static string Cell(IReadOnlyList<KernelRun> runs)
    {
        var with = runs.FirstOrDefault(run => run.WithProduct)?.Result ?? "";
        return runs.FirstOrDefault(run => !run.WithProduct)?.Result is not { Length: > 0 } without ? with
            : without == with ? $"{with} (+)" : $"{with}, {without} without";
    }
}
