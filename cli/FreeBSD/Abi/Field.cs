using System.Buffers.Binary;
using System.Text;
using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD.Abi;

/// <summary>Reads and writes the fields of C structs of amd64 and arm64: little-endian, at byte offsets.</summary>
internal static class Field
{
    /// <summary>IFNAMSIZ: size of a name's field, including its NUL.</summary>
    public const int NameSize = 16;

    public static ushort UShort(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    public static int Int(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadInt32LittleEndian(bytes[offset..]);

    public static uint UInt(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    public static ulong ULong(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    public static void Set(Span<byte> bytes, int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[offset..], value);

    public static void Set(Span<byte> bytes, int offset, int value) =>
        BinaryPrimitives.WriteInt32LittleEndian(bytes[offset..], value);

    public static void Set(Span<byte> bytes, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], value);

    public static void Set(Span<byte> bytes, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[offset..], value);

    /// <summary>The text of a field before its NUL; the bytes after it are garbage (SIOCGLAGGPORT leaves some).</summary>
    public static string Text(ReadOnlySpan<byte> field)
    {
        int length = field.IndexOf((byte)0);
        if (length < 0)
            throw Garbage.Found("a name without its NUL", field);
        return Encoding.UTF8.GetString(field[..length]);
    }

    /// <summary>Writes a name and fills the rest of its field with NULs.</summary>
    public static void SetName(Span<byte> field, string name)
    {
        if (Encoding.UTF8.GetByteCount(name) >= NameSize || name.Contains('\0'))
            throw new SystemRefusal(
                name, "name an interface", 0, $"a name has at most {NameSize - 1} bytes and no NUL");
        field[..NameSize].Clear();
        Encoding.UTF8.GetBytes(name, field);
    }
}

/// <summary>Creates the exception for impossible bytes from the kernel.</summary>
internal static class Garbage
{
    /// <summary>Describes the fault and shows the first bytes.</summary>
    public static SystemRefusal Found(string what, ReadOnlySpan<byte> bytes) =>
        new("FreeBSD's kernel", "understand its answer", 0,
            $"{what}: {Convert.ToHexStringLower(bytes[..Math.Min(32, bytes.Length)])}");
}
