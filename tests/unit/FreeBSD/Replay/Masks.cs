using HypervVfattach.Tests.Unit.FreeBSD.Model;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Replay;

/// <summary>Bytes that differ between two runs of one kernel. Each mask has its reason, and is counted.</summary>
internal sealed class Masks(KernelProfile profile)
{
    private const string Traffic = "packet and byte counters, and drops";
    private const string Clock = "seconds since boot and time of the last change";
    private const string Speed = "baudrate: the driver's choice, and behind the link event by a moment";
    private const string NextHop = "index in the kernel's internal table of next hops";
    private const string Reachable = "neighbour reachability time: random between 0.5 and 1.5 times its base";
    private const string Padding = "12.1 leaves kernel memory between the sockaddrs of a message";

    /// <summary>How many bytes were masked, by reason.</summary>
    public SortedDictionary<string, int> Count { get; } = new(StringComparer.Ordinal);

    /// <summary>Clears the masked bytes in both.</summary>
    public void Ioctl(ulong request, byte[] recorded, byte[] modelled)
    {
        if (request is Requests.SIOCGIFINFO_IN6 or Requests.SIOCSIFINFO_IN6 && recorded.Length >= 32)
            Clear(recorded, modelled, 16 + 12, 4, Reachable);
    }

    /// <summary>One message of a routing socket or of a route or interface list.</summary>
    public void Route(Span<byte> recorded, Span<byte> modelled, bool listed)
    {
        switch (recorded[3])
        {
            case Rt.IfInfo:
                InterfaceData(recorded, modelled, recorded.Length is 168 or 224 ? 16 : 24);
                break;
            case Rt.NewAddr when listed && recorded.Length >= 176 && Bytes.U16(recorded, 16) == 176:
                Clear(recorded, modelled, 24 + 24, 96, Traffic);
                break;
            case Rt.Add or Rt.Delete or Rt.Change or Rt.Get:
                Clear(recorded, modelled, 128, 8, NextHop);
                break;
            default:
                break;
        }
        if (profile.OldRadix)
            Gaps(recorded, modelled);
    }

    private void InterfaceData(Span<byte> recorded, Span<byte> modelled, int at)
    {
        Clear(recorded, modelled, at + 16, 8, Speed);
        Clear(recorded, modelled, at + 24, 96, Traffic);
        Clear(recorded, modelled, at + 128, 24, Clock);
    }

    /// <summary>The padding of a sockaddr_in6 (28) or sockaddr_dl (54) to a multiple of eight.</summary>
    private void Gaps(Span<byte> recorded, Span<byte> modelled)
    {
        var at = recorded[3] switch
        {
            Rt.NewAddr or Rt.DelAddr => 20,
            Rt.NewMaddr or Rt.DelMaddr => 16,
            Rt.IfInfo or Rt.IfAnnounce => recorded.Length,
            _ => Rt.HeaderSize,
        };
        while (at < recorded.Length)
        {
            var length = recorded[at];
            var padded = SocketAddress.Padded(length);
            if (length > 0 && at + padded <= recorded.Length)
                Clear(recorded, modelled, at + length, padded - length, Padding);
            at += padded;
        }
    }

    private void Clear(Span<byte> recorded, Span<byte> modelled, int at, int length, string reason)
    {
        recorded.Slice(at, length).Clear();
        if (modelled.Length >= at + length)
            modelled.Slice(at, length).Clear();
        if (length > 0)
            Count[reason] = Count.GetValueOrDefault(reason) + length;
    }
}
