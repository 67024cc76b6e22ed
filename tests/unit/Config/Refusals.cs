using System.Text;
using HypervVfattach.Config;

namespace HypervVfattach.Tests.Unit.Config;

/// <summary>Pins what is said of refused texts.</summary>
internal static class Refusals
{
    /// <summary>Each text, visible on one line, with the message it is refused with.</summary>
    public static string Of(IEnumerable<string> texts, Action<string> read)
    {
        var report = new StringBuilder();
        foreach (string text in texts)
        {
            report.Append(text.Replace("\r", "<CR>").Replace("\n", "<LF>").Replace("\t", "<TAB>").Replace("\0", "<NUL>")
                .Replace("\u0001", "<SOH>").Replace("\u007f", "<DEL>").Replace("\uFEFF", "<BOM>")).Append('\n');
            report.Append("    ").Append(Message(() => read(text))).Append("\n\n");
        }
        return report.ToString();
    }

    private static string Message(Action read)
    {
        try
        {
            read();
            return "ACCEPTED";
        }
        catch (ConfigurationError error)
        {
            return error.Message;
        }
    }

    /// <summary>The text with its lone surrogates replaced, as its way through UTF-8 does.</summary>
    public static string Normalized(this string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
