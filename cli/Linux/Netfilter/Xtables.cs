using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Linux.Interop;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netfilter;

/// <summary>A table of iptables-legacy.</summary>
/// <param name="program">Its program: iptables or ip6tables.</param>
/// <param name="name">Its name.</param>
/// <param name="rules">Its rules that name interfaces.</param>
internal sealed class XtablesTable(string program, string name, List<XtablesRule> rules)
{
    public string Program => program;
    public string Name => name;
    public List<XtablesRule> Rules => rules;
}

/// <summary>Reads the rules of iptables-legacy and ip6tables-legacy.</summary>
internal static class Xtables
{
    // struct ipt_getinfo: name, valid_hooks, hook_entry[5], underflow[5], num_entries, size; ip6t_getinfo is the same.
    internal const int InfoHooks = XT_TABLE_MAXNAMELEN, InfoHookEntries = 36, InfoSize = 80, InfoBytes = 84;

    // struct ipt_get_entries: name, size, and the entries, aligned to 8.
    internal const int EntriesSize = XT_TABLE_MAXNAMELEN, EntriesOffset = 40;

    private const int Hooks = 5;

    // A table may grow between the requests for its size and for its entries.
    private const int Tries = 8;

    /// <summary>All existing tables; a request for one that does not exist yet would create it.</summary>
    public static IEnumerable<XtablesTable> Read() =>
    [
        .. Names("/proc/net/ip_tables_names").Select(name => new XtablesTable("iptables", name,
            Read("iptables", name, AF_INET, IPPROTO_IP, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, XtablesLayout.IPv4))),
        .. Names("/proc/net/ip6_tables_names").Select(name => new XtablesTable("ip6tables", name,
            Read("ip6tables", name, AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES, XtablesLayout.IPv6))),
    ];

    private static string[] Names(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return []; // The module is not loaded.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SystemRefusal(file, "read", 0, e.Message);
        }
    }

    private static List<XtablesRule> Read(string program, string name, int family, int level, int info, int entries, XtablesLayout layout)
    {
        // Any IP socket will do (ip_getsockopt, net/ipv4/ip_sockglue.c), and a UDP socket needs no CAP_NET_RAW.
        using SocketHandle socket = Libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (socket.IsInvalid)
            throw Refusal(Marshal.GetLastPInvokeError());
        for (int i = 0; i < Tries; i++)
        {
            Span<byte> head = stackalloc byte[InfoBytes];
            Encoding.UTF8.GetBytes(name, head[..(XT_TABLE_MAXNAMELEN - 1)]);
            if (Get(info, head) is not 0 and var errno)
                throw Refusal(errno);
            uint valid = MemoryMarshal.Read<uint>(head[InfoHooks..]);
            int[] hooks = MemoryMarshal.Cast<byte, int>(head[InfoHookEntries..])[..Hooks].ToArray();
            for (int hook = 0; hook < Hooks; hook++)
            {
                if ((valid >> hook & 1) == 0)
                    hooks[hook] = -1;
            }
            int size = MemoryMarshal.Read<int>(head[InfoSize..]);
            byte[] answer = new byte[EntriesOffset + size];
            head[..XT_TABLE_MAXNAMELEN].CopyTo(answer);
            MemoryMarshal.Write(answer.AsSpan(EntriesSize), size);
            errno = Get(entries, answer);
            if (errno == EAGAIN)
                continue;
            if (errno != 0)
                throw Refusal(errno);
            return XtablesEntries.Read(answer.AsSpan(EntriesOffset), hooks, layout)
                ?? throw Refusal(EBADMSG);
        }
        throw Refusal(EAGAIN);

        int Get(int option, Span<byte> value)
        {
            uint length = (uint)value.Length;
            return Libc.getsockopt(socket, level, option, value, ref length) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }

        SystemRefusal Refusal(int errno) => new(program, $"read table {name}", errno);
    }
}
