using System.Buffers.Binary;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netfilter;

/// <summary>Encodes and decodes the messages of nftables (linux/netfilter/nf_tables.h).</summary>
internal static class NftCodec
{
    // NFTA_DEVICE_PREFIX, linux/netfilter/nf_tables.h (Linux 6.17).
    private const ushort DevicePrefix = 2;

    /// <summary>Writes a request for the objects of one type in all tables of all families.</summary>
    public static void WriteRequest(ref MessageWriter writer, byte type)
    {
        int message = writer.Begin(TypeOf(type), 0);
        writer.Append(default(NetfilterHeader));
        writer.End(message);
    }

    /// <summary>Writes the request for the elements of a set.</summary>
    public static void WriteElements(ref MessageWriter writer, NftSetName set)
    {
        int message = writer.Begin(TypeOf(NFT_MSG_GETSETELEM), 0);
        writer.Append(new NetfilterHeader(set.Family, 0, 0));
        writer.Put(NFTA_SET_ELEM_LIST_TABLE, set.Table);
        writer.Put(NFTA_SET_ELEM_LIST_SET, set.Name);
        writer.End(message);
    }

    /// <summary>Decodes a rule that tests interfaces.</summary>
    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecodeRule(in Message message, out NftRule? rule)
    {
        rule = null;
        if (message.Header.Type != TypeOf(NFT_MSG_NEWRULE))
            return true;
        if (!message.TryRead(out NetfilterHeader head, out AttributeReader attributes))
            return false;
        string table = "", chain = "";
        ulong handle = 0;
        var registers = new RegisterUse();
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case NFTA_RULE_TABLE:
                    table = attributes.Text();
                    break;
                case NFTA_RULE_CHAIN:
                    chain = attributes.Text();
                    break;
                case NFTA_RULE_HANDLE:
                    handle = BinaryPrimitives.ReverseEndianness(attributes.Read<ulong>());
                    break;
                case NFTA_RULE_EXPRESSIONS:
                    if (!registers.TryRead(attributes.Nested()))
                        attributes.Reject();
                    break;
            }
        }
        if (registers.Tests.Count > 0)
            rule = new NftRule(head.Family, table, chain, handle, registers.Tests);
        return !attributes.IsMalformed;
    }

    /// <summary>Decodes a chain that is bound to devices.</summary>
    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecodeChain(in Message message, out NftHook? chain) => TryDecodeHook(
        message, NFT_MSG_NEWCHAIN, "chain", NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, NFTA_CHAIN_HOOK, NFTA_HOOK_DEV, NFTA_HOOK_DEVS, out chain);

    /// <summary>Decodes a flowtable.</summary>
    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecodeFlowtable(in Message message, out NftHook? flowtable) => TryDecodeHook(
        message, NFT_MSG_NEWFLOWTABLE, "flowtable", NFTA_FLOWTABLE_TABLE, NFTA_FLOWTABLE_NAME, NFTA_FLOWTABLE_HOOK, null,
        NFTA_FLOWTABLE_HOOK_DEVS, out flowtable);

    /// <summary>Decodes a set without its elements.</summary>
    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecodeSet(in Message message, out Tuple<NftSetName, uint>? set)
    {
        set = null;
        if (message.Header.Type != TypeOf(NFT_MSG_NEWSET))
            return true;
        if (!message.TryRead(out NetfilterHeader head, out AttributeReader attributes))
            return false;
        string table = "", name = "";
        uint flags = 0;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case NFTA_SET_TABLE:
                    table = attributes.Text();
                    break;
                case NFTA_SET_NAME:
                    name = attributes.Text();
                    break;
                case NFTA_SET_FLAGS:
                    flags = attributes.ReadNetworkOrder();
                    break;
            }
        }
        set = Tuple.Create(new NftSetName(head.Family, table, name), flags);
        return !attributes.IsMalformed;
    }

    /// <summary>Decodes elements of a set; a message has many.</summary>
    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecodeElements(in Message message, out List<NftElement>? elements)
    {
        elements = null;
        if (message.Header.Type != TypeOf(NFT_MSG_NEWSETELEM))
            return true;
        if (!message.TryRead(out NetfilterHeader _, out AttributeReader attributes))
            return false;
        elements = [];
        while (attributes.Next())
        {
            if (attributes.Type != NFTA_SET_ELEM_LIST_ELEMENTS)
                continue;
            AttributeReader list = attributes.Nested();
            while (list.Next())
            {
                AttributeReader element = list.Nested();
                elements.Add(Element(ref element));
                list.Check(element);
            }
            attributes.Check(list);
        }
        return !attributes.IsMalformed;
    }

    /// <summary>Decodes the generation of the ruleset, which every change increments.</summary>
    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecodeGeneration(in Message message, out object? generation)
    {
        generation = null;
        if (message.Header.Type != TypeOf(NFT_MSG_NEWGEN))
            return true;
        if (!message.TryRead(out NetfilterHeader _, out AttributeReader attributes))
            return false;
        while (attributes.Next())
        {
            if (attributes.Type == NFTA_GEN_ID)
                generation = attributes.ReadNetworkOrder();
        }
        return !attributes.IsMalformed;
    }

    /// <summary>The bytes in an NFTA_DATA_*; null for a verdict.</summary>
    public static byte[]? DataValue(AttributeReader data)
    {
        while (data.Next())
        {
            if (data.Type == NFTA_DATA_VALUE)
                return data.Value.ToArray();
        }
        return null;
    }

    private static NftElement Element(ref AttributeReader attributes)
    {
        byte[] key = [], data = [];
        byte[]? end = null;
        uint flags = 0;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case NFTA_SET_ELEM_KEY:
                    key = DataValue(attributes.Nested()) ?? [];
                    break;
                case NFTA_SET_ELEM_KEY_END:
                    end = DataValue(attributes.Nested());
                    break;
                case NFTA_SET_ELEM_DATA or NFTA_SET_ELEM_OBJREF:
                    data = attributes.Value.ToArray();
                    break;
                case NFTA_SET_ELEM_FLAGS:
                    flags = attributes.ReadNetworkOrder();
                    break;
            }
        }
        if (end is not null && end.Length != key.Length)
            attributes.Reject();
        return new NftElement(key, end, data, flags);
    }

    private static bool TryDecodeHook(in Message message, byte type, string kind, ushort tableType, ushort nameType, ushort hookType,
        ushort? deviceType, ushort devicesType, out NftHook? found)
    {
        found = null;
        if (message.Header.Type != TypeOf(type))
            return true;
        if (!message.TryRead(out NetfilterHeader head, out AttributeReader attributes))
            return false;
        string table = "", name = "";
        List<string> devices = [];
        while (attributes.Next())
        {
            if (attributes.Type == tableType)
                table = attributes.Text();
            else if (attributes.Type == nameType)
                name = attributes.Text();
            else if (attributes.Type == hookType)
                attributes.Check(Devices(attributes.Nested(), deviceType, devicesType, devices));
        }
        if (devices.Count > 0)
            found = new NftHook(head.Family, table, $"{kind} {name}", devices);
        return !attributes.IsMalformed;
    }

    private static AttributeReader Devices(AttributeReader hook, ushort? deviceType, ushort devicesType, List<string> devices)
    {
        while (hook.Next())
        {
            if (hook.Type == deviceType)
                devices.Add(hook.Text());
            if (hook.Type != devicesType)
                continue;
            AttributeReader list = hook.Nested();
            while (list.Next())
                devices.Add(list.Type == DevicePrefix ? $"{list.Text()}*" : list.Text());
            hook.Check(list);
        }
        return hook;
    }

    private static ushort TypeOf(byte message) => (ushort)(NFNL_SUBSYS_NFTABLES << 8 | message);
}
