using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Netlink;

namespace HypervVfattach.Tests.Unit.Linux.Netlink;

/// <summary>Network objects as a kernel might report them, generated from a seed.</summary>
internal sealed class RandomObjects(int seed)
{
    private const uint Forever = global::HypervVfattach.Core.Model.Address.Forever;

    private readonly Random _random = new(seed);

    public Address Address()
    {
        bool v6 = Flip();
        uint valid = Flip() ? Forever : Number(1, 100000);
        return new Address
        {
            Link = (int)Number(1, 1000),
            Local = Ip(v6),
            Peer = Flip() ? Ip(v6) : null,
            PrefixLength = (byte)Number(0, v6 ? 128u : 32u),
            Broadcast = v6 || Flip() ? null : Ip(false),
            Scope = (byte)Number(0, 254),
            // NODAD is always requested: IPv6 addresses come back with it.
            Flags = ((AddressFlags)Number(0, 0xfff) & AddressCodec.Settable)
                | (v6 ? AddressFlags.NoDad : AddressFlags.None),
            Label = v6 || Flip() ? null : "eth0:web",
            ValidLifetime = valid,
            PreferredLifetime = valid == Forever && Flip() ? valid : Number(0, Math.Min(valid, 100000)),
            Metric = Flip() ? 0 : Number(1, uint.MaxValue),
            Protocol = (byte)Number(0, 255),
        };
    }

    public Route Route()
    {
        bool v6 = Flip();
        int legs = _random.Next(4);
        bool byId = Flip() && legs == 0;
        byte length = (byte)Number(0, v6 ? 128u : 32u);
        bool subtree = v6 && Flip();
        return new Route
        {
            Destination = length == 0 ? (v6 ? IPAddress.IPv6Any : IPAddress.Any) : Ip(v6),
            DestinationLength = length,
            Source = subtree ? Ip(true) : null,
            SourceLength = subtree ? (byte)Number(1, 128) : (byte)0,
            Tos = (byte)Number(0, 255),
            Table = Flip() ? 254 : Number(1, uint.MaxValue),
            Protocol = (byte)Number(0, 255),
            Scope = (byte)Number(0, 255),
            Type = (byte)Number(1, 11),
            Metric = Flip() ? 0 : Number(1, uint.MaxValue),
            PreferredSource = Flip() ? Ip(v6) : null,
            NextHopId = byId ? Number(1, uint.MaxValue) : 0,
            Legs = [.. Enumerable.Range(0, legs).Select(_ => Leg(legs > 1))],
            // RTA_METRICS{RTAX_MTU 1400}, RTA_PREF high.
            Extra = _random.Next(3) switch { 0 => "", 1 => "0c0008000800020078050000", _ => "0500140001000000" },
        };
    }

    private RouteLeg Leg(bool several) => new(
        (int)Number(1, 1000), Flip() ? Ip(Flip()) : null, several ? (byte)Number(0, 255) : (byte)0, Flip(),
        // RTA_FLOW.
        Flip() ? "" : "08000b0007000000");

    public Rule Rule()
    {
        bool v6 = Flip();
        bool from = Flip(), to = Flip();
        return new Rule
        {
            Family = (byte)(v6 ? 10 : 2),
            Priority = Number(0, uint.MaxValue),
            Action = (byte)Number(1, 8),
            Table = Number(0, uint.MaxValue),
            Flags = Flip() ? 2u : 0,
            Tos = (byte)Number(0, 255),
            Source = from ? Ip(v6) : null,
            SourceLength = from ? (byte)Number(1, 32) : (byte)0,
            Destination = to ? Ip(v6) : null,
            DestinationLength = to ? (byte)Number(1, 32) : (byte)0,
            InputName = Flip() ? "eth0" : null,
            OutputName = Flip() ? "enP39802s2np0" : null,
            Protocol = (byte)Number(0, 255),
            // FRA_FWMARK.
            Extra = Flip() ? "" : "08000a0010000000",
        };
    }

    public Neighbour Neighbour()
    {
        bool proxy = Flip();
        return new Neighbour
        {
            Link = (int)Number(0, 1000),
            Destination = Ip(Flip()),
            Address = proxy ? default : HardwareAddress.From(Bytes(Flip() ? 6 : 20)),
            State = proxy ? NeighbourState.None : (NeighbourState)(1 << _random.Next(8)),
            Flags = (proxy ? NeighbourFlags.Proxy : NeighbourFlags.None) | (Flip() ? NeighbourFlags.Router : NeighbourFlags.None),
            Protocol = (byte)Number(0, 255),
        };
    }

    public NextHop NextHop()
    {
        uint[] members = Flip() ? [Number(1, 99), Number(100, 199)] : [];
        bool group = members.Length > 0;
        bool blackhole = !group && Flip();
        string extra = "";
        if (group)
        {
            var writer = new MessageWriter([]);
            int nest = writer.BeginNested(Uapi.NHA_GROUP);
            foreach (uint member in members)
                writer.Append(new GroupMember(member, 3, 0, 0));
            writer.EndNested(nest);
            extra = Convert.ToHexStringLower(writer.Written);
        }
        return new NextHop
        {
            Id = Number(1, uint.MaxValue),
            Family = group ? (byte)0 : Flip() ? (byte)10 : (byte)2,
            Link = group || blackhole ? 0 : (int)Number(1, 1000),
            Gateway = group || blackhole || Flip() ? null : Ip(Flip()),
            Blackhole = blackhole,
            OnLink = !group && Flip(),
            Protocol = (byte)Number(0, 255),
            Members = [.. members],
            Extra = extra,
        };
    }

    private bool Flip() => _random.Next(2) == 0;

    private uint Number(uint least, uint most) => (uint)_random.NextInt64(least, (long)most + 1);

    private IPAddress Ip(bool v6) => new(Bytes(v6 ? 16 : 4));

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        bytes[0] |= 1;
        return bytes;
    }
}
