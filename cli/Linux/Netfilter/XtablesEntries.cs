using System.Runtime.InteropServices;
using System.Text;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netfilter;

/// <summary>A rule of iptables-legacy that names interfaces.</summary>
/// <param name="chain">Its chain.</param>
/// <param name="number">Its place there, from 1, as <c>iptables --line-numbers</c> counts.</param>
/// <param name="Interfaces">The names, each with a mask of the bytes that count.</param>
internal sealed class XtablesRule(string chain, int number, List<(byte[] Name, byte[] Mask)> interfaces)
{
    public string Chain => chain;
    public int Number => number;
    public List<(byte[] Name, byte[] Mask)> Interfaces => interfaces;
}

/// <summary>Where the fields are in a family's entry (<c>struct ipt_entry</c>, linux/netfilter_ipv4/ip_tables.h, and
/// <c>struct ip6t_entry</c>, linux/netfilter_ipv6/ip6_tables.h).</summary>
/// <param name="Interfaces">Offset of iniface; outiface and both masks follow.</param>
/// <param name="TargetOffset">Offset of target_offset; next_offset follows.</param>
/// <param name="Size">sizeof: the matches follow.</param>
internal readonly record struct XtablesLayout(int Interfaces, int TargetOffset, int Size)
{
    /// <summary>IPv4's.</summary>
    public static XtablesLayout IPv4 => new(16, 88, 112);

    /// <summary>IPv6's.</summary>
    public static XtablesLayout IPv6 => new(64, 140, 168);
}

/// <summary>Reads the entries of a table of iptables-legacy, as the kernel gives them.</summary>
internal static class XtablesEntries
{
    // struct xt_entry_target: its size, its name in 29 bytes and its revision. The name of a user-defined chain is the data of an ERROR
    // target at its start (struct xt_error_target, linux/netfilter/x_tables.h).
    internal const int TargetName = 2, TargetData = 32;

    private static readonly string[] s_hooks = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

    /// <summary>The rules that name interfaces; null if the bytes are malformed.</summary>
    /// <param name="entries">All entries of the table.</param>
    /// <param name="hooks">Where each hook's chain begins (hook_entry); -1 if the table does not have it.</param>
    /// <param name="layout">The layout of the family.</param>
    public static List<XtablesRule>? Read(ReadOnlySpan<byte> entries, ReadOnlySpan<int> hooks, XtablesLayout layout)
    {
        List<XtablesRule> rules = [];
        string chain = "";
        int number = 0;
        for (int at = 0; at < entries.Length;)
        {
            ReadOnlySpan<byte> entry = entries[at..];
            if (entry.Length < layout.Size)
                return null;
            int target = MemoryMarshal.Read<ushort>(entry[layout.TargetOffset..]);
            int next = MemoryMarshal.Read<ushort>(entry[(layout.TargetOffset + sizeof(ushort))..]);
            if (target < layout.Size || next < target + TargetData || next > entry.Length)
                return null;
            number++;
            if (hooks.IndexOf(at) is >= 0 and var hook)
                (chain, number) = (s_hooks[hook], 1);
            if (Text(entry[(target + TargetName)..next]) == "ERROR")
                (chain, number) = (Text(entry[(target + TargetData)..next]), 0);
            List<(byte[], byte[])> interfaces = [];
            for (int i = 0; i < 2; i++)
            {
                ReadOnlySpan<byte> name = entry[(layout.Interfaces + i * IFNAMSIZ)..][..IFNAMSIZ];
                ReadOnlySpan<byte> mask = entry[(layout.Interfaces + (i + 2) * IFNAMSIZ)..][..IFNAMSIZ];
                if (mask.ContainsAnyExcept((byte)0))
                    interfaces.Add((name.ToArray(), mask.ToArray()));
            }
            if (interfaces.Count > 0)
                rules.Add(new XtablesRule(chain, number, interfaces));
            at += next;
        }
        return rules;
    }

    private static string Text(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes.IndexOf((byte)0) is >= 0 and var end ? bytes[..end] : bytes);
}
