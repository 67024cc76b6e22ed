using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>The frames that announce an interface, byte by byte.</summary>
public class AnnouncementTests
{
    private static readonly HardwareAddress s_mac = new("02:15:5d:01:02:03");

    [Fact]
    public void The_mac_address_and_each_ip_address_are_announced() => Frames(false,
        Of("10.9.9.2", AddressFlags.Permanent), Of("fd77::2", AddressFlags.Permanent), Of("fd77::3", AddressFlags.Tentative),
        Of("fd77::4", AddressFlags.Tentative | AddressFlags.Optimistic), Of("fd77::5", AddressFlags.DadFailed)).ShouldBe([
        "ffffffffffff02155d0102038035000108000604000302155d0102030000000002155d01020300000000".PadRight(120, '0'),
        "ffffffffffff02155d0102030806000108000604000102155d0102030a0909020000000000000a090902".PadRight(120, '0'),
        "33330000000102155d01020386dd6000000000203afffd770000000000000000000000000002ff0200000000000000000000000000018800" + "----"
            + "20000000fd770000000000000000000000000002020102155d010203"]);

    [Fact]
    public void A_router_says_that_it_is_one() => Frames(true, Of("fd77::2", AddressFlags.Permanent))[1][116..124].ShouldBe("a0000000");

    // RFC 1071: the sum over pseudo-header and message, with the checksum in it, is all ones.
    [Fact]
    public void The_checksum_is_right()
    {
        byte[] packet = Announcement.Of(s_mac, [Of("fd77::abcd:2", AddressFlags.Permanent)], false)[1][14..];
        uint sum = 32 + 58;
        for (int at = 8; at < packet.Length; at += 2)
            sum += (uint)(packet[at] << 8 | packet[at + 1]);
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        sum.ShouldBe(0xffffu);
    }

    private static Address Of(string address, AddressFlags flags) => new() { Link = 2, Local = IPAddress.Parse(address), PrefixLength = 64, Flags = flags };

    // Without the checksum of ICMPv6.
    private static string[] Frames(bool isRouter, params Address[] addresses) => [.. Announcement.Of(s_mac, addresses, isRouter)
        .Select(Convert.ToHexStringLower).Select(frame => frame[24..28] == "86dd" ? frame[..112] + "----" + frame[116..] : frame)];
}
