using System.Buffers.Binary;
using System.Text;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netfilter;

/// <summary>Follows an interface's name or index through the registers of one rule, from the expression that loads it to those that
/// test it.</summary>
/// <remarks>A concatenation loads several values into adjacent registers and looks them up as one key (nft(8), CONCATENATIONS).</remarks>
internal sealed class RegisterUse
{
    private const int NameWords = 4;

    // Keyed by the word where a register begins (nft_parse_register, net/netfilter/nf_tables_api.c).
    private readonly Dictionary<int, bool> _loaded = [];
    private readonly Dictionary<int, byte[]> _constants = [];

    /// <summary>The rule's tests of interfaces.</summary>
    public List<InterfaceTest> Tests { get; } = [];

    /// <summary>Reads the expressions of a rule, in order.</summary>
    /// <returns>False for a malformed one.</returns>
    public bool TryRead(AttributeReader expressions)
    {
        while (expressions.Next())
        {
            string name = "";
            AttributeReader data = default;
            AttributeReader expression = expressions.Nested();
            while (expression.Next())
            {
                if (expression.Type == NFTA_EXPR_NAME)
                    name = expression.Text();
                else if (expression.Type == NFTA_EXPR_DATA)
                    data = expression.Nested();
            }
            expressions.Check(expression);
            Dictionary<ushort, byte[]> values = [];
            while (data.Next())
                values[data.Type] = data.Value.ToArray();
            expressions.Check(data);
            Read(name, values);
        }
        return !expressions.IsMalformed;
    }

    private void Read(string name, Dictionary<ushort, byte[]> values)
    {
        switch (name)
        {
            case "meta":
                Load(Number(values, NFTA_META_DREG), Number(values, NFTA_META_KEY) switch
                {
                    NFT_META_IIFNAME or NFT_META_OIFNAME or NFT_META_BRI_IIFNAME or NFT_META_BRI_OIFNAME or NFT_META_SDIFNAME => true,
                    NFT_META_IIF or NFT_META_OIF or NFT_META_SDIF => false,
                    _ => null,
                });
                break;
            case "fib":
                Load(Number(values, NFTA_FIB_DREG), Number(values, NFTA_FIB_RESULT) switch
                {
                    NFT_FIB_RESULT_OIFNAME => true,
                    NFT_FIB_RESULT_OIF => false,
                    _ => null,
                });
                break;
            case "immediate":
                Load(Number(values, NFTA_IMMEDIATE_DREG), null);
                if (Word(Number(values, NFTA_IMMEDIATE_DREG)) is { } word && Data(values, NFTA_IMMEDIATE_DATA) is { } constant)
                    _constants[word] = constant;
                break;
            // The attribute DREG has number 1 here and number 2 in the next group (linux/netfilter/nf_tables.h).
            case "payload" or "ct" or "exthdr" or "rt" or "numgen" or "osf" or "xfrm":
                Load(Number(values, 1), null);
                break;
            case "bitwise" or "byteorder" or "socket" or "hash" or "tunnel":
                Load(Number(values, 2), null);
                break;
            case "inner":
                _loaded.Clear();
                _constants.Clear();
                break;
            case "cmp":
                if (Number(values, NFTA_CMP_OP) is NFT_CMP_EQ or NFT_CMP_NEQ && Data(values, NFTA_CMP_DATA) is { } value
                    && Loaded(values, NFTA_CMP_SREG) is { } compared)
                    Tests.Add(new CompareTest(compared, value));
                break;
            case "range":
                if (Data(values, NFTA_RANGE_FROM_DATA) is { } from && Data(values, NFTA_RANGE_TO_DATA) is { } to
                    && Loaded(values, NFTA_RANGE_SREG) is { } ranged)
                    Tests.Add(new RangeTest(ranged, from, to));
                break;
            case "lookup":
                LookUp(values, NFTA_LOOKUP_SET, NFTA_LOOKUP_SREG);
                Load(Number(values, NFTA_LOOKUP_DREG), null);
                break;
            case "objref":
                LookUp(values, NFTA_OBJREF_SET_NAME, NFTA_OBJREF_SET_SREG);
                break;
            case "fwd":
                SendTo(values, NFTA_FWD_SREG_DEV);
                break;
            case "dup":
                SendTo(values, NFTA_DUP_SREG_DEV);
                break;
        }
    }

    /// <param name="register">The register, whose old contents are gone.</param>
    /// <param name="isName">True if an interface's name is loaded, false for its index, null for anything else.</param>
    private void Load(uint? register, bool? isName)
    {
        if (Word(register) is not { } word)
            return;
        for (int over = word - NameWords + 1; over <= word; over++)
        {
            if (over == word || _loaded.GetValueOrDefault(over))
                _loaded.Remove(over);
        }
        _constants.Remove(word);
        if (isName is { } it)
            _loaded[word] = it;
    }

    private bool? Loaded(Dictionary<ushort, byte[]> values, ushort register) =>
        Word(Number(values, register)) is { } word && _loaded.TryGetValue(word, out bool isName) ? isName : null;

    // The length of the key is known only from the elements: see NftSet.
    private void LookUp(Dictionary<ushort, byte[]> values, ushort set, ushort register)
    {
        if (Word(Number(values, register)) is not { } first || !values.TryGetValue(set, out byte[]? name))
            return;
        foreach ((int word, bool isName) in _loaded)
        {
            if (word >= first)
                Tests.Add(new LookupTest(isName, Encoding.UTF8.GetString(name).TrimEnd('\0'), (word - first) * sizeof(uint)));
        }
    }

    private void SendTo(Dictionary<ushort, byte[]> values, ushort register)
    {
        if (Word(Number(values, register)) is { } word && _constants.TryGetValue(word, out byte[]? index))
            Tests.Add(new CompareTest(ByName: false, index));
    }

    private static int? Word(uint? register) => register switch
    {
        >= NFT_REG_1 and <= NFT_REG_4 => (int)(register - NFT_REG_1) * NameWords,
        >= NFT_REG32_00 and <= NFT_REG32_15 => (int)(register - NFT_REG32_00),
        _ => null,
    };

    private static uint? Number(Dictionary<ushort, byte[]> values, ushort type) =>
        values.TryGetValue(type, out byte[]? bytes) && BinaryPrimitives.TryReadUInt32BigEndian(bytes, out uint value)
            ? value : null;

    private static byte[]? Data(Dictionary<ushort, byte[]> values, ushort type) =>
        values.TryGetValue(type, out byte[]? bytes) ? NftCodec.DataValue(new AttributeReader(bytes)) : null;
}
