using System.Runtime.InteropServices;

namespace HypervVfattach;

/// <summary>Which permissions files do not get that this process and the programs it starts create (umask(2)).</summary>
internal static partial class FileCreationMask
{
    /// <summary>Sets it to what a system's own programs have. An administrator's shell may have 077, with which
    /// systemd-networkd, an ordinary user, could not read our files, nor anybody the resolv.conf of a DHCP client that we
    /// start again; or 0, with which anybody could change them. What is private gets its mode when it is created.</summary>
    public static void Set() => _ = umask(0b000_010_010);

    // mode_t umask(mode_t mask); 32 bits on Linux, 16 on FreeBSD: as an argument they travel the same way.
    [LibraryImport("libc")]
    private static partial uint umask(uint mask);
}
