using System.Buffers.Binary;
using System.Net;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

/// <summary>An IPv4 or IPv6 address. A link-local one has its interface index in bytes 2 and 3, as inside the kernel
/// (sys/netinet6/scope6.c).</summary>
internal readonly record struct Ip(int Family, UInt128 Bits)
{
    public static Ip V4(uint bits) => new(Af.Inet, bits);

    public static Ip V6(UInt128 bits) => new(Af.Inet6, bits);

    /// <summary>Parses an address; a link-local one has no scope.</summary>
    public static Ip Parse(string text)
    {
        var bytes = IPAddress.Parse(text).GetAddressBytes();
        return bytes.Length == 4
            ? V4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : V6(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    public int Width => Family == Af.Inet ? 32 : 128;

    public bool IsLinkLocal => Family == Af.Inet6 && (Bits >> 118) == 0x3fa;

    /// <summary>ff01:: and ff02::, whose scope is the interface too.</summary>
    public bool IsLinkLocalMulticast => Family == Af.Inet6 && (Bits >> 120) == 0xff && (uint)((Bits >> 112) & 0xf) is 1 or 2;

    public bool IsScoped => IsLinkLocal || IsLinkLocalMulticast;

    /// <summary>in6_setscope(): embeds the interface.</summary>
    public Ip WithScope(int index) => IsScoped ? this with { Bits = Unscoped.Bits | ((UInt128)(uint)index << 96) } : this;

    public int Scope => IsScoped ? (int)(uint)((Bits >> 96) & 0xffff) : 0;

    public Ip Unscoped => IsScoped ? this with { Bits = Bits & ~((UInt128)0xffff << 96) } : this;

    /// <summary>The mask of a prefix length.</summary>
    public static UInt128 Mask(int family, int length)
    {
        var width = family == Af.Inet ? 32 : 128;
        var all = family == Af.Inet ? uint.MaxValue : UInt128.MaxValue;
        return length == 0 ? 0 : (all << (width - length)) & all;
    }

    /// <summary>The text in devctl and logs; the scope stays embedded.</summary>
    public override string ToString()
    {
        if (Family == Af.Inet)
        {
            var four = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(four, (uint)Bits);
            return new IPAddress(four).ToString();
        }
        var sixteen = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(sixteen, Bits);
        return new IPAddress(sixteen).ToString();
    }
}
