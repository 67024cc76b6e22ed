using System.Globalization;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Report;

namespace HypervVfattach.Doctor;

/// <summary>Collects what the checks find, in the words of <see cref="FindingTexts"/>.</summary>
internal sealed class Findings
{
    private readonly string[] _texts = Encoding.UTF8.GetString(FindingTexts.All).Split('\n');

    /// <summary>All findings, in the order of the checks.</summary>
    public List<Finding> All { get; } = [];

    /// <summary>Adds a finding.</summary>
    /// <param name="text">Its entry in the texts: the check, and where there are several, a slash and which one.</param>
    /// <param name="subject">The interface or file: {0} in the entry.</param>
    /// <param name="words">{1} and so on.</param>
    public void Add(string text, string subject, params string[] words) => Add(Health.Healthy, text, subject, words);

    /// <summary>Adds a finding that <c>status</c> has judged; its entry says so instead of a severity.</summary>
    public void Add(Health judged, string text, string subject, params string[] words)
    {
        object[] all = [subject, .. words];
        int entry = Array.FindIndex(_texts, line => line.Length > text.Length && line[text.Length] == ' ' && line.StartsWith(text, StringComparison.Ordinal));
        All.Add(new Finding
        {
            Check = text.Split('/')[0],
            Severity = _texts[entry][(text.Length + 1)..] switch
            {
                "broken" => Severity.Broken,
                "degraded" => Severity.Degraded,
                "status" => judged == Health.Broken ? Severity.Broken : Severity.Degraded,
                _ => Severity.Note,
            },
            Subject = subject,
            Seen = Field("seen ") ?? "",
            Why = Field("why  ") ?? "",
            Remedy = Field("do   ") ?? "",
            See = Field("see  ") ?? "hyperv-vfattach-doctor(8)",
        });

        string? Field(string name)
        {
            for (int i = entry + 1; _texts[i].Length > 0; i++)
            {
                if (!_texts[i].StartsWith(name, StringComparison.Ordinal))
                    continue;
                string sentence = _texts[i][name.Length..];
                // Lines that go on are indented; one blank of that stays.
                while (_texts[i + 1].StartsWith("     ", StringComparison.Ordinal))
                    sentence += _texts[++i][(name.Length - 1)..];
                return string.Format(CultureInfo.InvariantCulture, sentence, all);
            }
            return null;
        }
    }
}
