using System.Buffers.Binary;
using System.Text;
using HypervVfattach.Linux.Netfilter;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Tests.Unit.Linux.Netfilter;

/// <summary>Writes the messages of nftables as the kernel sends them.</summary>
internal static class RuleBytes
{
    public static byte[] Number(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>A name as stored in registers and keys.</summary>
    public static byte[] Name(string name) => [.. Encoding.UTF8.GetBytes(name), .. new byte[16 - name.Length]];

    public static byte[] Value(byte[] value)
    {
        var writer = new MessageWriter([]);
        writer.Put(NFTA_DATA_VALUE, value);
        return writer.Written.ToArray();
    }

    public static (string, (ushort, byte[])[]) Meta(uint key, uint register = 1) =>
        ("meta", [(NFTA_META_DREG, Number(register)), (NFTA_META_KEY, Number(key))]);

    public static (string, (ushort, byte[])[]) Payload(uint register = 1) => ("payload", [(1, Number(register))]);

    public static (string, (ushort, byte[])[]) Compare(byte[] value, uint register = 1, uint op = NFT_CMP_EQ) =>
        ("cmp", [(NFTA_CMP_SREG, Number(register)), (NFTA_CMP_OP, Number(op)), (NFTA_CMP_DATA, Value(value))]);

    public static (string, (ushort, byte[])[]) Lookup(string set, uint register = 1) =>
        ("lookup", [(NFTA_LOOKUP_SET, [.. Encoding.UTF8.GetBytes(set), 0]), (NFTA_LOOKUP_SREG, Number(register))]);

    /// <summary>The message of a rule: inet filter input, handle 4.</summary>
    public static byte[] Rule(params (string Name, (ushort Type, byte[] Value)[] Attributes)[] expressions)
    {
        var writer = new MessageWriter([]);
        int message = writer.Begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, 0);
        writer.Append(new NetfilterHeader(NFPROTO_INET, 0, 0));
        writer.Put(NFTA_RULE_TABLE, "filter");
        writer.Put(NFTA_RULE_CHAIN, "input");
        writer.Put(NFTA_RULE_HANDLE, [0, 0, 0, 0, 0, 0, 0, 4]);
        int list = writer.BeginNested(NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
        foreach ((string name, (ushort Type, byte[] Value)[] attributes) in expressions)
        {
            int element = writer.BeginNested(NFTA_LIST_ELEM | NLA_F_NESTED);
            writer.Put(NFTA_EXPR_NAME, name);
            int data = writer.BeginNested(NFTA_EXPR_DATA | NLA_F_NESTED);
            foreach ((ushort type, byte[] value) in attributes)
                writer.Put(type, value);
            writer.EndNested(data);
            writer.EndNested(element);
        }
        writer.EndNested(list);
        writer.End(message);
        return writer.Written.ToArray();
    }

    public static (bool IsSound, NftRule? Rule) Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessageReader(bytes);
        if (!reader.TryRead(out Message message))
            return (false, null);
        bool isSound = NftCodec.TryDecodeRule(message, out NftRule? rule);
        return (isSound, rule);
    }
}
