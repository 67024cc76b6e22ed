using System.Globalization;
using System.Text;

namespace HypervVfattach.Tests.Unit.FreeBSD.Devd;

/// <summary>The list of a rule; the first character of an event selects the list.</summary>
internal enum DevdKind
{
    Attach,
    Detach,
    NoMatch,
    Notify,
}

/// <summary>The configuration of devd(8) does not parse.</summary>
internal sealed class DevdSyntaxException(string file, int line, string message)
    : FormatException($"{file}:{line}: {message}");

/// <summary>Reads devd.conf(5): token.l and parse.y.</summary>
internal sealed class DevdParser(string file, string text, Dictionary<string, string> variables)
{
    private int _at;
    private int _line = 1;

    /// <summary>The rules of the file, in its order.</summary>
    public List<DevdRule> Parse()
    {
        var rules = new List<DevdRule>();
        while (Next() is { } word)
        {
            if (word == "options")
            {
                Options();
                continue;
            }
            DevdKind? kind = word switch
            {
                "attach" => DevdKind.Attach,
                "detach" => DevdKind.Detach,
                "nomatch" => DevdKind.NoMatch,
                "notify" => DevdKind.Notify,
                _ => null,
            };
            rules.Add(Rule(kind ?? throw Error($"unexpected \"{word}\"")));
        }
        return rules;
    }

    private DevdRule Rule(DevdKind kind)
    {
        var start = _line;
        var number = Next();
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var priority))
            throw Error($"expected a priority, not \"{number}\"");
        Expect("{");
        var matches = new List<DevdMatch>();
        var actions = new List<string>();
        while (Next() is var word && word != "}")
            switch (word)
            {
                case "match":
                    matches.Add(DevdMatch.Create(Quoted(), Quoted(), variables));
                    Expect(";");
                    break;
                case "device-name":
                    matches.Add(DevdMatch.Create(word, Quoted(), variables));
                    Expect(";");
                    break;
                case "class":
                    matches.Add(DevdMatch.Create(word, Quoted(), variables));
                    Expect(";");
                    break;
                case "subdevice":
                    matches.Add(DevdMatch.Create(word, Quoted(), variables));
                    Expect(";");
                    break;
                case "media-type":
                    matches.Add(DevdMatch.Media(Quoted()));
                    Expect(";");
                    break;
                case "action":
                    actions.Add(Quoted());
                    Expect(";");
                    break;
                default:
                    throw Error($"unexpected \"{word ?? "end of file"}\" in a rule");
            }
        Expect(";");
        return new DevdRule(kind, priority, matches, actions, file, start);
    }

    private void Options()
    {
        Expect("{");
        while (Next() is var word && word != "}")
        {
            switch (word)
            {
                case "set":
                    variables[Next() ?? ""] = Quoted();
                    break;
                case "directory" or "pid-file":
                    Quoted();
                    break;
                default:
                    throw Error($"unexpected \"{word ?? "end of file"}\" in options");
            }
            Expect(";");
        }
        Expect(";");
    }

    private void Expect(string wanted)
    {
        var found = Next();
        if (found != wanted)
            throw Error($"expected \"{wanted}\", not \"{found ?? "end of file"}\"");
    }

    private string Quoted()
    {
        SkipBlank();
        if (_at >= text.Length || text[_at] != '"')
            throw Error("expected a string");
        var value = new StringBuilder();
        for (_at++; _at < text.Length && text[_at] != '"'; _at++)
        {
            if (text[_at] == '\n')
                _line++;
            if (text[_at] == '\\' && _at + 1 < text.Length && text[_at + 1] == '\n')
            {
                // A continued line: the line break and the blanks after it are removed.
                _line++;
                _at++;
                while (_at + 1 < text.Length && char.IsWhiteSpace(text[_at + 1]))
                    _at++;
                continue;
            }
            value.Append(text[_at]);
        }
        if (_at >= text.Length)
            throw Error("a string without end");
        _at++;
        return value.ToString();
    }

    private string? Next()
    {
        SkipBlank();
        if (_at >= text.Length)
            return null;
        if (text[_at] is '{' or '}' or ';')
            return text[_at++].ToString();
        if (text[_at] == '"')
            throw Error("unexpected string");
        var start = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '-' or '_'))
            _at++;
        return _at > start ? text[start.._at] : throw Error($"unexpected character '{text[_at]}'");
    }

    /// <summary>White space and the three kinds of comment.</summary>
    private void SkipBlank()
    {
        while (_at < text.Length)
        {
            var rest = text.AsSpan(_at);
            if (char.IsWhiteSpace(rest[0]))
            {
                if (rest[0] == '\n')
                    _line++;
                _at++;
            }
            else if (rest[0] == '#' || rest.StartsWith("//"))
            {
                var end = rest.IndexOf('\n');
                _at = end < 0 ? text.Length : _at + end;
            }
            else if (rest.StartsWith("/*"))
            {
                var end = rest.IndexOf("*/");
                if (end < 0)
                    throw Error("a comment without end");
                _line += rest[..end].Count('\n');
                _at += end + 2;
            }
            else
            {
                return;
            }
        }
    }

    private DevdSyntaxException Error(string message) => new(file, _line, message);
}
