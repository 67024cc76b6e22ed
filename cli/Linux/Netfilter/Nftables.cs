using HypervVfattach.Core;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netfilter;

/// <summary>Reads the rules of nftables, which include those of iptables-nft.</summary>
internal static class Nftables
{
    // Programs load rules in one transaction, which takes milliseconds.
    private const int Tries = 8;

    /// <summary>Whether nftables is built into the kernel or loaded. A request to a kernel that has it as a module would load it
    /// (nfnetlink_rcv_msg, net/netfilter/nfnetlink.c).</summary>
    /// <param name="root">Root of the file system; <c>/</c> except in tests.</param>
    /// <param name="release">The kernel's release, as in /lib/modules.</param>
    public static bool IsThere(string root, string release)
    {
        if (Directory.Exists(Path.Combine(root, "sys/module/nf_tables")) || !File.Exists(Path.Combine(root, "proc/modules")))
            return true;
        try
        {
            return File.ReadLines(Path.Combine(root, "lib/modules", release, "modules.builtin"))
                .Any(line => line.EndsWith("/nf_tables.ko", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // Then there is no module to load either.
        }
    }

    /// <summary>Reads all rules that test interfaces, and the sets that they use.</summary>
    /// <returns>Null when the kernel has no nftables.</returns>
    public static NftRuleset? Read()
    {
        try
        {
            using var socket = new NetlinkSocket(NETLINK_NETFILTER, "nftables");
            return Read(socket);
        }
        catch (SystemRefusal refusal) when (refusal.Errno == EPROTONOSUPPORT)
        {
            return null; // The kernel was built without nfnetlink.
        }
    }

    private static NftRuleset? Read(NetlinkSocket socket)
    {
        for (int i = 0; i < Tries; i++)
        {
            object? before = Generation(socket);
            if (TryRead(socket, out NftRuleset? ruleset) && (ruleset is null || Equals(before, Generation(socket))))
                return ruleset;
        }
        throw new SystemRefusal("nftables", "read rules", EAGAIN, $"they changed during each of {Tries} attempts");
    }

    /// <returns>False if a set was gone that a rule had named.</returns>
    private static bool TryRead(NetlinkSocket socket, out NftRuleset? ruleset)
    {
        ruleset = null;
        if (Dump<NftRule>(socket, "rules", NFT_MSG_GETRULE, NftCodec.TryDecodeRule) is not { } rules)
            return true;
        List<NftHook> hooks =
        [
            .. Dump<NftHook>(socket, "chains", NFT_MSG_GETCHAIN, NftCodec.TryDecodeChain) ?? [],
            // Linux 4.16.
            .. Dump<NftHook>(socket, "flowtables", NFT_MSG_GETFLOWTABLE, NftCodec.TryDecodeFlowtable) ?? [],
        ];
        HashSet<NftSetName> wanted =
        [
            .. rules.SelectMany(rule => rule.Tests.OfType<LookupTest>().Select(test => new NftSetName(rule.Family, rule.Table, test.Set))),
        ];
        Dictionary<NftSetName, NftSet> sets = [];
        if (wanted.Count > 0)
        {
            foreach ((NftSetName name, uint flags) in Dump<Tuple<NftSetName, uint>>(socket, "sets", NFT_MSG_GETSET, NftCodec.TryDecodeSet) ?? [])
            {
                if (!wanted.Contains(name))
                    continue;
                if (Elements(socket, name) is not { } elements)
                    return false;
                sets[name] = new NftSet(flags, elements);
            }
        }
        ruleset = new NftRuleset(rules, hooks, sets);
        return true;
    }

    private static List<T>? Dump<T>(NetlinkSocket socket, string what, byte type, Decoder<T> decode) where T : class
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        NftCodec.WriteRequest(ref writer, type);
        try
        {
            return socket.Dump(what, writer.Written, decode);
        }
        catch (SystemRefusal refusal) when (refusal.Errno == EINVAL)
        {
            return null; // No such message in this kernel (nfnetlink_rcv_msg).
        }
    }

    private static List<NftElement>? Elements(NetlinkSocket socket, NftSetName set)
    {
        var writer = new MessageWriter(stackalloc byte[256]);
        NftCodec.WriteElements(ref writer, set);
        try
        {
            return socket.Dump<List<NftElement>>($"set {set.Name}", writer.Written, NftCodec.TryDecodeElements)?.SelectMany(part => part).ToList();
        }
        catch (SystemRefusal refusal) when (refusal.Errno == ENOENT)
        {
            return null;
        }
    }

    private static object? Generation(NetlinkSocket socket)
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        NftCodec.WriteRequest(ref writer, NFT_MSG_GETGEN);
        List<object> generations = [];
        socket.Get(writer.Written, NftCodec.TryDecodeGeneration, generations);
        return generations.FirstOrDefault();
    }
}
