using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Text;

namespace HypervVfattach.Machines;

/// <summary>The DHCP message types that tests use; RFC 2132, 9.6.</summary>
public enum DhcpType : byte
{
    /// <summary>A client looks for servers.</summary>
    Discover = 1,

    /// <summary>A client takes an offer, or renews its lease.</summary>
    Request = 3,

    /// <summary>The server agrees.</summary>
    Ack = 5,

    /// <summary>The server does not.</summary>
    Nak = 6,

    /// <summary>A client gives its address back.</summary>
    Release = 7,
}

/// <summary>Identity of a client: a second client differs in one of these.</summary>
/// <param name="Mac">Hardware address.</param>
/// <param name="Id">Client identifier in hexadecimal; empty if it sends none.</param>
/// <param name="HostName">Host name; empty if it sends none.</param>
public sealed record DhcpClient(string Mac, string Id, string HostName);

/// <summary>A DHCP message that was seen on the wire.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Client">The sender; in the server's messages only the MAC is set.</param>
/// <param name="Address">The address that it is about.</param>
public sealed record DhcpMessage(DhcpType Type, DhcpClient Client, IPAddress Address);

/// <summary>Records the messages between clients and server, because a server's log does not distinguish clients with the same
/// MAC.</summary>
public sealed class DhcpWatch : IDisposable
{
    private const int IpOffset = 14;            // after the Ethernet header
    private const int UdpLength = 8;
    private const int FixedLength = 236;        // struct bootp, RFC 951, up to the options
    private const uint Magic = 0x63825363;      // RFC 2131, 3

    private const byte HostNameOption = 12, TypeOption = 53, ClientIdOption = 61, Pad = 0, End = 255;

    private readonly List<DhcpMessage> _seen = [];
    private readonly FrameSocket _socket;

    internal DhcpWatch(FrameSocket socket)
    {
        _socket = socket;
        socket.Start(Take);
    }

    /// <summary>Everything so far, oldest first.</summary>
    public IReadOnlyList<DhcpMessage> Messages
    {
        get
        {
            lock (_seen)
                return [.. _seen];
        }
    }

    /// <summary>All clients that ever sent a request.</summary>
    public IReadOnlyList<DhcpClient> Clients =>
        [.. Messages.Where(message => message.Type is DhcpType.Discover or DhcpType.Request)
            .Select(message => message.Client).Distinct()];

    /// <summary>Number of messages of this kind, from or to all clients or one.</summary>
    public int Count(DhcpType type, string? mac = null) =>
        Messages.Count(message => message.Type == type && (mac is null || message.Client.Mac == mac));

    /// <summary>Waits until the server has acknowledged this many more times.</summary>
    public async Task RenewedAsync(int times, TimeSpan limit, string mac)
    {
        var from = Count(DhcpType.Ack, mac);
        for (var end = DateTime.UtcNow + limit; Count(DhcpType.Ack, mac) < from + times; await Task.Delay(50))
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"{Count(DhcpType.Ack, mac) - from} of {times} renewals by {mac} within {limit.TotalSeconds:0} s\n"
                    + string.Join('\n', Messages.TakeLast(20)));
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Take(ReadOnlySpan<byte> frame)
    {
        if (Payload(frame) is not { Length: > FixedLength + 4 } bootp
            || BinaryPrimitives.ReadUInt32BigEndian(bootp[FixedLength..]) != Magic)
            return;
        var mac = new PhysicalAddress(bootp.Slice(28, 6).ToArray()).GetAddressBytes();
        var type = Option(bootp, TypeOption);
        if (type.Length != 1 || !Enum.IsDefined((DhcpType)type[0]))
            return;
        var current = new IPAddress(bootp.Slice(12, 4));
        var offered = new IPAddress(bootp.Slice(16, 4));
        var client = new DhcpClient(string.Join(':', mac.Select(part => $"{part:x2}")),
            Convert.ToHexStringLower(Option(bootp, ClientIdOption)), Encoding.ASCII.GetString(Option(bootp, HostNameOption)));
        lock (_seen)
            _seen.Add(new DhcpMessage((DhcpType)type[0], client, offered.Equals(IPAddress.Any) ? current : offered));
    }

    // The payload of UDP over IPv4 between the ports 67 and 68; empty for any other frame.
    private static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> frame)
    {
        const byte Udp = 17;
        if (frame.Length < IpOffset + 20 || frame[12] != 8 || frame[13] != 0 || frame[IpOffset + 9] != Udp)
            return [];
        var udp = frame[(IpOffset + (frame[IpOffset] & 15) * 4)..];
        return udp.Length > UdpLength && udp[1] is 67 or 68 && udp[3] is 67 or 68 && udp[0] == 0 && udp[2] == 0
            ? udp[UdpLength..]
            : [];
    }

    private static ReadOnlySpan<byte> Option(ReadOnlySpan<byte> bootp, byte wanted)
    {
        var options = bootp[(FixedLength + 4)..];
        while (options.Length > 1 && options[0] != End)
        {
            if (options[0] == Pad)
            {
                options = options[1..];
                continue;
            }
            var length = Math.Min(options[1], options.Length - 2);
            if (options[0] == wanted)
                return options.Slice(2, length);
            options = options[(2 + length)..];
        }
        return [];
    }
}
