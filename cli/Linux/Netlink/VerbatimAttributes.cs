namespace HypervVfattach.Linux.Netlink;

/// <summary>Collects attributes that the model does not know, to be sent back unchanged.</summary>
internal ref struct VerbatimAttributes
{
    private string? _hex;

    /// <summary>Adds the attribute that the reader is at.</summary>
    public void Add(scoped AttributeReader attribute)
    {
        Add(attribute.Raw);
        // The last attribute of a message may lack its padding.
        int missing = -attribute.Raw.Length & 3;
        if (missing > 0)
            _hex += new string('0', missing * 2);
    }

    /// <summary>Adds an attribute that was encoded again.</summary>
    public void Add(scoped ReadOnlySpan<byte> attribute) => _hex += Convert.ToHexStringLower(attribute);

    /// <summary>All of them as hexadecimal text.</summary>
    public override readonly string ToString() => _hex ?? "";
}
