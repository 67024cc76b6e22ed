namespace HypervVfattach.Linux.Netfilter;

/// <summary>A test of an nftables rule on an interface of a packet.</summary>
/// <param name="ByName">Whether it tests the name; otherwise the index.</param>
internal abstract record InterfaceTest(bool ByName);

/// <summary>Compares the first bytes of the name, with its NUL, or without it as a pattern ("eth*"), or of the index.</summary>
internal sealed record CompareTest(bool ByName, byte[] Value) : InterfaceTest(ByName);

/// <summary>Compares with two inclusive bounds.</summary>
internal sealed record RangeTest(bool ByName, byte[] From, byte[] To) : InterfaceTest(ByName);

/// <summary>Looks the name or index up in a set or a map.</summary>
/// <param name="ByName">Whether it tests the name; otherwise the index.</param>
/// <param name="Set">Name of the set.</param>
/// <param name="Offset">Offset in the key, which may be a concatenation.</param>
internal sealed record LookupTest(bool ByName, string Set, int Offset) : InterfaceTest(ByName);
