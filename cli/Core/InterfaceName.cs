namespace HypervVfattach.Core;

/// <summary>The rules for a network interface's name on Linux (dev_valid_name, net/core/dev.c) and FreeBSD.</summary>
internal static class InterfaceName
{
    /// <summary>Longest name in bytes: IFNAMSIZ (16) less the NUL.</summary>
    public const int MaxBytes = 15;

    /// <summary>Longest alternative name in bytes: ALTIFNAMSIZ (128, linux/if.h) less the NUL.</summary>
    public const int MaxAlternativeBytes = 127;

    /// <summary>The rule that <paramref name="name"/> breaks as a name or alternative name, as in <see cref="Fault(string)"/>.</summary>
    public static string? FaultOfAny(string name) => Fault(name, MaxAlternativeBytes);

    /// <summary>The rule that <paramref name="name"/> breaks, as the end of a sentence, or null for a valid name.</summary>
    public static string? Fault(string name) => Fault(name, MaxBytes);

    private static string? Fault(string name, int most)
    {
        if (name.Length == 0)
            return "is empty";
        if (System.Text.Encoding.UTF8.GetByteCount(name) > most)
            return $"is longer than {most} bytes";
        if (name is "." or "..")
            return "is a name of the file system";
        foreach (char c in name)
        {
            if (c is '/' or ':')
                return $"contains '{c}'";
            if (char.IsWhiteSpace(c))
                return "contains white space";
            if (char.IsControl(c))
                return "contains a control character";
        }
        return null;
    }
}
