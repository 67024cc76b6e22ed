using System.Runtime.InteropServices;
using HypervVfattach.Core;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>The kernel's answer to one request.</summary>
/// <param name="Errno">0 for success.</param>
/// <param name="Words">Its message (extended ack); null if it gave none.</param>
internal readonly record struct Ack(int Errno, string? Words);

/// <summary>Decodes one message into an object of the model.</summary>
/// <param name="message">The message.</param>
/// <param name="value">Null for a message to be skipped.</param>
/// <returns>False for a malformed message.</returns>
internal delegate bool Decoder<T>(in Message message, out T? value) where T : class;

/// <summary>A netlink socket for requests: dumps, and batches of changes with their acks.</summary>
internal sealed class NetlinkSocket : IDisposable
{
    // The kernel processes requests inside send(), so the answer is there at once. Only a stuck kernel takes this long.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    // Interfaces that come and go interrupt dumps (NLM_F_DUMP_INTR); on a busy container host a few times in a row.
    private const int DumpTries = 16;

    private readonly NetlinkDescriptor _descriptor;
    private readonly string _name;
    private readonly uint _port;
    private readonly int _mostAcks;
    private readonly int _mostBytes;
    private uint _sequence;
    // The kernel puts up to 32 KiB of a dump into one datagram if the reader's buffer is as large.
    private byte[] _buffer = new byte[64 * 1024];

    /// <summary>Opens an rtnetlink socket.</summary>
    public NetlinkSocket()
        : this(NETLINK_ROUTE, "rtnetlink")
    {
    }

    /// <summary>Opens a socket of another protocol.</summary>
    /// <param name="protocol">NETLINK_*.</param>
    /// <param name="name">Its name, for errors.</param>
    public NetlinkSocket(int protocol, string name)
    {
        _name = name;
        _descriptor = NetlinkDescriptor.Open(protocol, name);
        _descriptor.TrySet(SOL_NETLINK, NETLINK_EXT_ACK, 1);
        _descriptor.TrySet(SOL_NETLINK, NETLINK_CAP_ACK, 1);
        _descriptor.TrySet(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
        // All acks of a batch are queued before send() returns. FORCE goes beyond net.core.[rw]mem_max and needs CAP_NET_ADMIN in the
        // initial user namespace; without it batches are smaller.
        if (!_descriptor.TrySet(SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20))
            _descriptor.TrySet(SOL_SOCKET, SO_RCVBUF, 4 << 20);
        if (!_descriptor.TrySet(SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20))
            _descriptor.TrySet(SOL_SOCKET, SO_SNDBUF, 1 << 20);
        // An ack takes 768 bytes of the receive buffer (a sk_buff and its smallest data), more with a message.
        _mostAcks = Math.Max(16, _descriptor.Get(SOL_SOCKET, SO_RCVBUF) / 1536);
        _mostBytes = Math.Max(16 * 1024, _descriptor.Get(SOL_SOCKET, SO_SNDBUF) / 2);
        _port = _descriptor.Port;
    }

    /// <summary>Sends requests, in one datagram as far as its size allows, and collects their acks.</summary>
    /// <remarks>The kernel takes its lock again for each message, and an error does not stop the following ones.</remarks>
    /// <param name="messages">The requests; sequence numbers and flags of the transport are filled in here.</param>
    /// <returns>One ack per message, in order.</returns>
    public Ack[] Send(Span<byte> messages) => Transact<object>(messages, null, null);

    /// <summary>Sends requests that have one answer each.</summary>
    /// <param name="messages">The requests.</param>
    /// <param name="decode">Decoder of the answers.</param>
    /// <param name="values">Receives the answers.</param>
    /// <returns>One ack per message, in order.</returns>
    public Ack[] Get<T>(Span<byte> messages, Decoder<T> decode, List<T> values) where T : class =>
        Transact(messages, decode, values);

    /// <summary>Reads a complete dump that shows one moment.</summary>
    /// <param name="what">What is read, for the error: <c>routes</c>.</param>
    /// <param name="request">One request.</param>
    /// <param name="decode">Decoder of the answers.</param>
    /// <returns>Null if the kernel does not know the request.</returns>
    public List<T>? Dump<T>(string what, Span<byte> request, Decoder<T> decode) where T : class
    {
        var values = new List<T>();
        for (int i = 0; i < DumpTries; i++)
        {
            values.Clear();
            switch (TryDump(what, request, decode, values, out Ack ack))
            {
                case DumpEnd.Complete:
                    return values;
                case DumpEnd.Refused when ack.Errno is EOPNOTSUPP or EAFNOSUPPORT:
                    return null;
                case DumpEnd.Refused:
                    throw Refusal(what, ack.Errno, ack.Words);
                case DumpEnd.Malformed:
                    throw Refusal(what, EBADMSG, "a message from the kernel is malformed");
            }
        }
        throw Refusal(what, EAGAIN, $"it changed during each of {DumpTries} attempts");
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private enum DumpEnd
    {
        Complete,
        Again,
        Refused,
        Malformed,
    }

    private DumpEnd TryDump<T>(
        string what, Span<byte> request, Decoder<T> decode, List<T> values, out Ack ack) where T : class
    {
        ack = default;
        uint sequence = ++_sequence;
        MemoryMarshal.Write(request, MemoryMarshal.Read<MessageHeader>(request) with
        {
            Flags = NLM_F_REQUEST | NLM_F_DUMP,
            Sequence = sequence,
            Port = _port,
        });
        int errno = _descriptor.Send(request);
        if (errno != 0)
            throw Refusal(what, errno, null);

        bool interrupted = false;
        while (true)
        {
            if (!TryReceive(what, out ReadOnlySpan<byte> datagram))
            {
                // The rest arrives with further calls of recv(), and until then no other dump can begin.
                Drain();
                return DumpEnd.Again;
            }
            var reader = new MessageReader(datagram);
            while (reader.TryRead(out Message message))
            {
                if (message.Header.Sequence != sequence || message.Header.Port != _port)
                    continue;
                interrupted |= (message.Header.Flags & NLM_F_DUMP_INTR) != 0;
                switch (message.Header.Type)
                {
                    case NLMSG_NOOP:
                        break;
                    case NLMSG_OVERRUN:
                        Drain();
                        return DumpEnd.Again;
                    case NLMSG_DONE or NLMSG_ERROR:
                        // The DONE of a dump can contain an error too, one that happened during the dump.
                        if (!AckReader.TryRead(message, [], out ack))
                            return DumpEnd.Malformed;
                        if (ack.Errno == EINTR)
                            return DumpEnd.Again;
                        if (ack.Errno != 0)
                            return DumpEnd.Refused;
                        return interrupted ? DumpEnd.Again : DumpEnd.Complete;
                    default:
                        if (!decode(message, out T? value))
                        {
                            Drain();
                            return DumpEnd.Malformed;
                        }
                        if (value is not null)
                            values.Add(value);
                        break;
                }
            }
            if (reader.IsMalformed)
            {
                Drain();
                return DumpEnd.Malformed;
            }
        }
    }

    private Ack[] Transact<T>(Span<byte> messages, Decoder<T>? decode, List<T>? values) where T : class
    {
        var acks = new List<Ack>();
        while (!messages.IsEmpty)
        {
            Span<byte> part = messages[..Number(messages, out int count)];
            messages = messages[part.Length..];
            Exchange(part, count, decode, values, acks);
        }
        return [.. acks];
    }

    /// <summary>Numbers as many messages as fit into one datagram.</summary>
    /// <returns>Their length.</returns>
    private int Number(Span<byte> messages, out int count)
    {
        count = 0;
        int length = 0;
        while (length < messages.Length && count < _mostAcks)
        {
            MessageHeader header = MemoryMarshal.Read<MessageHeader>(messages[length..]);
            if (count > 0 && length + header.Length > _mostBytes)
                break;
            MemoryMarshal.Write(messages[length..], header with
            {
                Flags = (ushort)(header.Flags | NLM_F_REQUEST | NLM_F_ACK),
                Sequence = ++_sequence,
                Port = _port,
            });
            length += (int)header.Length;
            count++;
        }
        return length;
    }

    private void Exchange<T>(
        ReadOnlySpan<byte> requests, int count, Decoder<T>? decode, List<T>? values, List<Ack> acks) where T : class
    {
        int errno = _descriptor.Send(requests);
        if (errno != 0)
            throw new SystemRefusal(_name, $"send {count} requests", errno);

        uint first = _sequence - (uint)count + 1;
        var answers = new Ack?[count];
        int missing = count;
        bool lost = false;
        while (missing > 0)
        {
            // All answers were queued before send() returned: if some did not fit, nothing more will come.
            if (lost && !_descriptor.Poll(TimeSpan.Zero))
                break;
            if (!TryReceive("answers", out ReadOnlySpan<byte> datagram))
            {
                lost = true;
                continue;
            }
            var reader = new MessageReader(datagram);
            while (reader.TryRead(out Message message))
            {
                uint place = message.Header.Sequence - first;
                if (place >= count || message.Header.Port != _port)
                    continue;
                if (message.Header.Type != NLMSG_ERROR)
                {
                    if (decode is null)
                        continue;
                    if (!decode(message, out T? value))
                        throw Refusal("answers", EBADMSG, "a message from the kernel is malformed");
                    if (value is not null)
                        values!.Add(value);
                    continue;
                }
                if (!AckReader.TryRead(message, RequestAt(requests, (int)place), out Ack ack))
                    throw Refusal("answers", EBADMSG, "an ack from the kernel is malformed");
                if (answers[place] is null)
                    missing--;
                answers[place] = ack;
            }
            if (reader.IsMalformed)
                throw Refusal("answers", EBADMSG, "a message from the kernel is malformed");
        }
        foreach (Ack? answer in answers)
            acks.Add(answer ?? new Ack(ENOBUFS, "the kernel's answer was lost"));
    }

    private static ReadOnlySpan<byte> RequestAt(ReadOnlySpan<byte> requests, int place)
    {
        while (place-- > 0)
            requests = requests[(int)MemoryMarshal.Read<uint>(requests)..];
        return requests[..(int)MemoryMarshal.Read<uint>(requests)];
    }

    /// <summary>Receives the next datagram.</summary>
    /// <returns>False if one was lost: the socket's buffer was full (ENOBUFS), or ours was too small, which has been enlarged.</returns>
    private bool TryReceive(string what, out ReadOnlySpan<byte> datagram)
    {
        datagram = default;
        if (!_descriptor.Poll(Timeout))
            throw Refusal(what, ETIMEDOUT, $"no answer from the kernel in {Timeout.TotalSeconds:0} s");
        int errno = _descriptor.Receive(_buffer, wait: true, out int length);
        if (errno == ENOBUFS)
            return false;
        if (errno != 0)
            throw Refusal(what, errno, null);
        if (length > _buffer.Length)
        {
            _buffer = new byte[length * 2];
            return false;
        }
        datagram = _buffer.AsSpan(0, length);
        return true;
    }

    private void Drain()
    {
        int errno;
        do
            errno = _descriptor.Receive(_buffer, wait: false, out _);
        while (errno is 0 or ENOBUFS);
    }

    private SystemRefusal Refusal(string what, int errno, string? words) =>
        new(_name, $"read {what}", errno, words);
}
