namespace HypervVfattach.Core.Model;

/// <summary>A link-layer address of any length (Ethernet 6 bytes, InfiniBand 20), as lower-case hexadecimal bytes with colons. The
/// default value means no address.</summary>
/// <param name="Text">The address as <c>ip link</c> prints it.</param>
internal readonly record struct HardwareAddress(string Text)
{
    private const string Digits = "0123456789abcdef";

    /// <summary>The address of these bytes, in the kernel's order.</summary>
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

    /// <summary>Whether there is no address, or one of zeros only, which drivers report for "none".</summary>
    public bool IsEmpty => string.IsNullOrEmpty(Text) || Text.AsSpan().IndexOfAnyExcept('0', ':') < 0;

    /// <summary>The bytes, in the kernel's order.</summary>
    public byte[] ToBytes() => string.IsNullOrEmpty(Text) ? [] : Convert.FromHexString(Text.Replace(":", ""));

    /// <inheritdoc/>
    public override string ToString() => Text ?? "";
}
