namespace HypervVfattach.Linux.Netfilter;

/// <summary>A rule of nftables that has to do with interfaces.</summary>
internal sealed record NftRule(byte Family, string Table, string Chain, ulong Handle, List<InterfaceTest> Tests);

/// <summary>A chain or a flowtable that is bound to devices.</summary>
/// <param name="Family">NFPROTO_*.</param>
/// <param name="Table">Its table.</param>
/// <param name="Object">What it is, with its name.</param>
/// <param name="Devices">Names of the devices; one that ends in * is a pattern.</param>
internal sealed record NftHook(byte Family, string Table, string Object, List<string> Devices);

/// <summary>What is at one moment in nftables and has to do with interfaces.</summary>
internal sealed record NftRuleset(List<NftRule> Rules, List<NftHook> Hooks, Dictionary<NftSetName, NftSet> Sets);

/// <summary>What tells sets apart.</summary>
internal readonly record struct NftSetName(byte Family, string Table, string Name);
