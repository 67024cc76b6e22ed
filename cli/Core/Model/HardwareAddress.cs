namespace HypervVfattach.Core.Model;

/// <summary>A link-layer address of any length (Ethernet 6 bytes, InfiniBand 20), as lower-case hexadecimal bytes with
/// colons; the default value is "no address".</summary>
/// <param name="Text">The address as <c>ip link</c> prints it.</param>
internal readonly record struct HardwareAddress(string Text)
{
    /// <summary>The address of these bytes as the kernel gives them.</summary>
    public static HardwareAddress From(ReadOnlySpan<byte> bytes) =>
        new(string.Join(':', Convert.ToHexStringLower(bytes).Chunk(2).Select(pair => new string(pair))));

    /// <summary>Whether there is no address, or only zero bytes (what drivers report for "none").</summary>
    public bool IsEmpty => string.IsNullOrEmpty(Text) || Text.AsSpan().IndexOfAnyExcept('0', ':') < 0;

    /// <summary>The bytes as the kernel takes them.</summary>
    public byte[] ToBytes() => string.IsNullOrEmpty(Text) ? [] : Convert.FromHexString(Text.Replace(":", ""));

    /// <inheritdoc/>
    public override string ToString() => Text ?? "";
}
