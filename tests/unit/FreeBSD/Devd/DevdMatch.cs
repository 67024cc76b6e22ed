using System.Text;
using System.Text.RegularExpressions;

namespace HypervVfattach.Tests.Unit.FreeBSD.Devd;

/// <summary>One condition of a rule: the value of a variable against a POSIX extended regular expression, ignoring case. devd puts ^ before
/// and $ after the text, so each side of "a|b" is anchored at one end only.</summary>
internal sealed class DevdMatch
{
    private readonly string _variable;
    private readonly bool _negated;
    private readonly Regex _expression;
    private readonly bool _isMedia;

    private DevdMatch(string variable, string expression, bool isMedia, Func<string, string> expand)
    {
        _variable = variable;
        _isMedia = isMedia;
        _negated = expression.StartsWith('!');
        var body = expand(_negated ? expression[1..] : expression);
        _expression = new Regex(Translate($"^{body}$"), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }

    /// <summary>match "variable" "expression"; variables set by options are expanded when the file is read.</summary>
    public static DevdMatch Create(string variable, string expression, Dictionary<string, string> set) =>
        new(variable, expression, isMedia: false, text => DevdVariables.Expand(text, set, quote: false));

    /// <summary>media-type "ethernet": a property of the interface itself.</summary>
    public static DevdMatch Media(string type) => new("media-type", type, isMedia: true, text => text);

    /// <summary>Whether the event meets the condition. An unknown variable is an empty string.</summary>
    public bool Holds(IReadOnlyDictionary<string, string> variables, Func<string, string> mediaOf)
    {
        var value = _isMedia
            ? mediaOf(variables.GetValueOrDefault("device-name") ?? variables.GetValueOrDefault("subsystem") ?? "")
            : variables.GetValueOrDefault(_variable) ?? "";
        return _expression.IsMatch(value) != _negated;
    }

    /// <summary>Converts POSIX extended syntax to .NET: in brackets a backslash is literal and classes have names; ^ and $ mean the ends of
    /// the text.</summary>
    private static string Translate(string posix)
    {
        var net = new StringBuilder();
        for (var i = 0; i < posix.Length; i++)
            switch (posix[i])
            {
                case '\\' when i + 1 < posix.Length:
                    net.Append(posix[i]).Append(posix[++i]);
                    break;
                case '^':
                    net.Append(@"\A");
                    break;
                case '$':
                    net.Append(@"\z");
                    break;
                case '[':
                    i = Bracket(posix, i, net);
                    break;
                default:
                    net.Append(posix[i]);
                    break;
            }
        return net.ToString();
    }

    private static int Bracket(string posix, int at, StringBuilder net)
    {
        net.Append('[');
        at++;
        if (at < posix.Length && posix[at] == '^')
        {
            net.Append('^');
            at++;
        }
        for (var first = true; at < posix.Length && (first || posix[at] != ']'); at++, first = false)
        {
            var end = posix.AsSpan(at).StartsWith("[:") ? posix.IndexOf(":]", at, StringComparison.Ordinal) : -1;
            if (end > 0)
            {
                net.Append(posix[(at + 2)..end] switch
                {
                    "digit" => "0-9",
                    "alpha" => "A-Za-z",
                    "alnum" => "A-Za-z0-9",
                    "space" => @"\s",
                    "upper" => "A-Z",
                    "lower" => "a-z",
                    "xdigit" => "0-9A-Fa-f",
                    "punct" => @"!-/:-@\[-`{-~",
                    var name => throw new FormatException($"unknown class [:{name}:]"),
                });
                at = end + 1;
            }
            else
            {
                net.Append(posix[at] is '\\' or '[' or ']' ? $"\\{posix[at]}" : posix[at].ToString());
            }
        }
        if (at >= posix.Length)
            throw new FormatException("a bracket without end");
        net.Append(']');
        return at;
    }
}
