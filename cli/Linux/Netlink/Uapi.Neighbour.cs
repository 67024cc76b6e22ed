namespace HypervVfattach.Linux.Netlink;

/// <summary>Attributes and flags of neighbours (linux/neighbour.h).</summary>
/// <remarks>Names and values as in C; UapiTests compares them with the headers.</remarks>
internal static partial class Uapi
{
    public const ushort NDA_DST = 1;
    public const ushort NDA_LLADDR = 2;
    public const ushort NDA_PROTOCOL = 12;

    public const byte NTF_USE = 0x1;
    public const byte NTF_SELF = 0x2;
    public const byte NTF_PROXY = 0x8;
    public const byte NTF_EXT_LEARNED = 0x10;
    public const byte NTF_ROUTER = 0x80;
}
