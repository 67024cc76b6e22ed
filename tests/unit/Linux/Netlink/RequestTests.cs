using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Netlink;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux.Netlink;

/// <summary>Important requests, byte by byte as created by a C program with the kernel's headers (x64, arm64).</summary>
public class RequestTests
{
    private static void Be(string expected, params ReadOnlySpan<Change> changes)
    {
        var writer = new MessageWriter(stackalloc byte[16]);
        foreach (Change change in changes)
            ChangeCodec.Write(ref writer, change);
        Words(Convert.ToHexStringLower(writer.Written)).ShouldBe(Words(expected));
    }

    private static string[] Words(string hex) =>
        [.. string.Concat(hex.Where(char.IsAsciiHexDigit)).Chunk(8).Select(word => new string(word))];

    [Fact]
    public void Create_a_bond() => Be(
        """
        90000000 10000006 00000000 00000000   00000000 00000000 00000000 00000000
        0e000300 626f6e64 2d657468 30000000   0a000100 00155d01 02030000
        08000400 dc050000  08000d00 e8030000  08001b00 00000000
        3c001200 09000100 626f6e64 00000000
          2c000200 05000100 01000000 08000300 64000000 05000d00 01000000 05000c00 00000000 05001000 01000000
        """,
        new CreateBond("bond-eth0", new HardwareAddress("00:15:5d:01:02:03"), new LinkAttributes(1500, 1000, 0), 100));

    [Fact]
    public void Keep_the_kernel_from_giving_it_addresses()
    {
        var writer = new MessageWriter([]);
        LinkRequests.WriteAddressGeneration(ref writer, 9, 1);
        Words(Convert.ToHexStringLower(writer.Written)).ShouldBe(Words(
            """
            30000000 13000000 00000000 00000000   00000000 09000000 00000000 00000000
            10001a00 0c000a00 05000800 01000000
            """));
    }

    [Fact]
    public void A_token() => Be(
        """
        3c000000 13000000 00000000 00000000   00000000 09000000 00000000 00000000
        1c001a00 18000a00 14000700 00000000 00000000 00000000 00000053
        """,
        new SetToken(9, IPAddress.Parse("::53")));

    private static readonly Address s_address =
        new() { Link = 3, Local = IPAddress.Parse("10.0.0.4"), PrefixLength = 24 };

    private static readonly Route s_route = new()
    {
        Destination = IPAddress.Any, DestinationLength = 0, Table = 254, Protocol = 4, Metric = 100,
        Legs = [new RouteLeg(9, IPAddress.Parse("10.0.0.1"))],
    };

    [Fact]
    public void A_cut_over() => Be(
        """
        28000000 13000000 00000000 00000000   00000000 03000000 00000000 01000000  08000a00 09000000
        28000000 15000000 00000000 00000000   02180000 03000000  08000200 0a000004  08000100 0a000004
        3c000000 1800000c 00000000 00000000   02000000 fe040001 00000000
          08000f00 fe000000 08000600 64000000 08000400 09000000 08000500 0a000001
        """,
        new SetMaster(3, 9, Down: true), new RemoveAddress(s_address), new AddRoute(s_route, RoutePlace.Behind));

    [Fact]
    public void Switch_off_and_enslave_in_two_messages() => Be(
        """
        20000000 13000000 00000000 00000000   00000000 03000000 00000000 01000000
        28000000 13000000 00000000 00000000   00000000 03000000 00000000 00000000  08000a00 09000000
        """,
        new SetUp(3, false), new SetMaster(3, 9));

    [Fact]
    public void An_IPv6_address_is_added_without_duplicate_detection()
    {
        var writer = new MessageWriter([]);
        AddressCodec.WriteAdd(ref writer, new Address
        {
            Link = 3, Local = IPAddress.Parse("2001:db8::4"), PrefixLength = 64,
            // State determined by the kernel is not sent back.
            Flags = AddressFlags.Permanent | AddressFlags.Tentative | AddressFlags.Optimistic | AddressFlags.StablePrivacy,
        });
        new MessageReader(writer.Written).TryRead(out Message message).ShouldBeTrue();
        AddressCodec.TryDecode(message, out Address? sent).ShouldBeTrue();
        sent!.Flags.ShouldBe(AddressFlags.NoDad);
    }
}
