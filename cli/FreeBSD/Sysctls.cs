using System.Collections.Immutable;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>Reads sysctls; a missing name is an expected outcome, an unexpected size or type is not.</summary>
internal sealed class Sysctls(IKernel kernel)
{
    private const int MaxValue = 64 * 1024;
    private const int MaxTable = 256 * 1024 * 1024;

    /// <summary>hw.hn.vf_transparent: non-zero if the kernel joins pairs itself; null if hn(4) is missing or has no such mode.</summary>
    public int? VfTransparent() => Int("hw.hn.vf_transparent");

    /// <summary>hw.hn.vflist: the names of all VFs that hn(4) knows; null if the kernel does not have it.</summary>
    public ImmutableArray<string>? VfList() => String("hw.hn.vflist") is { } text ? Words(text) : null;

    /// <summary>hw.hn.vfmap: VF and synthetic NIC of each pair; null if the kernel does not have it.</summary>
    public ImmutableArray<(string Vf, string Synthetic)>? VfMap()
    {
        const string name = "hw.hn.vfmap";
        if (String(name) is not { } text)
            return null;
        ImmutableArray<(string, string)>.Builder pairs = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (string word in Words(text))
        {
            // An interface's name may contain a colon (as alias names once did); hn's never does.
            int colon = word.LastIndexOf(':');
            if (colon <= 0 || colon == word.Length - 1)
                throw Refusal(name, $"'{word}' is not a pair VF:hn");
            pairs.Add((word[..colon], word[(colon + 1)..]));
        }
        return pairs.ToImmutable();
    }

    /// <summary>dev.hn.N.vf: the VF of this synthetic NIC, empty if it has none now; null if there is no such unit.</summary>
    public string? VfOf(int unit) => String($"dev.hn.{unit}.vf");

    /// <summary>kern.boot_id: random bytes that the kernel draws once per boot (kern_mib.c), as hexadecimal digits; null if the kernel does
    /// not have it (before 13), and while the random device is not seeded (ENXIO).</summary>
    public string? BootId()
    {
        const string name = "kern.boot_id";
        return Value(name, absent: Errno.ENXIO) is not { } bytes ? null
            : bytes.Length > 0 ? Convert.ToHexString(bytes)
            : throw Refusal(name, "it is empty");
    }

    /// <summary>An int of four bytes, or null for an unknown name.</summary>
    public int? Int(string name)
    {
        // One byte more than an int, so that a longer value is noticed.
        Span<byte> value = stackalloc byte[sizeof(int) + 1];
        int length = kernel.SysctlByName(name, value);
        if (length == -Errno.ENOENT)
            return null;
        if (length == -Errno.ENOMEM || length > sizeof(int))
            throw Refusal(name, "it is longer than an int");
        if (length < 0)
            throw Refused(name, length);
        if (length != sizeof(int))
            throw Refusal(name, $"it has {length} bytes, not the 4 of an int");
        return Field.Int(value, 0);
    }

    /// <summary>A string, or null for an unknown name. The kernel's value includes its NUL.</summary>
    public string? String(string name)
    {
        if (Value(name) is not { } value)
            return null;
        if (value is not [.., 0])
            throw Refusal(name, "it is not a string that ends with a NUL");
        Span<byte> text = value.AsSpan(0, value.Length - 1);
        return text.Contains((byte)0)
            ? throw Refusal(name, "it contains a NUL")
            : Encoding.UTF8.GetString(text);
    }

    /// <summary>A table by number. It may grow between the request for its length and the read.</summary>
    public byte[] Table(string name, params ReadOnlySpan<int> mib)
    {
        for (int attempt = 0; attempt < 8; attempt++)
        {
            int needed = kernel.Sysctl(mib, []);
            if (needed < 0)
                throw Refused(name, needed);
            if (needed == 0)
                return [];
            byte[] table = new byte[Math.Min(MaxTable, needed + (needed / 4) + 1024)];
            int length = kernel.Sysctl(mib, table);
            if (length == -Errno.ENOMEM)
                continue;
            if (length < 0)
                throw Refused(name, length);
            if (length > table.Length)
                throw Refusal(name, $"the kernel stored {length} bytes in a buffer of {table.Length}");
            return table.AsSpan(0, length).ToArray();
        }
        throw Refusal(name, "it grew during each of 8 attempts to read it");
    }

    /// <summary>NET_RT_IFLISTL: all interfaces with their addresses.</summary>
    public (List<InterfaceEntry> Interfaces, List<AddressEntry> Addresses) Interfaces() =>
        // CTL_NET, PF_ROUTE, 0, any family, NET_RT_IFLISTL, any interface
        InterfaceList.Read(Table("net.route NET_RT_IFLISTL", 4, Family.Route, 0, 0, 5, 0));

    /// <summary>NET_RT_DUMP: the routes of one family in this process's FIB.</summary>
    public List<RouteEntry> Routes(int family) =>
        RouteMessage.ReadDump(Table("net.route NET_RT_DUMP", 4, Family.Route, 0, family, 1, 0));

    /// <summary>IFDATA_DRIVERNAME (net/if_mib.h): driver and unit of an interface, which a rename does not change; null if the kernel does
    /// not provide it.</summary>
    public string? DriverName(int index)
    {
        Span<byte> name = stackalloc byte[64];
        // CTL_NET, PF_LINK, NETLINK_GENERIC, IFMIB_IFDATA, the interface, IFDATA_DRIVERNAME
        int length = kernel.Sysctl([4, Family.Link, 0, 2, index, 3], name);
        return length > 1 && length <= name.Length && name[length - 1] == 0
            ? Encoding.UTF8.GetString(name[..(length - 1)])
            : null;
    }

    // The bytes of a value of any type; null for an unknown name, or if the kernel returns `absent`.
    private byte[]? Value(string name, int absent = Errno.ENOENT)
    {
        for (int size = 256; size <= MaxValue; size *= 4)
        {
            byte[] value = new byte[size];
            int length = kernel.SysctlByName(name, value);
            if (length == -Errno.ENOENT || length == -absent)
                return null;
            if (length == -Errno.ENOMEM)
                continue; // it grew, or is long
            if (length < 0)
                throw Refused(name, length);
            if (length > size)
                throw Refusal(name, $"the kernel stored {length} bytes in a buffer of {size}");
            return value[..length];
        }
        throw Refusal(name, $"it is longer than {MaxValue} bytes");
    }

    private static ImmutableArray<string> Words(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private static SystemRefusal Refused(string name, int answer) =>
        new($"sysctl {name}", "read", -answer, Errno.Name(-answer));

    private static SystemRefusal Refusal(string name, string words) => new($"sysctl {name}", "read", 0, words);
}
