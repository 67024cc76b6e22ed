using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Linux.Interop;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Sends messages to journald, else to syslog, else nowhere. Best effort: it never throws.</summary>
/// <remarks>udevd discards the output of its programs, so a run from a udev rule can report only here.</remarks>
/// <param name="journalSocket">The socket of journald's native protocol.</param>
/// <param name="syslogSocket">The socket of syslog.</param>
internal sealed class SystemLog(string journalSocket = "/run/systemd/journal/socket", string syslogSocket = "/dev/log")
{
    private const string Identifier = "hyperv-vfattach";
    private const int DaemonFacility = 3;

    /// <summary>Longest value sent, in bytes of UTF-8; the rest is cut, so that a message fits into one datagram.</summary>
    public const int MaxValueBytes = 8192;

    /// <summary>Sends one message, waiting at most a second; false if no log daemon accepted it.</summary>
    public bool Send(LogLine line) => SendTo(journalSocket, ForJournal(line)) || SendTo(syslogSocket, ForSyslog(line));

    // https://systemd.io/JOURNAL_NATIVE_PROTOCOL: NAME=value, or the name alone and the value with its length before it.
    private static byte[] ForJournal(LogLine line)
    {
        using var datagram = new MemoryStream();
        Add("MESSAGE", line.Message);
        Add("PRIORITY", Number((int)line.Priority));
        Add("SYSLOG_FACILITY", Number(DaemonFacility));
        Add("SYSLOG_IDENTIFIER", Identifier);
        if (line.MessageId is { } id)
            Add("MESSAGE_ID", id.ToString("N"));
        foreach ((string name, string value) in line.Fields)
            Add(name, value);
        return datagram.ToArray();

        void Add(string name, string value)
        {
            byte[] bytes = Cut(value);
            datagram.Write(Encoding.ASCII.GetBytes(name));
            if (bytes.AsSpan().Contains((byte)'\n'))
            {
                datagram.WriteByte((byte)'\n');
                Span<byte> length = stackalloc byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)bytes.Length);
                datagram.Write(length);
            }
            else
            {
                datagram.WriteByte((byte)'=');
            }
            datagram.Write(bytes);
            datagram.WriteByte((byte)'\n');
        }
    }

    // RFC 3164 without the time: the syslog daemon then uses the time of arrival, and we need no time zone.
    private static byte[] ForSyslog(LogLine line) => Cut(
        $"<{Number(DaemonFacility * 8 + (int)line.Priority)}>{Identifier}[{Number(Environment.ProcessId)}]: "
        + line.Message.Replace('\n', ' '));

    private static byte[] Cut(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        if (bytes.Length <= MaxValueBytes)
            return bytes;
        int length = MaxValueBytes;
        // Do not cut inside a character: its second and later bytes are 10xxxxxx.
        while ((bytes[length] & 0xC0) == 0x80)
            length--;
        return bytes[..length];
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static unsafe bool SendTo(string path, ReadOnlySpan<byte> datagram)
    {
        var address = new SockAddrUn { sun_family = AF_UNIX };
        if (!Encoding.UTF8.TryGetBytes(path, new Span<byte>(address.sun_path, SockAddrUn.PathBytes - 1), out _))
            return false;

        using SocketHandle socket = Libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (socket.IsInvalid)
            return false;
        // If the log daemon hangs, its queue fills up, and without a time-out this program would hang too.
        var patience = new TimeVal { tv_sec = 1 };
        ReadOnlySpan<byte> patienceBytes = MemoryMarshal.AsBytes(new ReadOnlySpan<TimeVal>(in patience));
        _ = Libc.setsockopt(socket, SOL_SOCKET, Libc.SO_SNDTIMEO, patienceBytes, (uint)patienceBytes.Length);

        ReadOnlySpan<byte> to = MemoryMarshal.AsBytes(new ReadOnlySpan<SockAddrUn>(in address));
        return Libc.sendto(socket, datagram, (nuint)datagram.Length, Libc.MSG_NOSIGNAL, to, (uint)to.Length)
            == datagram.Length;
    }
}
