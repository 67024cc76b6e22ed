namespace HypervVfattach.Core.Model;

/// <summary>A link-layer address of any length (Ethernet 6 bytes, InfiniBand 20), as lower-case hexadecimal bytes with
/// colons; the default value is "no address".</summary>
/// <param name="Text">The address as <c>ip link</c> prints it.</param>
internal readonly record struct HardwareAddress(string Text)
{
    private const string Digits = "0123456789abcdef";

    /// <summary>The address of these bytes as the kernel gives them.</summary>
    public static HardwareAddress From(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return default;
        Span<char> text = bytes.Length <= 32 ? stackalloc char[bytes.Length * 3] : new char[bytes.Length * 3];
        for (int i = 0; i < bytes.Length; i++)
        {
            text[i * 3] = Digits[bytes[i] >> 4];
            text[i * 3 + 1] = Digits[bytes[i] & 15];
            text[i * 3 + 2] = ':';
        }
        return new HardwareAddress(new string(text[..^1]));
    }

    /// <summary>Whether there is no address, or only zero bytes (what drivers report for "none").</summary>
    public bool IsEmpty => string.IsNullOrEmpty(Text) || Text.AsSpan().IndexOfAnyExcept('0', ':') < 0;

    /// <summary>The bytes as the kernel takes them.</summary>
    public byte[] ToBytes() => string.IsNullOrEmpty(Text) ? [] : Convert.FromHexString(Text.Replace(":", ""));

    /// <inheritdoc/>
    public override string ToString() => Text ?? "";
}
