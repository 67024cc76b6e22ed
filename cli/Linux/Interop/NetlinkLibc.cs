using System.Runtime.InteropServices;
using HypervVfattach.Linux.Netlink;

namespace HypervVfattach.Linux.Interop;

/// <summary>The calls of libc that netlink needs; names as in C.</summary>
internal static partial class NetlinkLibc
{
    // int socket(int domain, int type, int protocol);
    [LibraryImport("libc", SetLastError = true)]
    internal static partial NetlinkDescriptor socket(int domain, int type, int protocol);

    // int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen);
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int bind(NetlinkDescriptor sockfd, in NetlinkAddress addr, uint addrlen);

    // int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen);
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getsockname(NetlinkDescriptor sockfd, out NetlinkAddress addr, ref uint addrlen);

    // int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen);
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setsockopt(
        NetlinkDescriptor sockfd, int level, int optname, in int optval, uint optlen);

    // int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen);
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getsockopt(
        NetlinkDescriptor sockfd, int level, int optname, out int optval, ref uint optlen);

    // ssize_t send(int sockfd, const void *buf, size_t len, int flags);
    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint send(NetlinkDescriptor sockfd, in byte buf, nuint len, int flags);

    // ssize_t recvfrom(int sockfd, void *buf, size_t len, int flags, struct sockaddr *src_addr, socklen_t *addrlen);
    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recvfrom(
        NetlinkDescriptor sockfd, ref byte buf, nuint len, int flags, out NetlinkAddress src_addr, ref uint addrlen);

    // int poll(struct pollfd *fds, nfds_t nfds, int timeout);
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int poll(ref PollDescriptor fds, nuint nfds, int timeout);

    // int ioctl(int fd, unsigned long request, ...); variadic in C: with one pointer argument both Linux calling conventions (x64, arm64)
    // pass it alike.
    [LibraryImport("libc", SetLastError = true)]
    internal static unsafe partial int ioctl(NetlinkDescriptor fd, nuint request, void* argument);

    // int close(int fd);
    [LibraryImport("libc")]
    internal static partial int close(nint fd);
}

/// <summary>Address of a netlink socket (<c>struct sockaddr_nl</c>, linux/netlink.h).</summary>
/// <param name="Family">nl_family.</param>
/// <param name="Padding">nl_pad.</param>
/// <param name="Port">nl_pid: 0 is the kernel.</param>
/// <param name="Groups">nl_groups: bit mask of multicast groups.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NetlinkAddress(ushort Family, ushort Padding, uint Port, uint Groups);

/// <summary>What poll waits for (<c>struct pollfd</c>, poll.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    /// <summary>fd.</summary>
    public int Descriptor;

    /// <summary>events.</summary>
    public short Events;

    /// <summary>revents.</summary>
    public short Found;
}
