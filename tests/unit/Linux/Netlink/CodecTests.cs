using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Netlink;
using Shouldly;
using Xunit;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Tests.Unit.Linux.Netlink;

/// <summary>The codecs read what they write, and survive any other bytes.</summary>
public class CodecTests
{
    private static readonly ushort[] s_types =
        [RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWRULE, RTM_NEWNEIGH, RTM_NEWNEXTHOP, NLMSG_ERROR, NLMSG_DONE];

    private delegate void Write<T>(ref MessageWriter writer, T value);

    [Fact]
    public void Addresses_come_back() =>
        ComeBack(objects => objects.Address(), AddressCodec.WriteAdd, AddressCodec.TryDecode);

    [Fact]
    public void Routes_come_back() => ComeBack(
        objects => objects.Route(),
        (ref MessageWriter writer, Route route) => RouteCodec.WriteAdd(ref writer, route, RoutePlace.Behind),
        (in Message message, out Route? route) => RouteCodec.TryDecode(message, null, out route));

    [Fact]
    public void Rules_come_back() => ComeBack(objects => objects.Rule(), RuleCodec.WriteAdd, RuleCodec.TryDecode);

    [Fact]
    public void Neighbours_come_back() =>
        ComeBack(objects => objects.Neighbour(), NeighbourCodec.WritePut, NeighbourCodec.TryDecode);

    [Fact]
    public void Next_hops_come_back() =>
        ComeBack(objects => objects.NextHop(), NextHopCodec.WritePut, NextHopCodec.TryDecode);

    private static void ComeBack<T>(Func<RandomObjects, T> make, Write<T> write, Decoder<T> decode) where T : class =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            T value = make(new RandomObjects(seed));
            var writer = new MessageWriter(stackalloc byte[16]);
            write(ref writer, value);
            var reader = new MessageReader(writer.Written);
            reader.TryRead(out Message message).ShouldBeTrue();
            decode(message, out T? read).ShouldBeTrue();
            read.ShouldBe(value);
            reader.TryRead(out _).ShouldBeFalse();
            reader.IsMalformed.ShouldBeFalse();
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Random_bytes_harm_nobody() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<ushort>(), (bytes, choice) =>
        {
            bytes ??= [];
            Survive(bytes);
            // And as the payload of a message with a valid header.
            byte[] whole = new byte[MessageHeader.Size + bytes.Length];
            MemoryMarshal.Write(whole, new MessageHeader((uint)whole.Length, s_types[choice % s_types.Length], choice, 0, 0));
            bytes.CopyTo(whole, MessageHeader.Size);
            Survive(whole);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [MemberData(nameof(DumpTests.Names), MemberType = typeof(DumpTests))]
    public void Damaged_dumps_harm_nobody(string name)
    {
        foreach (byte[] datagram in DumpTests.Datagrams(name))
        {
            // Truncated anywhere, it is refused or skipped.
            for (int length = 0; length < datagram.Length; length += 3)
                Survive(datagram.AsSpan(0, length));
            var random = new Random(4711);
            for (int i = 0; i < 3000; i++)
            {
                byte[] damaged = [.. datagram];
                for (int n = random.Next(1, 5); n > 0; n--)
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                Survive(damaged);
            }
        }
    }

    private static void Survive(ReadOnlySpan<byte> datagram)
    {
        var filter = new RouteFilter([1, 2, 3], []);
        var reader = new MessageReader(datagram);
        while (reader.TryRead(out Message message))
        {
            LinkCodec.TryDecode(message, out _);
            AddressCodec.TryDecode(message, out _);
            RouteCodec.TryDecode(message, null, out _);
            RouteCodec.TryDecode(message, filter, out _);
            RuleCodec.TryDecode(message, out _);
            NeighbourCodec.TryDecode(message, out _);
            NextHopCodec.TryDecode(message, out _);
            AckReader.TryRead(message, datagram, out _);
        }
    }

    [Theory]
    // A header that is truncated, whose length is shorter than itself, or longer than the message.
    [InlineData("10000000")]
    [InlineData("08000000100000000000000000000000")]
    [InlineData("20000000100000000000000000000000")]
    public void A_truncated_message_is_refused(string hex)
    {
        var reader = new MessageReader(Convert.FromHexString(hex));
        reader.TryRead(out _).ShouldBeFalse();
        reader.IsMalformed.ShouldBeTrue();
    }

    [Theory]
    // An attribute longer than the message, one shorter than its header, a number of two bytes.
    [InlineData("0c000400dc050000")]
    [InlineData("02000400dc050000")]
    [InlineData("06000400dc050000")]
    public void A_malformed_attribute_is_refused(string hex)
    {
        var writer = new MessageWriter([]);
        int start = writer.Begin(RTM_NEWLINK, 0);
        writer.Append(new LinkHeader { Index = 1 });
        writer.Put(IFLA_IFNAME, "eth0");
        writer.AppendHex(hex);
        writer.End(start);
        var reader = new MessageReader(writer.Written);
        reader.TryRead(out Message message).ShouldBeTrue();
        LinkCodec.TryDecode(message, out Link? link).ShouldBeFalse();
        link.ShouldBeNull();
    }

    [Fact]
    public void A_hardware_address_of_any_length_is_a_link()
    {
        var writer = new MessageWriter([]);
        int start = writer.Begin(RTM_NEWLINK, 0);
        writer.Append(new LinkHeader { Index = 1, Type = 32 });
        writer.Put(IFLA_IFNAME, "ib0");
        writer.Put(IFLA_ADDRESS, Enumerable.Range(1, 20).Select(i => (byte)i).ToArray());
        writer.Put(IFLA_PERM_ADDRESS, []);
        writer.End(start);
        new MessageReader(writer.Written).TryRead(out Message message).ShouldBeTrue();
        LinkCodec.TryDecode(message, out Link? link).ShouldBeTrue();
        link!.Address.ToString().ShouldBe("01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14");
        link.PermanentAddress.IsEmpty.ShouldBeTrue();
    }
}
