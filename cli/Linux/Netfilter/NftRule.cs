namespace HypervVfattach.Linux.Netfilter;

/// <summary>An nftables rule that tests interfaces.</summary>
internal sealed record NftRule(byte Family, string Table, string Chain, ulong Handle, List<InterfaceTest> Tests);

/// <summary>A chain or a flowtable that is bound to devices.</summary>
/// <param name="Family">NFPROTO_*.</param>
/// <param name="Table">Its table.</param>
/// <param name="Object">Its kind and name.</param>
/// <param name="Devices">Names of the devices; one that ends with * is a pattern.</param>
internal sealed record NftHook(byte Family, string Table, string Object, List<string> Devices);

/// <summary>The parts of the nftables ruleset that refer to interfaces, all from one moment.</summary>
internal sealed class NftRuleset(List<NftRule> rules, List<NftHook> hooks, Dictionary<NftSetName, NftSet> sets)
{
    public List<NftRule> Rules => rules;
    public List<NftHook> Hooks => hooks;
    public Dictionary<NftSetName, NftSet> Sets => sets;
}

/// <summary>Identifies a set.</summary>
internal readonly record struct NftSetName(byte Family, string Table, string Name);
