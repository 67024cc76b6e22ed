using System.Runtime.InteropServices;
using System.Runtime.CompilerServices;

namespace HypervVfattach.Linux.Netlink;

/// <summary>One message as received.</summary>
internal readonly ref struct Message(MessageHeader header, ReadOnlySpan<byte> payload)
{
    /// <summary>Its header.</summary>
    public MessageHeader Header { get; } = header;

    /// <summary>The bytes after the header.</summary>
    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>Splits the payload into a struct of fixed size and the attributes after it.</summary>
    /// <returns>False when the message is too short.</returns>
    public bool TryRead<T>(out T head, out AttributeReader attributes) where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        if (!MemoryMarshal.TryRead(Payload, out head))
        {
            attributes = default;
            return false;
        }
        attributes = new AttributeReader(Payload[Math.Min((size + 3) & ~3, Payload.Length)..]);
        return true;
    }
}

/// <summary>Reads the messages of one datagram.</summary>
internal ref struct MessageReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    /// <summary>Whether reading ended at something that is not a message.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Reads the next message.</summary>
    /// <returns>False at the end, and at a header with an impossible length.</returns>
    public bool TryRead(out Message message)
    {
        message = default;
        if (_rest.IsEmpty)
            return false;
        if (!MemoryMarshal.TryRead(_rest, out MessageHeader header)
            || header.Length < MessageHeader.Size || header.Length > (uint)_rest.Length)
        {
            IsMalformed = true;
            _rest = default;
            return false;
        }
        int length = (int)header.Length;
        message = new Message(header, _rest[MessageHeader.Size..length]);
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }
}
