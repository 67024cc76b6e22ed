using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Writes netlink messages, one after the other, into a span that grows as needed.</summary>
/// <remarks><see cref="NetlinkSocket"/> fills in sequence numbers and the flags of the transport.</remarks>
/// <param name="initial">Space to start with, such as a stackalloc.</param>
internal ref struct MessageWriter(Span<byte> initial)
{
    private Span<byte> _bytes = initial;
    private int _length;

    /// <summary>What has been written.</summary>
    public readonly Span<byte> Written => _bytes[.._length];

    /// <summary>Starts a message.</summary>
    /// <returns>Its offset, for <see cref="End"/>.</returns>
    public int Begin(ushort type, ushort flags)
    {
        int start = _length;
        Append(new MessageHeader(0, type, flags, 0, 0));
        return start;
    }

    /// <summary>Ends the message that began at <paramref name="start"/>: its length is known now.</summary>
    public readonly void End(int start)
    {
        // Everything is appended with its padding, so the length includes that of the last attribute, which is allowed.
        uint length = (uint)(_length - start);
        MemoryMarshal.Write(_bytes[start..], length);
    }

    /// <summary>Appends a struct of fixed size.</summary>
    public void Append<T>(T value) where T : unmanaged => MemoryMarshal.Write(Claim(Unsafe.SizeOf<T>()), value);

    /// <summary>Appends bytes unchanged: attributes that were kept verbatim.</summary>
    public void AppendRaw(ReadOnlySpan<byte> attributes) => attributes.CopyTo(Claim(attributes.Length));

    /// <summary>Appends attributes that are kept as hexadecimal text.</summary>
    public void AppendHex(string attributes)
    {
        if (attributes.Length > 0)
            AppendRaw(Convert.FromHexString(attributes));
    }

    /// <summary>Appends an attribute of any value.</summary>
    public void Put(ushort type, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> place = Claim(4 + value.Length);
        MemoryMarshal.Write(place, (ushort)(4 + value.Length));
        MemoryMarshal.Write(place[2..], type);
        value.CopyTo(place[4..]);
    }

    /// <summary>Appends an attribute of a fixed-size value in the machine's byte order.</summary>
    public void Put<T>(ushort type, T value) where T : unmanaged =>
        Put(type, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1)));

    /// <summary>Appends an attribute of text with its NUL.</summary>
    public void Put(ushort type, string value)
    {
        Span<byte> text = stackalloc byte[Encoding.UTF8.GetMaxByteCount(value.Length) + 1];
        int length = Encoding.UTF8.GetBytes(value, text);
        text[length] = 0;
        Put(type, text[..(length + 1)]);
    }

    /// <summary>Appends an attribute of an IP address in network order.</summary>
    public void Put(ushort type, IPAddress value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, out int length);
        Put(type, bytes[..length]);
    }

    /// <summary>Starts an attribute that holds others.</summary>
    /// <returns>Its offset, for <see cref="EndNested"/>.</returns>
    public int BeginNested(ushort type)
    {
        int start = _length;
        Put(type, []);
        return start;
    }

    /// <summary>Ends the attribute (or leg of a multipath route) that began at <paramref name="start"/>.</summary>
    public readonly void EndNested(int start) => MemoryMarshal.Write(_bytes[start..], (ushort)(_length - start));

    /// <summary>Reserves space, padded with zeros to four bytes (NLMSG_ALIGN, NLA_ALIGN).</summary>
    private Span<byte> Claim(int size)
    {
        int padded = (size + 3) & ~3;
        if (_bytes.Length - _length < padded)
        {
            Span<byte> larger = new byte[Math.Max(_bytes.Length * 2, _length + padded)];
            Written.CopyTo(larger);
            _bytes = larger;
        }
        Span<byte> place = _bytes.Slice(_length, padded);
        place.Clear();
        _length += padded;
        return place[..size];
    }
}
