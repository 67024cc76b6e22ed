namespace HypervVfattach.Core;

/// <summary>The rules a network interface's name obeys on Linux (dev_valid_name, net/core/dev.c) and FreeBSD.</summary>
internal static class InterfaceName
{
    /// <summary>Longest name in bytes: IFNAMSIZ (16) with its NUL.</summary>
    public const int MaxBytes = 15;

    /// <summary>Longest alternative name in bytes: ALTIFNAMSIZ (128, linux/if.h) with its NUL.</summary>
    public const int MaxAlternativeBytes = 127;

    /// <summary>The rule that a name breaks by which an interface may be asked for, an alternative one or not.</summary>
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
