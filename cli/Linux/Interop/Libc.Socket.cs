using System.Runtime.InteropServices;

namespace HypervVfattach.Linux.Interop;

// sys/socket.h and sys/un.h of Linux, glibc and musl. Names and values as in C.
internal static partial class Libc
{
    public const int SO_RCVTIMEO = 20;
    public const int SO_SNDTIMEO = 21;
    public const int MSG_NOSIGNAL = 0x4000;

    // int socket(int domain, int type, int protocol);
    [LibraryImport("libc", SetLastError = true)]
    public static partial SocketHandle socket(int domain, int type, int protocol);

    // int setsockopt(int fd, int level, int name, const void *value, socklen_t length);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsockopt(SocketHandle fd, int level, int name, ReadOnlySpan<byte> value, uint length);

    // int getsockopt(int fd, int level, int name, void *value, socklen_t *length);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int getsockopt(SocketHandle fd, int level, int name, Span<byte> value, ref uint length);

    // int bind(int fd, const struct sockaddr *address, socklen_t length);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int bind(SocketHandle fd, ReadOnlySpan<byte> address, uint length);

    // ssize_t recv(int fd, void *buffer, size_t length, int flags);
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint recv(SocketHandle fd, Span<byte> buffer, nuint length, int flags);

    // ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *to, socklen_t toLength);
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint sendto(
        SocketHandle fd, ReadOnlySpan<byte> buffer, nuint length, int flags, ReadOnlySpan<byte> to, uint toLength);
}

/// <summary>struct sockaddr_un of sys/un.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SockAddrUn
{
    public const int PathBytes = 108;

    public ushort sun_family;
    public fixed byte sun_path[PathBytes];
}

/// <summary>struct timeval of sys/time.h, on 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeVal
{
    public long tv_sec;
    public long tv_usec;
}
