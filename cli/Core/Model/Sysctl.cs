namespace HypervVfattach.Core.Model;

/// <summary>A per-interface kernel setting.</summary>
/// <param name="Link">Index of the interface; 0 for <c>default</c>, whose values new interfaces get.</param>
/// <param name="Tree">Its directory below /proc/sys/net: ipv4/conf, ipv6/conf, ipv4/neigh, ipv6/neigh.</param>
/// <param name="Name">Its name, such as rp_filter.</param>
/// <param name="Value">Its value without the line feed.</param>
internal sealed record Sysctl(int Link, string Tree, string Name, string Value)
{
    /// <summary>Tree and name, without the interface.</summary>
    public string Path => $"{Tree}/{Name}";
}
