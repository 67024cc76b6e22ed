namespace HypervVfattach.Linux.Netfilter;

/// <summary>What a rule of nftables finds out about an interface of a packet.</summary>
/// <param name="ByName">Whether by its name, or else by its index.</param>
internal abstract record InterfaceTest(bool ByName);

/// <summary>Compares its first bytes: a name with its NUL, or without one as a pattern ("eth*").</summary>
internal sealed record CompareTest(bool ByName, byte[] Value) : InterfaceTest(ByName);

/// <summary>Compares it with two bounds, both included.</summary>
internal sealed record RangeTest(bool ByName, byte[] From, byte[] To) : InterfaceTest(ByName);

/// <summary>Looks it up in a set or a map.</summary>
/// <param name="ByName">Whether by its name, or else by its index.</param>
/// <param name="Set">Name of the set.</param>
/// <param name="Offset">Where it is in the key, which may be a concatenation.</param>
internal sealed record LookupTest(bool ByName, string Set, int Offset) : InterfaceTest(ByName);
