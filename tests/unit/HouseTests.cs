using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>The folders of cli/ and which of them may use which.</summary>
public partial class HouseTests
{
    // A folder uses itself and the folders in its line only. Each line names only folders above it, so there is no cycle.
    private static readonly Dictionary<string, string[]> s_uses = new()
    {
        ["Core"] = [],
        ["Config"] = ["Core"],
        ["Posix"] = ["Core"],
        ["Linux"] = ["Core", "Posix"],
        ["FreeBSD"] = ["Core", "Posix"],
        ["Owners"] = ["Core", "Linux"],
        ["Joins"] = ["Core"],
        ["Pairs"] = ["Core", "Joins"],
        ["Apply"] = ["Core", "Posix", "Owners"],
        ["Report"] = ["Core", "Joins", "Pairs"],
        ["Doctor"] = ["Core", "Pairs", "Report"],
        ["Commands"] = ["Core", "Config", "Posix", "Joins", "Pairs", "Apply", "Report", "Doctor"],
        [""] = ["Core", "Config", "Posix", "Linux", "FreeBSD", "Owners", "Joins", "Pairs", "Apply", "Report", "Doctor", "Commands"],
    };

    [Fact]
    public void A_folder_uses_only_those_below_it()
    {
        string top = Path.Combine(Repository.Root, "cli");
        List<string> wrong = [];
        foreach (string file in Directory.EnumerateFiles(top, "*.cs", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(top, file);
            string folder = path.Contains('/') ? path[..path.IndexOf('/')] : "";
            foreach (Match use in Use().Matches(File.ReadAllText(file)))
            {
                string used = use.Groups["folder"].Value;
                if (used != folder && !s_uses[folder].Contains(used))
                    wrong.Add($"{path} uses {use.Value.Trim()}");
            }
        }
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void A_file_is_where_its_namespace_says()
    {
        string top = Path.Combine(Repository.Root, "cli");
        List<string> wrong = [];
        foreach (string file in Directory.EnumerateFiles(top, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetDirectoryName(Path.GetRelativePath(top, file))!;
            // Each join has a folder, and so has each owner; all joins share one namespace, and so do all owners.
            string expected = "HypervVfattach" + (folder.StartsWith("Joins", StringComparison.Ordinal) ? ".Joins"
                : folder.StartsWith("Owners", StringComparison.Ordinal) ? ".Owners"
                : folder.Length == 0 ? "" : $".{folder.Replace('/', '.')}");
            if (Namespace().Match(File.ReadAllText(file)) is { Success: true } found && found.Groups["name"].Value != expected)
                wrong.Add($"{Path.GetRelativePath(top, file)} is in {found.Groups["name"].Value}");
        }
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Each_line_names_only_lines_above_it()
    {
        List<string> above = [];
        foreach ((string folder, string[] uses) in s_uses)
        {
            uses.Except(above).ShouldBeEmpty($"{folder} uses folders of lines below it");
            above.Add(folder);
        }
    }

    // Also in the middle of a line: a name that is written out in full.
    [GeneratedRegex(@"(?<!namespace )\bHypervVfattach\.(?<folder>Core|Config|Posix|Owners|Joins|Pairs|Apply|Report|Doctor|Linux|FreeBSD|Commands)\b[\w.]*")]
    private static partial Regex Use();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
