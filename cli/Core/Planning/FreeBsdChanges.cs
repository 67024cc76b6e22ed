namespace HypervVfattach.Core.Planning;

/// <summary>Create a failover lagg (FreeBSD), loading its module where it is missing. It has no MAC address and no IPv6
/// until its first port gives it one.</summary>
internal sealed record CreateLagg(string Name) : Change;

/// <summary>Change the IPv6 settings of an interface (FreeBSD's ND6_IFF_*); all other bits stay. Nothing where the
/// kernel has no IPv6.</summary>
internal sealed record SetNd6Flags(int Link, uint Set, uint Clear) : Change;
