using System.Text;
using HypervVfattach.Core;

namespace HypervVfattach.Report;

/// <summary>Findings for people, in 80 columns.</summary>
internal static class DoctorText
{
    private const int Columns = 80, Indent = 8;

    /// <summary>One paragraph per finding, and their number.</summary>
    public static string Of(List<Finding> findings)
    {
        var text = new StringBuilder();
        int[] counts = new int[(int)Severity.Broken + 1];
        foreach (Finding finding in findings)
        {
            counts[(int)finding.Severity]++;
            text.Append($"{DoctorWords.Of(finding.Severity)}  {finding.Subject}  ({finding.Check})\n");
            Line(text, "seen", finding.Seen);
            Line(text, "why", finding.Why);
            Line(text, "do", finding.Remedy);
            Line(text, "see", finding.See);
            text.Append('\n');
        }
        return text.Append(findings.Count == 0 ? "nothing found\n"
            : $"{counts[2]} broken, {counts[1]} degraded, {counts[0]} {(counts[0] == 1 ? "note" : "notes")}\n").ToString();
    }

    private static void Line(StringBuilder text, string label, string words)
    {
        text.Append($"  {label,-Indent + 2}");
        int column = Indent;
        foreach (string word in words.Split(' '))
        {
            if (column > Indent && column + 1 + word.Length > Columns)
            {
                text.Append('\n').Append(' ', Indent);
                column = Indent;
            }
            if (column > Indent)
            {
                text.Append(' ');
                column++;
            }
            text.Append(word);
            column += word.Length;
        }
        text.Append('\n');
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
