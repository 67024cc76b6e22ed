namespace HypervVfattach.Linux.Netfilter;

/// <summary>An nftables rule that tests interfaces.</summary>
internal sealed class NftRule(byte family, string table, string chain, ulong handle, List<InterfaceTest> tests)
{
    public byte Family => family;
    public string Table => table;
    public string Chain => chain;
    public ulong Handle => handle;
    public List<InterfaceTest> Tests => tests;
}

/// <summary>A chain or a flowtable that is bound to devices.</summary>
/// <param name="family">NFPROTO_*.</param>
/// <param name="table">Its table.</param>
/// <param name="object">Its kind and name.</param>
/// <param name="devices">Names of the devices; one that ends with * is a pattern.</param>
internal sealed class NftHook(byte family, string table, string @object, List<string> devices)
{
    public byte Family => family;
    public string Table => table;
    public string Object => @object;
    public List<string> Devices => devices;
}

/// <summary>The parts of the nftables ruleset that refer to interfaces, all from one moment.</summary>
internal sealed class NftRuleset(List<NftRule> rules, List<NftHook> hooks, Dictionary<NftSetName, NftSet> sets)
{
    public List<NftRule> Rules => rules;
    public List<NftHook> Hooks => hooks;
    public Dictionary<NftSetName, NftSet> Sets => sets;
}

/// <summary>Identifies a set.</summary>
internal readonly record struct NftSetName(byte Family, string Table, string Name);
