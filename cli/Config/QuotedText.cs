using System.Text;

namespace HypervVfattach.Config;

/// <summary>Quotes text for error messages and for files.</summary>
internal static class QuotedText
{
    /// <summary>The text as a TOML basic string: in double quotes, with the necessary escapes.</summary>
    public static string Of(string text) =>
        $"\"{Visible(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))}\"";

    /// <summary>The text on one line, with control characters as TOML's escapes.</summary>
    public static string Visible(string text)
    {
        var visible = new StringBuilder();
        foreach (char c in text)
            visible.Append(char.IsControl(c) ? $"\\u{(int)c:X4}" : c.ToString());
        return visible.ToString();
    }
}
