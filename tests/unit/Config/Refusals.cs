using System.Text;
using HypervVfattach.Config;

namespace HypervVfattach.Tests.Unit.Config;

/// <summary>Pins the messages for refused texts.</summary>
internal static class Refusals
{
    /// <summary>Each text, made visible on one line, with the message of its refusal.</summary>
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

    /// <summary>The text with its lone surrogates replaced, as by a conversion to UTF-8.</summary>
    public static string Normalized(this string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
