using System.Text.RegularExpressions;

namespace HypervVfattach.Machines;

/// <summary>Text that a terminal would show.</summary>
public static partial class ConsoleText
{
    /// <summary>The text without its colours (ECMA-48: SGR).</summary>
    /// <remarks>xunit replaces each other control character in a test's output, but keeps these, and its XML report then ends in the middle: the
    /// whole run would count as one failure.</remarks>
    public static string Plain(string text) => Colour().Replace(text, "");

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Colour();
}
