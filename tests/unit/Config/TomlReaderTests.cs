using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HypervVfattach.Config;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Config;

public class TomlReaderTests
{
    private static readonly string[] s_refused =
    [
        // TOML that is not in the subset.
        "a = 1.5",
        "a = 1e6",
        "a = 1_0.0",
        "a = inf",
        "a = -nan",
        "a = 1979-05-27",
        "a = 1979-05-27T07:32:00Z",
        "a = 1979-05-27 07:32:00",
        "a = 07:32:00",
        "a = \"\"\"text\"\"\"",
        "a = '''text'''",
        "a = { b = 1 }",
        "[[a]]",
        "a = 0xff",
        "a = 0o17",
        "a = 0b1",
        "a.b = 1",
        "a . \"b\" = 1",
        "a = [[1], [2]]",
        "a = [{ b = 1 }]",
        // What is not TOML.
        "a",
        "a =",
        "a = # nothing",
        "= 1",
        "a = b",
        "a = True",
        "a = 1 2",
        "a = 1, b = 2",
        "a = 01",
        "a = -01",
        "a = 00",
        "a = _1",
        "a = 1_",
        "a = 1__0",
        "a = ++1",
        "a = +",
        "a = 1x",
        "a = 0X1F",
        "a = 9223372036854775808",
        "a = -9223372036854775809",
        "a = \"text",
        "a = \"text\nb = 1",
        "a = \"text\" more",
        "a = 'it's'",
        "a = \"\\x41\"",
        "a = \"\\e\"",
        "a = \"\\u12\"",
        "a = \"\\uD800\"",
        "a = \"\\U00110000\"",
        "a = \"\\",
        "a = \"tab\tis fine, NUL \0 is not\"",
        "a = 'DEL \u007f'",
        "# comment \u0001",
        "a = 1\rb = 2",
        "a = 1\r",
        "\u0001",
        "a\0b = 1",
        "ä = 1",
        "\"\"\"a\"\"\" = 1",
        "a = [1 2]",
        "a = [1,, 2]",
        "a = [,]",
        "a = [1",
        "a = [1, # and so on\n",
        "[a",
        "[a b]",
        "[]",
        "[a.]",
        "[.a]",
        "[a]]",
        "[a] b = 1",
        "[a\n]",
        "\uFEFFa = 1",
        "a = 1\n\uFEFFb = 1",
        // What is there twice. The column counts characters, not bytes or UTF-16 units.
        "a = 1\nb = 2\na = 3",
        "a = 1\n\"a\" = 2",
        "[a]\n[b]\n[a]",
        "[a]\n[\"a\"]",
        "a = 1\n[a]",
        "a = 1\n[a.b]",
        "[a.b]\n[a]\nb = 1",
        "\"😀😀\" = 'äö' x",
        "\r\n\r\n  a = *",
    ];

    [Fact]
    public void What_is_not_TOML_or_not_in_the_subset_is_refused_with_its_place() =>
        Refusals.Of(s_refused, text => TomlReader.Read("my.toml", Encoding.UTF8.GetBytes(text))).ShouldBeApproved();

    [Theory]
    [InlineData("", "")]
    [InlineData("\n\r\n \t\n# comment\n", "")]
    [InlineData("# no line end", "")]
    [InlineData("a=1", "a=1")]
    [InlineData("\ta\t =  1 # comment\r\nb = true\nc = false", "a=1 b=true c=false")]
    [InlineData("a = +7\nb = -0\nc = 1_000_000\nd = 0", "a=7 b=0 c=1000000 d=0")]
    [InlineData("a = 9223372036854775807\nb = -9223372036854775808", "a=9223372036854775807 b=-9223372036854775808")]
    [InlineData("a = \"\"\nb = ''", "a=\"\" b=\"\"")]
    [InlineData("a = \"q\\\" \\\\ \\u00e4 \\U0001F600 #\"", "a=\"q\\\" \\\\ ä 😀 #\"")]
    [InlineData("a = \"\\b\\t\\n\\f\\r\"", "a=\"\\u0008\\u0009\\u000A\\u000C\\u000D\"")]
    [InlineData("a = 'C:\\new \"x\"'", "a=\"C:\\\\new \\\"x\\\"\"")]
    [InlineData("a = \"\uFEFF\"", "a=\"\uFEFF\"")]
    [InlineData("1-_a = 1\n\"a b\" = 2\n'c.d' = 3\n\"\" = 4", "1-_a=1 a b=2 c.d=3 =4")]
    [InlineData("a = []\nb = [ ]\nc = [1,]\nd = ['x', 2, true]", "a=[] b=[] c=[1] d=[\"x\",2,true]")]
    [InlineData("a = [ # one\n 1, # two\r\n\n 2 # three\n , ]", "a=[1,2]")]
    [InlineData("[a]\nx = 1\n[ b . \"c.d\" ] # comment\nx = 2", "a={x=1} b={c.d={x=2}}")]
    [InlineData("[a.b.c]\n[a]\nx = 1\n[a.b]", "a={b={c={}} x=1}")]
    public void The_subset_is_read(string text, string tree) =>
        Print(TomlReader.Read("my.toml", Encoding.UTF8.GetBytes(text))).ShouldBe(tree);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_with_their_place() =>
        Should.Throw<ConfigurationError>(() => TomlReader.Read("my.toml", "ä = 1\n# äö\u00FF"u8[..^1]))
            .Message.ShouldBe("my.toml:2:5: the byte 0xC3 is not UTF-8; save the file as UTF-8");

    [Fact]
    public void Arbitrary_bytes_are_read_or_refused() =>
        Prop.ForAll<byte[]>(bytes => ReadOrRefuse(bytes)).QuickCheckThrowOnFailure();

    [Fact]
    public void Arbitrary_text_is_read_or_refused()
    {
        // Made of pieces that mean something to the reader, or nearly every text would end at its first character.
        Gen<string> pieces = Gen.Elements(
            "a", "bc", "[", "]", "[x.", "\"", "'", "=", " = ", ",", "#", "\n", "\r\n", "\r", "\t", "\\", "\\u00e4", "\\U", "1",
            "-", "_", "0", "0x", "1.5", "true", "{", "}", ".", "é", "😀", "\0", "\u007f", "\uFEFF", " ");
        FsCheck.Config many = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(5000);
        Prop.ForAll(pieces.ListOf().Select(p => string.Concat(p)).ToArbitrary(), text => ReadOrRefuse(Encoding.UTF8.GetBytes(text)))
            .Check(many);
    }

    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            TomlReader.Read("my.toml", bytes);
        }
        catch (ConfigurationError error)
        {
            error.Message.ShouldMatch(@"^my\.toml:\d+:\d+: .");
        }
    }

    private static string Print(TomlValue value) => value switch
    {
        TomlTable table => string.Join(' ', table.Entries.Select(entry =>
            entry.Value is TomlTable ? $"{entry.Key}={{{Print(entry.Value)}}}" : $"{entry.Key}={Print(entry.Value)}")),
        TomlArray array => $"[{string.Join(',', array.Items.Select(Print))}]",
        TomlString text => QuotedText.Of(text.Value),
        TomlInteger integer => $"{integer.Value}",
        TomlBoolean boolean => boolean.Value ? "true" : "false",
        _ => throw new InvalidOperationException(),
    };
}
