using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Netfilter;
using Shouldly;
using Xunit;
using static HypervVfattach.Linux.Netlink.Uapi;
using static HypervVfattach.Tests.Unit.Linux.Netfilter.RuleBytes;

namespace HypervVfattach.Tests.Unit.Linux.Netfilter;

/// <summary>Which rules of nftables refer to eth0, index 2, and would not match bond-eth0.</summary>
public class RuleTests
{
    private static readonly PlannedBond[] s_bonds = [new(2, "eth0", "bond-eth0")];

    private static ReferenceKind? Found(byte[] rule, params (string Name, NftSet Set)[] sets)
    {
        (bool isSound, NftRule? decoded) = Decode(rule);
        isSound.ShouldBeTrue();
        var ruleset = new NftRuleset(decoded is null ? [] : [decoded], [],
            sets.ToDictionary(set => new NftSetName(NFPROTO_INET, "filter", set.Name), set => set.Set));
        InterfaceReference[] found = [.. ReferenceObserver.Of(ruleset, s_bonds)];
        if (found.Length == 0)
            return null;
        found.Single().Link.ShouldBe(2);
        found.Single().Place.ShouldBe("nftables table inet filter, chain input, handle 4");
        return found.Single().Kind;
    }

    [Theory]
    [InlineData(NFT_META_IIFNAME)]
    [InlineData(NFT_META_OIFNAME)]
    [InlineData(NFT_META_SDIFNAME)]
    [InlineData(NFT_META_BRI_IIFNAME)]
    public void A_name_is_compared(uint key)
    {
        Found(Rule(Meta(key), Compare(Name("eth0")))).ShouldBe(ReferenceKind.RuleByName);
        Found(Rule(Meta(key), Compare(Name("eth0"), op: NFT_CMP_NEQ))).ShouldBe(ReferenceKind.RuleByName);
        foreach (string other in (string[])["eth01", "eth", "veth0", "bond-eth0", "lo"])
            Found(Rule(Meta(key), Compare(Name(other)))).ShouldBeNull(other);
    }

    [Fact]
    public void A_pattern_has_no_NUL()
    {
        Found(Rule(Meta(NFT_META_IIFNAME), Compare("eth"u8.ToArray()))).ShouldBe(ReferenceKind.RuleByName);
        // iptables-nft compares an exact name without padding.
        Found(Rule(Meta(NFT_META_IIFNAME), Compare("eth0\0"u8.ToArray()))).ShouldBe(ReferenceKind.RuleByName);
        Found(Rule(Meta(NFT_META_IIFNAME), Compare("eth\0"u8.ToArray()))).ShouldBeNull();
        Found(Rule(Meta(NFT_META_IIFNAME), Compare("veth"u8.ToArray()))).ShouldBeNull();
        Found(Rule(Meta(NFT_META_IIFNAME), Compare([]))).ShouldBeNull();
    }

    [Fact]
    public void An_index_is_compared()
    {
        Found(Rule(Meta(NFT_META_IIF), Compare([2, 0, 0, 0]))).ShouldBe(ReferenceKind.RuleByIndex);
        Found(Rule(Meta(NFT_META_OIF), Compare([3, 0, 0, 0]))).ShouldBeNull();
        Found(Rule(("fib", [(NFTA_FIB_DREG, Number(1)), (NFTA_FIB_RESULT, Number(NFT_FIB_RESULT_OIFNAME))]), Compare(Name("eth0"))))
            .ShouldBe(ReferenceKind.RuleByName);
        // take_name does not help for a rule that tests name and index.
        Found(Rule(Meta(NFT_META_IIFNAME), Compare(Name("eth0")), Meta(NFT_META_OIF), Compare([2, 0, 0, 0]))).ShouldBe(ReferenceKind.RuleByIndex);
    }

    [Fact]
    public void Packets_are_sent_out_through_an_index()
    {
        (string, (ushort, byte[])[]) load = ("immediate", [(NFTA_IMMEDIATE_DREG, Number(1)), (NFTA_IMMEDIATE_DATA, Value([2, 0, 0, 0]))]);
        Found(Rule(load, ("fwd", [(NFTA_FWD_SREG_DEV, Number(1))]))).ShouldBe(ReferenceKind.RuleByIndex);
        Found(Rule(load, ("dup", [(NFTA_DUP_SREG_DEV, Number(1))]))).ShouldBe(ReferenceKind.RuleByIndex);
        Found(Rule(load, Meta(3), ("dup", [(NFTA_DUP_SREG_DEV, Number(1))]))).ShouldBeNull();
    }

    /// <summary>A register is reused within a rule: the value compared later is not a name.</summary>
    [Fact]
    public void What_is_loaded_over_a_name_is_none()
    {
        Found(Rule(Meta(NFT_META_IIFNAME), Payload(), Compare("eth0"u8.ToArray()))).ShouldBeNull();
        Found(Rule(Meta(NFT_META_IIFNAME), Payload(NFT_REG32_00 + 2), Lookup("names")), ("names", Names("eth0"))).ShouldBeNull();
        Found(Rule(Meta(NFT_META_IIFNAME), Payload(2), Compare(Name("eth0")))).ShouldBe(ReferenceKind.RuleByName);
        Found(Rule(Meta(NFT_META_IIFNAME, NFT_REG32_00), Compare(Name("eth0")))).ShouldBe(ReferenceKind.RuleByName);
    }

    [Fact]
    public void A_name_is_looked_up()
    {
        byte[] rule = Rule(Meta(NFT_META_IIFNAME), Lookup("names"));
        Found(rule, ("names", Names("lo", "eth0"))).ShouldBe(ReferenceKind.RuleByName);
        Found(rule, ("names", Names("lo", "eth01", "veth0"))).ShouldBeNull();
        Found(rule, ("names", Names("lo", "eth0", "bond-eth0"))).ShouldBeNull();
        Found(rule, ("other", Names("eth0"))).ShouldBeNull();
    }

    [Fact]
    public void A_name_is_part_of_a_concatenation()
    {
        // iifname . tcp dport, tcp dport . iifname
        byte[] first = Rule(Meta(NFT_META_IIFNAME), Payload(NFT_REG32_00 + 4), Lookup("pairs"));
        byte[] last = Rule(Payload(NFT_REG32_00), Meta(NFT_META_IIFNAME, NFT_REG32_00 + 1), Lookup("pairs"));
        byte[] ssh = [0, 22, 0, 0], web = [0, 80, 0, 0];
        Found(first, ("pairs", Set([.. Name("eth0"), .. ssh]))).ShouldBe(ReferenceKind.RuleByName);
        Found(last, ("pairs", Set([.. ssh, .. Name("eth0")]))).ShouldBe(ReferenceKind.RuleByName);
        Found(first, ("pairs", Set([.. Name("veth0"), .. ssh]))).ShouldBeNull();
        Found(last, ("pairs", Set([.. Name("eth0"), .. ssh]))).ShouldBeNull();
        // Both names, but not the same ports.
        Found(first, ("pairs", Set([.. Name("eth0"), .. ssh], [.. Name("bond-eth0"), .. ssh]))).ShouldBeNull();
        Found(first, ("pairs", Set([.. Name("eth0"), .. ssh], [.. Name("bond-eth0"), .. web]))).ShouldBe(ReferenceKind.RuleByName);
    }

    [Fact]
    public void A_map_must_give_both_the_same()
    {
        byte[] rule = Rule(Meta(NFT_META_IIFNAME), Lookup("map"));
        static NftElement to(string name, byte verdict) => new(Name(name), null, [verdict], 0);
        static NftElement others(byte verdict) => new([], null, [verdict], NFT_SET_ELEM_CATCHALL);
        Found(rule, ("map", new NftSet(0, [to("eth0", 1), to("lo", 2)]))).ShouldBe(ReferenceKind.RuleByName);
        Found(rule, ("map", new NftSet(0, [to("eth0", 1), to("bond-eth0", 1)]))).ShouldBeNull();
        Found(rule, ("map", new NftSet(0, [to("eth0", 1), to("bond-eth0", 2)]))).ShouldBe(ReferenceKind.RuleByName);
        Found(rule, ("map", new NftSet(0, [to("eth0", 1), others(1)]))).ShouldBeNull();
        Found(rule, ("map", new NftSet(0, [to("eth0", 1), others(2)]))).ShouldBe(ReferenceKind.RuleByName);
        Found(rule, ("map", new NftSet(0, [to("lo", 1), others(2)]))).ShouldBeNull();
    }

    /// <summary>An interval is its start and an element after its end; one may end where the next begins.</summary>
    [Fact]
    public void A_pattern_in_a_set_is_an_interval()
    {
        byte[] rule = Rule(Meta(NFT_META_IIFNAME), Lookup("set"));
        static NftElement start(string name) => new(Name(name), null, [], 0);
        static NftElement end(string name) => new(Name(name), null, [], NFT_SET_ELEM_INTERVAL_END);
        NftSet set(params NftElement[] elements) => new(NFT_SET_INTERVAL, [.. elements]);
        Found(rule, ("set", set(start("eth"), end("eti")))).ShouldBe(ReferenceKind.RuleByName);
        Found(rule, ("set", set(end("eth0"), start("eth0"), end("eth00"), start("c")))).ShouldBe(ReferenceKind.RuleByName);
        Found(rule, ("set", set(start("a"), end("eth0")))).ShouldBeNull();
        Found(rule, ("set", set(start("b"), end("z")))).ShouldBeNull();
        Found(rule, ("set", set(end("a"), start("veth"), end("veti")))).ShouldBeNull();
    }

    [Fact]
    public void Intervals_in_a_concatenation_have_both_bounds()
    {
        byte[] rule = Rule(Meta(NFT_META_IIFNAME), Payload(NFT_REG32_00 + 4), Lookup("set"));
        NftSet set(string from, string to) => new(NFT_SET_INTERVAL | NFT_SET_CONCAT,
            [new NftElement([.. Name(from), 0, 20, 0, 0], [.. Name(to), 0, 25, 0, 0], [], 0)]);
        Found(rule, ("set", set("eth0", "eth0"))).ShouldBe(ReferenceKind.RuleByName);
        Found(rule, ("set", set("eth", "eti"))).ShouldBe(ReferenceKind.RuleByName);
        Found(rule, ("set", set("a", "z"))).ShouldBeNull();
        Found(rule, ("set", set("f", "z"))).ShouldBeNull();
    }

    [Fact]
    public void A_chain_or_a_flowtable_is_bound_to_the_device()
    {
        static InterfaceReference[] found(params string[] devices) =>
            [.. ReferenceObserver.Of(new NftRuleset([], [new NftHook(NFPROTO_NETDEV, "t", "chain ingress", [.. devices])], []), s_bonds)];
        found("lo", "eth0").ShouldBe([new InterfaceReference(2, ReferenceKind.Hook, "nftables table netdev t, chain ingress")]);
        found("eth*").Length.ShouldBe(1);
        found("veth0", "eth01").ShouldBeEmpty();
        found("eth0", "bond-*").ShouldBeEmpty();
    }

    /// <summary>Truncated or overwritten bytes never cause an exception.</summary>
    [Fact]
    public void A_broken_message_is_read_to_its_end()
    {
        byte[] rule = Rule(Meta(NFT_META_IIFNAME), Compare(Name("eth0")), Lookup("names"));
        var random = new Random(4);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] broken = [.. rule[..random.Next(16, rule.Length + 1)]];
            for (int changes = random.Next(4); changes > 0; changes--)
                broken[random.Next(16, Math.Max(17, broken.Length)) % broken.Length] = (byte)random.Next(256);
            BitConverter.TryWriteBytes(broken, broken.Length);
            Decode(broken);
        }
    }

    private static NftSet Names(params string[] names) => Set([.. names.Select(Name)]);

    private static NftSet Set(params byte[][] keys) => new(0, [.. keys.Select(key => new NftElement(key, null, [], 0))]);
}
