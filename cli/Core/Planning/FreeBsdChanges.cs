using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>Create a failover lagg (FreeBSD), loading its module where it is missing. It has no MAC address and no IPv6
/// until its first port gives it one.</summary>
internal sealed record CreateLagg(string Name) : CreateAggregate(Name)
{
    /// <inheritdoc/>
    public override bool Made(Link link) => base.Made(link) && link.Kind == "lagg";
}

/// <summary>Change the IPv6 settings of an interface (FreeBSD's ND6_IFF_*); all other bits stay. Nothing where the
/// kernel has no IPv6.</summary>
internal sealed record SetNd6Flags(int Link, uint Set, uint Clear) : Change;

/// <summary>Run ifconfig(8) on an interface with words of the administrator, which only ifconfig can read.</summary>
/// <param name="Arguments">What follows the interface's name.</param>
internal sealed record RunIfconfig(int Link, ImmutableArray<string> Arguments) : Change;

/// <summary>Start dhclient(8) on an interface, in the background: a lease may take minutes. One that is at work there
/// already is as good.</summary>
/// <param name="Program">Its path, and the arguments of the administrator.</param>
internal sealed record StartDhclient(int Link, ImmutableArray<string> Program) : Change;

/// <summary>Stop the dhclient(8) of an interface, if there is one; what it configured stays.</summary>
internal sealed record StopDhclient(int Link) : Change;

/// <summary>Ask the routers to advertise themselves to an interface (rtsol(8)), in the background.</summary>
/// <param name="Arguments">Those of the administrator, before the interface's name.</param>
internal sealed record SolicitRouters(int Link, ImmutableArray<string> Arguments) : Change;

/// <summary>Let the system add the routes that rc.conf names; what is there already stays.</summary>
internal sealed record StartRouting : Change;
