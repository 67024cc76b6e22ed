using System.Text;
using HypervVfattach.Core;

namespace HypervVfattach.Report;

/// <summary>Findings for people.</summary>
internal static class DoctorText
{
    private const int Indent = 8;

    /// <summary>One paragraph per finding, and their number.</summary>
    public static string Of(List<Finding> findings, TextStyle style)
    {
        var text = new StringBuilder();
        int[] counts = new int[(int)Severity.Broken + 1];
        foreach (Finding finding in findings)
        {
            counts[(int)finding.Severity]++;
            string severity = DoctorWords.Of(finding.Severity);
            List<string> head = style.Lines($"{severity}  {finding.Subject}  ({finding.Check})", 2);
            if (finding.Severity != Severity.Note && head[0].StartsWith(severity, StringComparison.Ordinal))
                head[0] = style.In(finding.Severity == Severity.Broken ? TextStyle.Red : TextStyle.Yellow, severity) + head[0][severity.Length..];
            Add(head);
            Add(style.Lines($"  seen  {finding.Seen}", Indent));
            Add(style.Lines($"  why   {finding.Why}", Indent));
            Add(style.Lines($"  do    {finding.Remedy}", Indent));
            Add(style.Lines($"  see   {finding.See}", Indent));
            text.Append('\n');
        }
        Add(style.Lines(findings.Count == 0 ? "nothing found"
            : $"{counts[2]} broken, {counts[1]} degraded, {counts[0]} {(counts[0] == 1 ? "note" : "notes")}", 0));
        return text.ToString();

        void Add(List<string> lines)
        {
            foreach (string line in lines)
                text.Append(line).Append('\n');
        }
    }
}

/// <summary>The words that programs may depend on.</summary>
internal static class DoctorWords
{
    public static string Of(Severity severity) => severity switch
    {
        Severity.Broken => "broken",
        Severity.Degraded => "degraded",
        _ => "note",
    };
}
