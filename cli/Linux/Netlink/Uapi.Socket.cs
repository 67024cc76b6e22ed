namespace HypervVfattach.Linux.Netlink;

/// <summary>Sockets and device requests (sys/socket.h, poll.h, linux/if.h, linux/sockios.h, linux/ethtool.h).</summary>
/// <remarks>Names and values as in C; UapiTests compares them with the headers.</remarks>
internal static partial class Uapi
{
    public const byte AF_UNSPEC = 0;
    public const byte AF_INET = 2;
    public const byte AF_BRIDGE = 7;
    public const byte AF_INET6 = 10;
    public const int SOCK_RAW = 3;
    public const int AF_UNIX = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SOL_SOCKET = 1;
    public const int SO_SNDBUF = 7;
    public const int SO_RCVBUF = 8;
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const int POLLIN = 1;

    public const uint IFF_UP = 0x1;
    public const uint IFF_PROMISC = 0x100;
    public const uint IFF_ALLMULTI = 0x200;
    public const uint SIOCADDMULTI = 0x8931;
    public const uint SIOCDELMULTI = 0x8932;
    public const uint SIOCETHTOOL = 0x8946;
    public const uint ETHTOOL_GSET = 0x1;
    public const uint ETHTOOL_GDRVINFO = 0x3;
    public const uint ETHTOOL_GPERMADDR = 0x20;
    public const uint ETHTOOL_GSTRINGS = 0x1b;
    public const uint ETHTOOL_GSTATS = 0x1d;
    public const uint ETHTOOL_GSSET_INFO = 0x37;
    public const uint ETHTOOL_GFEATURES = 0x3a;
    public const uint ETHTOOL_SFEATURES = 0x3b;
}
