using System.Runtime.InteropServices;

namespace HypervVfattach.Core;

/// <summary>The one exception for a refusal by the system. Its message: subject, operation, errno, and the system's own message.</summary>
/// <param name="subject">The object: an interface, an address, a file.</param>
/// <param name="operation">What was tried, as a verb phrase: <c>add address 10.0.0.4/24</c>.</param>
/// <param name="errno">The error number of the running OS; 0 where there is none.</param>
/// <param name="words">What the system reported beyond the errno (a netlink extended ack, a D-Bus error's message).</param>
/// <param name="advice">What the administrator can do, as a sentence without its full stop.</param>
/// <param name="cause">The original exception.</param>
internal sealed class SystemRefusal(
    string subject, string operation, int errno, string? words = null, string? advice = null, Exception? cause = null)
    : Exception(Sentence(subject, operation, errno, words, advice), cause)
{
    /// <summary>The error number, for callers that expect some of them.</summary>
    public int Errno => errno;

    /// <summary>Whether a privilege is missing: EACCES, 13 on Linux and FreeBSD.</summary>
    public bool IsForbidden => errno == 13;

    /// <summary>What the system reported, for a caller that writes its own message.</summary>
    public string? Words => words;

    private static string Sentence(string subject, string operation, int errno, string? words, string? advice)
    {
        string text = $"{subject}: {operation}";
        if (errno != 0)
            text += $": {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";
        if (!string.IsNullOrEmpty(words))
            text += $": {words}";
        if (!string.IsNullOrEmpty(advice))
            text += $"; {advice}";
        return text;
    }
}
