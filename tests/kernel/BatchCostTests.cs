using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Netlink;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The cost of not removing anything in a batch after a request that may be refused: the same cut, sent in one batch and sent as
/// the program does.</summary>
public class BatchCostTests(ITestOutputHelper output) : KernelTest
{
    private const int Rounds = 60;

    [Fact]
    public void The_cut_is_hardly_longer_in_several_batches()
    {
        Veth("v0", "v1");
        Ip("link add br0 type bridge");
        Ip("link set br0 up");
        int v0 = Index("v0"), bridge = Index("br0");
        ImmutableArray<Address> addresses = [.. Enumerable.Range(4, 3).Select(last => Address4(v0, $"10.0.0.{last}", 24))];
        var neighbour = new Neighbour
        {
            Link = bridge, Destination = IPAddress.Parse("10.0.0.1"), State = NeighbourState.Permanent,
            Address = new HardwareAddress("02:00:00:00:00:01"),
        };
        var here = new Rule { Family = 2, Priority = 100, InputName = "v0", Table = 100 };
        var there = new Rule { Family = 2, Priority = 100, InputName = "br0", Table = 100 };
        ImmutableArray<Change> cut =
        [
            new SetMaster(v0, bridge, Down: true), new PutNeighbour(neighbour), new AddRule(there),
            .. addresses.Reverse().Select(address => new RemoveAddress(address)), new RemoveRule(here),
        ];
        ImmutableArray<Change> back =
        [
            new SetMaster(v0, 0), new SetUp(v0, true), .. addresses.Select(address => new AddAddress(address)),
            new AddRule(here), new RemoveRule(there), new RemoveNeighbour(neighbour),
        ];
        using var socket = new NetlinkSocket();
        List<double> atOnce = [], inBatches = [], roundTrip = [];
        Backend.Apply([.. addresses.Select(address => new AddAddress(address)), new AddRule(here)], 0, repeat: false);
        for (int round = 0; round < Rounds; round++)
        {
            // They take turns: the work that one leaves to the kernel's workers must not count for the other only.
            if (round % 2 == 0)
                AtOnce();
            InBatches();
            if (round % 2 == 1)
                AtOnce();
            byte[] one = Written([new SetMtu(v0, 1500)]);
            roundTrip.Add(Time(() => socket.Send(one)));
        }

        void AtOnce()
        {
            byte[] all = Written(cut);
            Ack[] acks = [];
            atOnce.Add(Time(() => acks = socket.Send(all)));
            acks.ShouldAllBe(ack => ack.Errno == 0);
            Backend.Apply(back, 0, repeat: true);
        }

        void InBatches()
        {
            List<byte[]> batches = [];
            for (int start = 0, end = 0; start < cut.Length; start = end)
            {
                do
                    end++;
                while (end < cut.Length && cut[end - 1].MayPrecede(cut[end]));
                batches.Add(Written(cut[start..end]));
            }
            batches.Count.ShouldBe(3 + addresses.Length); // The port, the additions, each address, the rule.
            List<Ack> acks = [];
            inBatches.Add(Time(() =>
            {
                foreach (byte[] batch in batches)
                    acks.AddRange(socket.Send(batch));
            }));
            acks.ShouldAllBe(ack => ack.Errno == 0);
            Backend.Apply(back, 0, repeat: true);
        }

        double ratio = Median(inBatches) / Median(atOnce);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"cut in batches / cut at once: {ratio:0.00}; one more round trip / cut at once: {Median(roundTrip) / Median(atOnce):0.000}"));
        ratio.ShouldBeLessThan(1.5);
    }

    private static byte[] Written(ImmutableArray<Change> changes)
    {
        var writer = new MessageWriter([]);
        foreach (Change change in changes)
            ChangeCodec.Write(ref writer, change);
        return writer.Written.ToArray();
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
