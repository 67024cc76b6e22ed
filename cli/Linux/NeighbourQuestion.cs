using System.Net;
using System.Net.Sockets;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>The frame that asks a neighbour for its MAC address, and the answer: ARP (RFC 826), neighbour discovery (RFC 4861).</summary>
internal static class NeighbourQuestion
{
    private const int HeaderLength = 14, Solicitation = 135, Advertisement = 136;

    /// <summary>The frame of a question.</summary>
    /// <param name="mac">The MAC address that asks.</param>
    /// <param name="question">The question.</param>
    public static byte[] Of(HardwareAddress mac, PathQuestion question)
    {
        byte[] own = question.Own.GetAddressBytes(), target = question.Target.GetAddressBytes();
        if (question.Target.AddressFamily == AddressFamily.InterNetwork)
        {
            byte[] arp = Announcement.Resolution(mac, Announcement.Arp, operation: 1, own, default);
            target.CopyTo(arp, HeaderLength + 24);
            if (!question.Known.IsEmpty)
                question.Known.ToBytes().CopyTo(arp, 0);
            return arp;
        }
        // RFC 4291, 2.7.1: ff02::1:ff00:0/104 with the last 24 bits of the address; RFC 2464, 7: its MAC address.
        byte[] group = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, target[13], target[14], target[15]];
        HardwareAddress to = question.Known.IsEmpty ? HardwareAddress.From([0x33, 0x33, .. group[12..]]) : question.Known;
        return Announcement.Discovery(mac, to, own, question.Known.IsEmpty ? group : target, Solicitation, flags: 0, target, option: 1);
    }

    /// <summary>Whether a frame is the answer to a question: it is for the one who asked. Announcements are for all.</summary>
    public static bool IsAnswer(ReadOnlySpan<byte> frame, PathQuestion question) => Is(frame, question, isAnswer: true);

    /// <summary>Whether a frame asks the same neighbour as the same host, so that the answer is the same.</summary>
    public static bool IsSame(ReadOnlySpan<byte> frame, PathQuestion question) => Is(frame, question, isAnswer: false);

    private static bool Is(ReadOnlySpan<byte> frame, PathQuestion question, bool isAnswer)
    {
        ReadOnlySpan<byte> own = question.Own.GetAddressBytes(), target = question.Target.GetAddressBytes();
        ReadOnlySpan<byte> packet = frame[Math.Min(HeaderLength, frame.Length)..];
        // ARP has the sender's address at 14 and the receiver's at 24; IPv6 has them at 8 and 24, and the target of a discovery at 48.
        return target.Length == 4
            ? packet.Length >= 28 && packet[7] == (isAnswer ? 2 : 1) && packet.Slice(isAnswer ? 14 : 24, 4).SequenceEqual(target)
                && packet.Slice(isAnswer ? 24 : 14, 4).SequenceEqual(own)
            : packet.Length >= 64 && packet[6] == 58 && packet[40] == (isAnswer ? Advertisement : Solicitation)
                && packet.Slice(48, 16).SequenceEqual(target) && packet.Slice(isAnswer ? 24 : 8, 16).SequenceEqual(own);
    }
}
