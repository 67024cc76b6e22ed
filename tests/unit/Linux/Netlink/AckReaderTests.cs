using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Netlink;
using Shouldly;
using Xunit;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Tests.Unit.Linux.Netlink;

/// <summary>Answers of the kernel.</summary>
public class AckReaderTests
{
    private static byte[] Request()
    {
        var writer = new MessageWriter([]);
        RouteCodec.WriteAdd(ref writer, new Route
        {
            Destination = IPAddress.Parse("192.0.2.0"), DestinationLength = 24, Table = 254,
            Legs = [new RouteLeg(3, IPAddress.Parse("10.0.0.1"))],
        }, RoutePlace.Alone);
        return writer.Written.ToArray();
    }

    private static Ack Read(int errno, ushort flags, bool whole, params (ushort Type, byte[] Value)[] words)
    {
        byte[] request = Request();
        var writer = new MessageWriter([]);
        int start = writer.Begin(NLMSG_ERROR, flags);
        writer.Append(-errno);
        writer.AppendRaw(whole ? request : request.AsSpan(0, MessageHeader.Size));
        foreach ((ushort type, byte[] value) in words)
            writer.Put(type, value);
        writer.End(start);
        new MessageReader(writer.Written).TryRead(out Message message).ShouldBeTrue();
        AckReader.TryRead(message, request, out Ack ack).ShouldBeTrue();
        return ack;
    }

    [Fact]
    public void Done() => Read(0, NLM_F_CAPPED, whole: false).ShouldBe(new Ack(0, null));

    [Theory]
    [InlineData(NLM_F_CAPPED, false)]
    [InlineData(0, true)]
    public void Refused_with_words(ushort flags, bool whole) =>
        Read(22, (ushort)(flags | NLM_F_ACK_TLVS), whole, (NLMSGERR_ATTR_MSG, "Nexthop has invalid gateway\0"u8.ToArray()))
            .ShouldBe(new Ack(22, "Nexthop has invalid gateway"));

    [Fact]
    public void Refused_with_the_attribute_that_it_is_about()
    {
        // After both headers: RTA_DST, RTA_TABLE, RTA_OIF, RTA_GATEWAY, eight bytes each.
        byte[] offset = BitConverter.GetBytes(16 + 12 + 3 * 8);
        Read(22, NLM_F_CAPPED | NLM_F_ACK_TLVS, false, (NLMSGERR_ATTR_MSG, "No\0"u8.ToArray()), (NLMSGERR_ATTR_OFFS, offset))
            .ShouldBe(new Ack(22, "No (RTA_GATEWAY)"));
        Read(22, NLM_F_CAPPED | NLM_F_ACK_TLVS, false, (NLMSGERR_ATTR_OFFS, BitConverter.GetBytes(4096)))
            .ShouldBe(new Ack(22, null));
    }

    [Fact]
    public void An_answer_without_its_errno_is_refused()
    {
        var writer = new MessageWriter([]);
        writer.End(writer.Begin(NLMSG_ERROR, 0));
        new MessageReader(writer.Written).TryRead(out Message message).ShouldBeTrue();
        AckReader.TryRead(message, [], out _).ShouldBeFalse();
    }
}
