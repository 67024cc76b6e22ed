namespace HypervVfattach.Report;

/// <summary>How a text for people is laid out.</summary>
/// <param name="columns">Columns of the terminal; null if no terminal shows it, so that the lines of a note stay whole for programs.</param>
/// <param name="isColoured">Whether the terminal shows colours.</param>
internal sealed class TextStyle(int? columns, bool isColoured)
{
    /// <summary>Width of the text that is laid out in columns: a text is not easier to read when it is wider.</summary>
    public int Width => Math.Clamp(columns ?? Widest, 1, Widest);

    private const int Widest = 80;

    public const string Bold = "1", Red = "31", Green = "32", Yellow = "33";

    /// <summary>The text in a colour (ECMA-48, SGR).</summary>
    public string In(string colour, string text) => isColoured ? $"\e[{colour}m{text}\e[0m" : text;

    /// <summary>Breaks a text between words, or within a word that is longer than a line.</summary>
    /// <param name="text">One line.</param>
    /// <param name="indent">Columns before each line but the first.</param>
    public List<string> Lines(string text, int indent)
    {
        List<string> lines = [];
        if (columns is null)
            return [text];
        indent = indent * 2 > Width ? Math.Min(2, Width - 1) : indent;
        while (text.Length > Width)
        {
            int from = lines.Count == 0 ? 0 : indent;
            int end = text.LastIndexOf(' ', Width, Width - from);
            // The spaces of the indent and of the label are no place to break.
            bool isBetweenWords = end > from && text.AsSpan(from, end - from).ContainsAnyExcept(' ');
            lines.Add(text[..(isBetweenWords ? end : Width)].TrimEnd());
            text = new string(' ', indent) + text[(isBetweenWords ? end : Width)..].TrimStart();
        }
        lines.Add(text);
        return lines;
    }
}
