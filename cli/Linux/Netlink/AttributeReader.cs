using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Reads netlink attributes one after the other (<c>struct nlattr</c>, <c>struct rtattr</c>).</summary>
/// <remarks>It never throws: an impossible length, or a value too short for the requested type, sets <see cref="IsMalformed"/>, which the
/// caller checks once at the end.</remarks>
internal ref struct AttributeReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Type of the current attribute, without NLA_F_NESTED and NLA_F_NET_BYTEORDER.</summary>
    public ushort Type { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The whole attribute as received, with header and padding, to be kept verbatim.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <summary>Whether anything read so far was malformed.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Goes to the next attribute.</summary>
    /// <returns>False at the end, and at a header with an impossible length.</returns>
    public bool Next()
    {
        // Fewer bytes than a header at the end are padding, as in the kernel's nla_ok().
        if (_rest.Length < 4)
            return false;
        int length = MemoryMarshal.Read<ushort>(_rest);
        if (length < 4 || length > _rest.Length)
        {
            IsMalformed = true;
            _rest = default;
            return false;
        }
        ushort type = MemoryMarshal.Read<ushort>(_rest[2..]);
        Type = (ushort)(type & ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER));
        Value = _rest[4..length];
        int padded = Math.Min((length + 3) & ~3, _rest.Length);
        Raw = _rest[..padded];
        _rest = _rest[padded..];
        return true;
    }

    /// <summary>The value as a number in the machine's byte order, or as a struct; zero when it is too short.</summary>
    public T Read<T>() where T : unmanaged
    {
        if (Value.Length >= Unsafe.SizeOf<T>())
            return MemoryMarshal.Read<T>(Value);
        IsMalformed = true;
        return default;
    }

    /// <summary>The value as a number in network order, as in netfilter's messages; zero when it is too short.</summary>
    public uint ReadNetworkOrder()
    {
        if (BinaryPrimitives.TryReadUInt32BigEndian(Value, out uint value))
            return value;
        IsMalformed = true;
        return 0;
    }

    /// <summary>The value as text up to its NUL.</summary>
    public readonly string Text()
    {
        int end = Value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
    }

    /// <summary>The value as an IPv4 or IPv6 address, by its length.</summary>
    public IPAddress? Ip()
    {
        if (Value.Length is 4 or 16)
            return new IPAddress(Value);
        IsMalformed = true;
        return null;
    }

    /// <summary>The attributes inside the value.</summary>
    public readonly AttributeReader Nested() => new(Value);

    /// <summary>Takes over the result of reading nested attributes.</summary>
    public void Check(scoped AttributeReader nested) => IsMalformed |= nested.IsMalformed;

    /// <summary>Marks the value as malformed.</summary>
    public void Reject() => IsMalformed = true;
}
