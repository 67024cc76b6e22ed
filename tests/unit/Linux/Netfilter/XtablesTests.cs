using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Netfilter;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux.Netfilter;

/// <summary>Which rules of iptables-legacy refer to eth0 and would not match bond-eth0.</summary>
public class XtablesTests
{
    private static readonly int[] s_hooks = [-1, 0, -1, -1, -1];

    private static byte[] Entry(XtablesLayout layout, string target = "", string data = "", string input = "", string output = "")
    {
        byte[] entry = new byte[layout.Size + 64];
        Interface(input, 0);
        Interface(output, 16);
        BitConverter.TryWriteBytes(entry.AsSpan(layout.TargetOffset), (ushort)layout.Size);
        BitConverter.TryWriteBytes(entry.AsSpan(layout.TargetOffset + 2), (ushort)entry.Length);
        Encoding.ASCII.GetBytes(target, entry.AsSpan(layout.Size + 2));
        Encoding.ASCII.GetBytes(data, entry.AsSpan(layout.Size + 32));
        return entry;

        // parse_interface, libxtables/xtables.c: the NUL of an exact name counts, a pattern ends in +.
        void Interface(string name, int offset)
        {
            if (name.Length == 0)
                return;
            int counted = name.EndsWith('+') ? name.Length - 1 : name.Length + 1;
            Encoding.ASCII.GetBytes(name.TrimEnd('+'), entry.AsSpan(layout.Interfaces + offset));
            entry.AsSpan(layout.Interfaces + 32 + offset, counted).Fill(0xff);
        }
    }

    public static TheoryData<bool> Families => [false, true];

    private static XtablesLayout Layout(bool isIPv6) => isIPv6 ? XtablesLayout.IPv6 : XtablesLayout.IPv4;

    private static string[] Found(bool isIPv6, params byte[][] entries) =>
    [
        .. ReferenceObserver.Of(
            [new XtablesTable("iptables", "filter", XtablesEntries.Read(entries.SelectMany(it => it).ToArray(), s_hooks, Layout(isIPv6)).ShouldNotBeNull())],
            [new PlannedBond(2, "eth0", "bond-eth0")]).Select(found => found.Place),
    ];

    [Theory, MemberData(nameof(Families))]
    public void A_rule_is_told_by_its_chain_and_number(bool isIPv6)
    {
        XtablesLayout layout = Layout(isIPv6);
        Found(isIPv6, Entry(layout), Entry(layout, input: "eth0"), Entry(layout), Entry(layout, "ERROR", "ssh"), Entry(layout, output: "eth+"),
            Entry(layout, "ERROR", "ERROR")).ShouldBe([
                "iptables-legacy table filter, chain INPUT, rule 2",
                "iptables-legacy table filter, chain ssh, rule 1"]);
    }

    [Theory]
    [InlineData("eth0", true)]
    [InlineData("eth+", true)]
    [InlineData("e+", true)]
    [InlineData("eth01", false)]
    [InlineData("veth0", false)]
    [InlineData("eth", false)]
    [InlineData("bond-eth0", false)]
    [InlineData("eth1+", false)]
    [InlineData("+", false)]
    [InlineData("", false)]
    public void A_name_or_a_pattern_is_matched(string name, bool isFound)
    {
        (Found(false, Entry(XtablesLayout.IPv4, input: name)).Length == 1).ShouldBe(isFound);
        (Found(true, Entry(XtablesLayout.IPv6, output: name)).Length == 1).ShouldBe(isFound);
    }

    [Fact]
    public void Broken_entries_are_read_to_their_end()
    {
        byte[] entries = [.. Entry(XtablesLayout.IPv4, input: "eth0"), .. Entry(XtablesLayout.IPv4, "ERROR", "ssh")];
        for (int length = 0; length < entries.Length; length++)
        {
            if (length % (XtablesLayout.IPv4.Size + 64) != 0)
                XtablesEntries.Read(entries.AsSpan(0, length), s_hooks, XtablesLayout.IPv4).ShouldBeNull();
        }
        var random = new Random(4);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] broken = [.. entries];
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            XtablesEntries.Read(broken, s_hooks, XtablesLayout.IPv4);
        }
    }
}
