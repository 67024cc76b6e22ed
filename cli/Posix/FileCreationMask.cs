using System.Runtime.InteropServices;

namespace HypervVfattach.Posix;

/// <summary>The file mode creation mask of this process and of the programs that it starts (umask(2)).</summary>
internal static partial class FileCreationMask
{
    /// <summary>Sets the mask of the system's own programs, 022. With an administrator's 077, systemd-networkd, which is an ordinary user,
    /// could not read our files, and no user the resolv.conf of a DHCP client that we restart; with 0, every user could change them.
    /// Private files get their mode when they are created.</summary>
    public static void Set() => _ = umask(0b000_010_010);

    // mode_t umask(mode_t mask); 32 bits on Linux, 16 on FreeBSD: passed in the same way.
    [LibraryImport("libc")]
    private static partial uint umask(uint mask);
}
