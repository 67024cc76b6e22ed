using System.Buffers.Binary;
using System.Text;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

/// <summary>Fields of C structs in little-endian memory.</summary>
internal static class Bytes
{
    /// <summary>IFNAMSIZ.</summary>
    public const int NameSize = 16;

    public static ushort U16(ReadOnlySpan<byte> from, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(from[offset..]);

    public static uint U32(ReadOnlySpan<byte> from, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(from[offset..]);

    public static int I32(ReadOnlySpan<byte> from, int offset) =>
        BinaryPrimitives.ReadInt32LittleEndian(from[offset..]);

    public static ulong U64(ReadOnlySpan<byte> from, int offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(from[offset..]);

    public static void Put16(Span<byte> to, int offset, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(to[offset..], (ushort)value);

    public static void Put32(Span<byte> to, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(to[offset..], value);

    public static void Put64(Span<byte> to, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(to[offset..], value);

    /// <summary>A name of at most 15 bytes as the kernel reads it: it first writes a NUL into the last byte.</summary>
    public static string Name(ReadOnlySpan<byte> from, int offset)
    {
        var field = from.Slice(offset, NameSize - 1);
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>strlcpy(3): the bytes after the NUL stay.</summary>
    public static void CopyName(Span<byte> to, int offset, string name)
    {
        var length = Math.Min(name.Length, NameSize - 1);
        Encoding.Latin1.GetBytes(name.AsSpan(0, length), to[offset..]);
        to[offset + length] = 0;
    }

    /// <summary>The memory that a pointer inside a struct points to.</summary>
    public static unsafe Span<byte> Memory(ulong pointer, int length) => new((void*)pointer, length);
}
