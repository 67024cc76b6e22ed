using System.Text;

namespace HypervVfattach.Tests.Unit.FreeBSD.Devd;

/// <summary>Variables of an event, and their expansion in an action (config::expand_string).</summary>
internal static class DevdVariables
{
    /// <summary>The kind and the variables of one line of /dev/devctl.</summary>
    public static (DevdKind Kind, Dictionary<string, string> Variables) Of(string line)
    {
        line = line.TrimEnd('\n');
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["*"] = line, ["_"] = line };
        var rest = line.Length > 0 ? line[1..] : "";
        switch (line.Length > 0 ? line[0] : '\0')
        {
            case '!':
                Pairs(rest, variables);
                return (DevdKind.Notify, variables);
            case '?':
                Pairs(rest.TrimStart(), variables);
                return (DevdKind.NoMatch, variables);
            case '+' or '-':
                var name = rest.Split(' ', 2)[0];
                variables["device-name"] = name;
                if (rest.LastIndexOf(" on ", StringComparison.Ordinal) is var on and >= 0)
                    variables["bus"] = rest[(on + 4)..];
                Pairs(rest[name.Length..], variables);
                return (line[0] == '+' ? DevdKind.Attach : DevdKind.Detach, variables);
            default:
                throw new FormatException($"not an event: {line}");
        }
    }

    /// <summary>$name is the value, quoted for the shell in an action; $$ is a dollar; $(...) is the shell's.</summary>
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables, bool quote)
    {
        var expanded = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] != '$' || i + 1 >= text.Length)
            {
                expanded.Append(text[i++]);
                continue;
            }
            var next = text[++i];
            if (next == '$')
            {
                expanded.Append(next);
                i++;
            }
            else if (next == '(')
            {
                expanded.Append('$');
                var depth = 0;
                do
                {
                    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
                    expanded.Append(text[i++]);
                }
                while (depth > 0 && i < text.Length);
            }
            else if (!char.IsAsciiLetter(next) && next is not ('_' or '-' or '*'))
            {
                expanded.Append('$').Append(next);
                i++;
            }
            else
            {
                var start = i++;
                while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '_' or '-'))
                    i++;
                var value = variables.GetValueOrDefault(text[start..i]) ?? "";
                expanded.Append(quote ? Quote(value) : value);
            }
        }
        return expanded.ToString();
    }

    /// <summary>One word for the shell, whatever its contents: $'...'.</summary>
    private static string Quote(string value) =>
        $"$'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    /// <summary>name=value, a value with blanks in double quotes.</summary>
    private static void Pairs(string text, Dictionary<string, string> variables)
    {
        for (var i = 0; i < text.Length;)
        {
            var end = text.IndexOf(' ', i);
            var equals = text.IndexOf('=', i);
            if (equals < 0)
                return;
            if (end >= 0 && end < equals)
            {
                i = end + 1;
                continue;
            }
            var name = text[i..equals];
            i = equals + 1;
            if (i < text.Length && text[i] == '"')
            {
                var close = text.IndexOf('"', i + 1);
                close = close < 0 ? text.Length : close;
                variables[name] = text[(i + 1)..close];
                i = Math.Min(close + 1, text.Length);
            }
            else
            {
                end = text.IndexOf(' ', i);
                end = end < 0 ? text.Length : end;
                variables[name] = text[i..end];
                i = end;
            }
        }
    }
}
