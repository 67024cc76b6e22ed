using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HypervVfattach.Config;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Config;

public class TomlDocumentTests
{
    private static readonly string[] s_refused =
    [
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
        "a = \"\\x4\"",
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
        // Duplicates. The column counts characters, not bytes or UTF-16 units.
        "a = 1\nb = 2\na = 3",
        "a = 1\n\"a\" = 2",
        "[a]\n[b]\n[a]",
        "[a]\n[\"a\"]",
        "a = 1\n[a]",
        "a = 1\n[a.b]",
        "[a.b]\n[a]\nb = 1",
        "a.b = 1\n[a]",
        "a = {b = 1}\na.c = 1",
        "[[a]]\n[a]",
        "a = 1979-13-01",
        "a = 1.",
        "a = 0xg",
        "\"😀😀\" = 'äö' x",
        "\r\n\r\n  a = *",
    ];

    [Fact]
    public void What_is_not_TOML_is_refused_with_its_place() =>
        Refusals.Of(s_refused, text => TomlDocument.Read("my.toml", Encoding.UTF8.GetBytes(text))).ShouldBeApproved();

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
    [InlineData("a = 1.5\nb = 1e6\nc = -nan\nd = 1979-05-27 07:32:00\ne = 07:32", "a=a floating-point number b=a floating-point number c=a floating-point number d=a date or time e=a date or time")]
    [InlineData("a = \"\"\"\none\ntwo \\\n  three\"\"\"\nb = '''x'y'''", "a=\"one\\u000Atwo three\" b=\"x'y\"")]
    [InlineData("a = \"\\e\\x41\"", "a=\"\\u001BA\"")]
    [InlineData("a = 0xff\nb = 0o17\nc = 0b1", "a=255 b=15 c=1")]
    [InlineData("a.b.\"c d\" = 1\na.e = 2", "a={b={c d=1} e=2}")]
    [InlineData("a = { b = 1, c.d = 2,\n e = [ {} ] }", "a={b=1 c={d=2} e=[]}")]
    [InlineData("[[a]]\nx = 1\n[[a]]\n[a.b]\nx = 2\n[[a.c]]", "a=[x=1,b={x=2} c=[]]")]
    [InlineData("a = [[1], [\"2\", [3]]]", "a=[[1],[\"2\",[3]]]")]
    public void TOML_is_read(string text, string tree) =>
        Print(TomlDocument.Read("my.toml", Encoding.UTF8.GetBytes(text))).ShouldBe(tree);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_with_their_place() =>
        Should.Throw<ConfigurationError>(() => TomlDocument.Read("my.toml", "ä = 1\n# äö\u00FF"u8[..^1]))
            .Message.ShouldBe("my.toml:2:5: the byte 0xC3 is not UTF-8; save the file as UTF-8");

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a = ", "}")]
    public void What_is_nested_without_end_is_refused(string open, string close) =>
        Should.Throw<ConfigurationError>(() => TomlDocument.Read("my.toml", Encoding.UTF8.GetBytes(
            $"a = {string.Concat(Enumerable.Repeat(open, 100_000))}1{string.Concat(Enumerable.Repeat(close, 100_000))}")))
            .Message.ShouldBe("my.toml:1:1: The maximum depth of 64 has been exceeded");

    [Fact]
    public void Arbitrary_bytes_are_read_or_refused() =>
        Prop.ForAll<byte[]>(bytes => ReadOrRefuse(bytes)).QuickCheckThrowOnFailure();

    [Fact]
    public void Arbitrary_text_is_read_or_refused()
    {
        // Made of pieces with a meaning for the reader; otherwise nearly every text would fail at its first character.
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
            TomlDocument.Read("my.toml", bytes);
        }
        catch (ConfigurationError error)
        {
            error.Message.ShouldMatch(@"\Amy\.toml:\d+:\d+: [^\n\r]+\z");
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
        TomlOther other => other.Kind,
        _ => throw new InvalidOperationException(),
    };
}
