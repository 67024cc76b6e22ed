using System.Text;

namespace HypervVfattach.Config;

/// <summary>Text as a TOML basic string, for error messages and for writing files.</summary>
internal static class QuotedText
{
    /// <summary>The text in double quotes, with what TOML does not allow there escaped.</summary>
    public static string Of(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (char.IsControl(c))
                quoted.Append($"\\u{(int)c:X4}");
            else
                quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
