using System.Globalization;
using System.Text;
using HypervVfattach.Config;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Config;

/// <summary>Documents for every rule of TOML 1.1 (https://toml.io/en/v1.1.0), in Toml/*.txt.</summary>
/// <remarks>One document per line, below a heading (##) that names the rule. ␊, ␍ and ␉ represent line feed, carriage return and tab, ⟨FF⟩
/// a byte; ⇒ precedes the result of reading a valid document.</remarks>
public class TomlCorpusTests
{
    [Fact]
    public void No_invalid_document_is_accepted_and_each_has_one_line_with_its_place()
    {
        List<string> faults = [];
        int documents = 0;
        foreach ((string place, string line) in Lines("invalid.txt"))
        {
            documents++;
            try
            {
                faults.Add($"{place}: accepted as {Print(TomlDocument.Read("my.toml", Bytes(line)))}: {line}");
            }
            catch (ConfigurationError error)
            {
                if (!System.Text.RegularExpressions.Regex.IsMatch(error.Message, @"\Amy\.toml:[1-9]\d*:[1-9]\d*: [^\p{Cc}]+\z"))
                    faults.Add($"{place}: {QuotedText.Visible(error.Message)}: {line}");
            }
            catch (Exception e)
            {
                faults.Add($"{place}: {e.GetType()}: {line}");
            }
        }
        string.Join('\n', faults).ShouldBeEmpty();
        documents.ShouldBeGreaterThan(900);
    }

    [Fact]
    public void Every_valid_document_is_read_right()
    {
        List<string> faults = [];
        int documents = 0;
        foreach ((string place, string line) in Lines("valid.txt"))
        {
            documents++;
            string[] parts = line.Split(" ⇒ ");
            try
            {
                string tree = Print(TomlDocument.Read("my.toml", Bytes(parts[0])));
                if (tree != parts[1])
                    faults.Add($"{place}: {parts[0]}\n    is      {tree}\n    and not {parts[1]}");
            }
            catch (Exception e)
            {
                faults.Add($"{place}: {parts[0]}: {QuotedText.Visible(e.Message)}");
            }
        }
        string.Join('\n', faults).ShouldBeEmpty();
        documents.ShouldBeGreaterThan(300);
    }

    /// <summary>Pieces of one document followed by pieces of another: combinations for which no rule was written.</summary>
    [Fact]
    public void Documents_that_are_spliced_are_read_or_refused()
    {
        byte[][] all = [.. Lines("invalid.txt").Concat(Lines("valid.txt")).Select(line => Bytes(line.Line.Split(" ⇒ ")[0]))];
        var random = new Random(20261128);
        List<string> faults = [];
        for (int i = 0; i < 40_000; i++)
        {
            byte[] document = [.. Piece(), .. (random.Next(3) == 0 ? "\n"u8 : ""u8), .. Piece(), .. Piece()];
            try
            {
                TomlDocument.Read("my.toml", document);
            }
            catch (ConfigurationError error)
            {
                if (error.Message.AsSpan().ContainsAny('\n', '\r'))
                    faults.Add($"{Convert.ToHexString(document)}: {QuotedText.Visible(error.Message)}");
            }
            catch (Exception e)
            {
                faults.Add($"{Encoding.UTF8.GetString(document).Replace("\n", "␊")}: {e}");
            }
        }
        string.Join('\n', faults).ShouldBeEmpty();

        byte[] Piece()
        {
            byte[] one = all[random.Next(all.Length)];
            int start = random.Next(3) == 0 ? random.Next(one.Length + 1) : 0;
            return one[start..(random.Next(3) == 0 ? random.Next(start, one.Length + 1) : one.Length)];
        }
    }

    private static IEnumerable<(string Place, string Line)> Lines(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "tests/unit/Config/Toml", file));
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("## ", StringComparison.Ordinal))
                yield return ($"{file}:{i + 1}", lines[i]);
        }
    }

    private static byte[] Bytes(string line)
    {
        List<byte> bytes = [];
        for (int i = 0; i < line.Length;)
        {
            if (line[i] == '⟨')
            {
                bytes.Add(byte.Parse(line.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 4;
                continue;
            }
            Rune.DecodeFromUtf16(line.AsSpan(i), out Rune rune, out int length);
            i += length;
            string text = rune.Value switch { '␊' => "\n", '␍' => "\r", '␉' => "\t", _ => rune.ToString() };
            bytes.AddRange(Encoding.UTF8.GetBytes(text));
        }
        return [.. bytes];
    }

    private static string Print(TomlValue value) => value switch
    {
        TomlTable table => $"{{{string.Join(", ", table.Entries.Select(entry => $"{Key(entry.Key)}={Print(entry.Value)}"))}}}",
        TomlArray array => $"[{string.Join(", ", array.Items.Select(Print))}]",
        TomlString text => QuotedText.Of(text.Value),
        TomlInteger integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        TomlBoolean boolean => boolean.Value ? "true" : "false",
        TomlOther { Kind: "a floating-point number" } => "float",
        TomlOther { Kind: "a date or time" } => "date",
        _ => throw new InvalidOperationException(),
    };

    private static string Key(string key) =>
        key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? key : QuotedText.Of(key);
}
