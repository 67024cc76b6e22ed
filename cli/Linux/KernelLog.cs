using System.Text;
using HypervVfattach.Linux.Interop;

namespace HypervVfattach.Linux;

/// <summary>Reads the kernel's log, which dmesg prints.</summary>
internal static class KernelLog
{
    // syslog(2).
    private const int ReadAll = 3, SizeOfBuffer = 10;

    /// <summary>Its lines, the oldest first, each with priority and time; null without the right to read it (CAP_SYSLOG if
    /// kernel.dmesg_restrict is set).</summary>
    public static string[]? Read()
    {
        int size = Libc.klogctl(SizeOfBuffer, [], 0);
        if (size <= 0)
            return null;
        byte[] buffer = new byte[size];
        int read = Libc.klogctl(ReadAll, buffer, size);
        return read < 0 ? null : Encoding.UTF8.GetString(buffer, 0, read).Split('\n');
    }
}
