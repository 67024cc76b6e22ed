using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace HypervVfattach.FreeBSD.Abi;

/// <summary>Address families (sys/socket.h); AF_INET6 is not Linux's 10.</summary>
internal static class Family
{
    public const int Local = 1; // AF_LOCAL
    public const int IPv4 = 2; // AF_INET
    public const int Route = 17; // AF_ROUTE, PF_ROUTE
    public const int Link = 18; // AF_LINK
    public const int IPv6 = 28; // AF_INET6
}

/// <summary>struct sockaddr and its kinds (sys/socket.h, netinet/in.h, netinet6/in6.h, net/if_dl.h).</summary>
internal static class Sockaddr
{
    public const int SizeIPv4 = 16; // struct sockaddr_in
    public const int SizeIPv6 = 28; // struct sockaddr_in6
    public const int SizeLink = 54; // struct sockaddr_dl

    private const int Length = 0; // sa_len
    private const int FamilyOffset = 1; // sa_family
    private const int AddressIPv4 = 4; // sin_addr
    private const int AddressIPv6 = 8; // sin6_addr
    private const int ScopeIPv6 = 24; // sin6_scope_id

    /// <summary>SA_SIZE (net/route.h): the bytes that a sockaddr takes in a routing message, a multiple of a long and never 0.</summary>
    public static int Rounded(int length) => length == 0 ? sizeof(long) : (length + sizeof(long) - 1) & -sizeof(long);

    /// <summary>Size of the sockaddr that this address is written as.</summary>
    public static int SizeOf(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? SizeIPv6 : SizeIPv4;

    /// <summary>Writes a sockaddr_in or sockaddr_in6.</summary>
    /// <param name="scope">sin6_scope_id: the interface's index for a link-local address.</param>
    public static void Write(Span<byte> bytes, IPAddress address, uint scope = 0)
    {
        int size = SizeOf(address);
        bytes[..size].Clear();
        bytes[Length] = (byte)size;
        bool six = size == SizeIPv6;
        bytes[FamilyOffset] = (byte)(six ? Family.IPv6 : Family.IPv4);
        address.TryWriteBytes(bytes[(six ? AddressIPv6 : AddressIPv4)..], out _);
        if (six)
            Field.Set(bytes, ScopeIPv6, scope);
    }

    /// <summary>Writes the netmask of a prefix length as a full sockaddr of the family.</summary>
    public static void WriteMask(Span<byte> bytes, int prefixLength, bool six) => Write(bytes, Mask(prefixLength, six));

    /// <summary>Writes a sockaddr_dl that names an interface by its index, as a route's gateway.</summary>
    public static void WriteLink(Span<byte> bytes, int index)
    {
        bytes[..SizeLink].Clear();
        bytes[Length] = SizeLink; // sdl_len
        bytes[FamilyOffset] = Family.Link; // sdl_family
        Field.Set(bytes, 2, (ushort)index); // sdl_index
    }

    /// <summary>The IP address of a sockaddr; null for another family. An IPv6 link-local address loses its scope, which the kernel shows
    /// in sin6_scope_id or, in events, embedded in its second 16 bits.</summary>
    public static IPAddress? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
            return null;
        if (bytes[FamilyOffset] == Family.IPv4)
        {
            Require(bytes, SizeIPv4);
            return new IPAddress(bytes.Slice(AddressIPv4, 4));
        }
        if (bytes[FamilyOffset] != Family.IPv6)
            return null;
        Require(bytes, SizeIPv6);
        Span<byte> address = stackalloc byte[16];
        bytes.Slice(AddressIPv6, 16).CopyTo(address);
        if (IsLinkScoped(address))
            address[2..4].Clear();
        return new IPAddress(address);
    }

    /// <summary>The prefix length of a netmask. The mask may be cut after its last non-zero byte, down to nothing, and then has no family
    /// either.</summary>
    public static byte ReadMask(ReadOnlySpan<byte> bytes, bool six)
    {
        Span<byte> mask = stackalloc byte[16];
        mask.Clear();
        int length = bytes.Length == 0 ? 0 : Math.Min(bytes[Length], bytes.Length);
        int start = six ? AddressIPv6 : AddressIPv4;
        int size = six ? 16 : 4;
        if (length > start)
            bytes[start..Math.Min(length, start + size)].CopyTo(mask);
        int ones = 0;
        foreach (byte part in mask[..size])
            ones += BitOperations.PopCount(part);
        if (!mask[..size].SequenceEqual(Mask(ones, six).GetAddressBytes()))
            throw Garbage.Found("a netmask with holes", bytes);
        return (byte)ones;
    }

    /// <summary>The index in a sockaddr_dl (sdl_index), or 0 for another family.</summary>
    public static int ReadLinkIndex(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 8 && bytes[FamilyOffset] == Family.Link ? Field.UShort(bytes, 2) : 0;

    /// <summary>The name and link-layer address in a sockaddr_dl, or null for another family.</summary>
    public static (string Name, byte[] Address)? ReadLink(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 8 || bytes[FamilyOffset] != Family.Link)
            return null;
        int name = bytes[5]; // sdl_nlen
        int address = bytes[6]; // sdl_alen
        if (8 + name + address > bytes.Length)
            throw Garbage.Found("a sockaddr_dl longer than its message", bytes);
        return (System.Text.Encoding.UTF8.GetString(bytes.Slice(8, name)), bytes.Slice(8 + name, address).ToArray());
    }

    private static IPAddress Mask(int prefixLength, bool six)
    {
        Span<byte> mask = stackalloc byte[six ? 16 : 4];
        mask.Clear();
        for (int bit = 0; bit < prefixLength; bit++)
            mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return new IPAddress(mask);
    }

    // fe80::/10 and ff02::/16, ff01::/16: IN6_IS_SCOPE_LINKLOCAL, for which the kernel embeds the scope in the address.
    private static bool IsLinkScoped(ReadOnlySpan<byte> address) =>
        (address[0] == 0xfe && (address[1] & 0xc0) == 0x80)
        || (address[0] == 0xff && (address[1] & 0x0f) is 1 or 2);

    private static void Require(ReadOnlySpan<byte> bytes, int size)
    {
        if (bytes.Length < size || bytes[Length] < size)
            throw Garbage.Found($"a sockaddr of less than {size} bytes", bytes);
    }
}
