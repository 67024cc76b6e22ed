using System.Collections.Immutable;
using System.Net;

namespace HypervVfattach.Core;

/// <summary>Which neighbours show whether the VF's path works (path_check).</summary>
/// <param name="gateways">Whether the gateways of the pair do.</param>
/// <param name="targets">These addresses.</param>
internal sealed class PathCheck(bool gateways, ImmutableArray<IPAddress> targets)
{
    /// <summary>More addresses are an error; as many as the bonding driver has room for (BOND_MAX_ARP_TARGETS).</summary>
    public const int Most = 16;

    /// <summary>No check.</summary>
    public static readonly PathCheck Off = new(false, []);

    /// <summary>The gateways.</summary>
    public static readonly PathCheck OfGateways = new(true, []);

    /// <summary>How the reason begins for which the path check leaves a VF alone.</summary>
    public const string Reason = "path check";

    /// <summary>Whether this is such a reason.</summary>
    public static bool IsReason(string? words) => words?.StartsWith(Reason, StringComparison.Ordinal) == true;

    public bool Gateways => gateways;
    public ImmutableArray<IPAddress> Targets => targets;
    public bool IsOn => gateways || !targets.IsEmpty;
}

/// <summary>A neighbour that is asked, and as whom.</summary>
/// <param name="own">The address of this host that asks.</param>
/// <param name="target">The neighbour's address.</param>
/// <param name="known">Its MAC address; empty if it is not known, so that all are asked.</param>
internal sealed class PathQuestion(IPAddress own, IPAddress target, Model.HardwareAddress known)
{
    public IPAddress Own => own;
    public IPAddress Target => target;
    public Model.HardwareAddress Known => known;
}
