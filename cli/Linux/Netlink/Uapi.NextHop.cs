namespace HypervVfattach.Linux.Netlink;

/// <summary>Attributes of next-hop objects (linux/nexthop.h).</summary>
/// <remarks>Names and values as in C; UapiTests compares them with the headers.</remarks>
internal static partial class Uapi
{
    public const ushort NHA_ID = 1;
    public const ushort NHA_GROUP = 2;
    public const ushort NHA_GROUP_TYPE = 3;
    public const ushort NHA_BLACKHOLE = 4;
    public const ushort NHA_OIF = 5;
    public const ushort NHA_GATEWAY = 6;
    public const ushort NHA_ENCAP_TYPE = 7;
    public const ushort NHA_ENCAP = 8;
    public const ushort NHA_GROUPS = 9;
    public const ushort NHA_FDB = 11;
    public const ushort NHA_RES_GROUP = 12;
    public const ushort NHA_RES_BUCKET = 13;
    public const ushort NHA_RES_GROUP_PAD = 0;
    public const ushort NHA_RES_GROUP_UNBALANCED_TIME = 4;
}
