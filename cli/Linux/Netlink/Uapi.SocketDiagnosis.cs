namespace HypervVfattach.Linux.Netlink;

/// <summary>Sockets of the host (linux/sock_diag.h, linux/inet_diag.h, netinet/tcp.h).</summary>
/// <remarks>Names and values as in C; UapiTests compares them with the headers.</remarks>
internal static partial class Uapi
{
    public const int NETLINK_SOCK_DIAG = 4;

    public const ushort SOCK_DIAG_BY_FAMILY = 20;

    public const byte IPPROTO_TCP = 6;
    public const byte IPPROTO_UDP = 17;

    public const int TCP_ESTABLISHED = 1;
    public const int TCP_CLOSE = 7;
    public const int TCP_LISTEN = 10;
}
