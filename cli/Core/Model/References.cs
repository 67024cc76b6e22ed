using System.Collections.Immutable;

namespace HypervVfattach.Core.Model;

/// <summary>Rules and sockets outside an interface that depend on it, as far as the system allowed to read them.</summary>
/// <param name="Found">All that would not follow the interface's traffic to a bond.</param>
/// <param name="Unread">What could not be read and why, one entry each.</param>
internal sealed record References(ImmutableArray<InterfaceReference> Found, ImmutableArray<string> Unread)
{
    public static References None { get; } = new([], []);
}

/// <summary>A rule or socket that depends on an interface and would not follow its traffic to a bond.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Kind">How it refers to the interface.</param>
/// <param name="Place">Where it is, for messages.</param>
internal sealed record InterfaceReference(int Link, ReferenceKind Kind, string Place);

/// <summary>How a rule or socket refers to an interface.</summary>
internal enum ReferenceKind
{
    /// <summary>A firewall rule that matches the name, which a bond can take over.</summary>
    RuleByName,

    /// <summary>A firewall rule that matches the index.</summary>
    RuleByIndex,

    /// <summary>A chain or flowtable that is attached to the device.</summary>
    Hook,

    /// <summary>A socket that is bound to the device.</summary>
    Socket,

    /// <summary>An active unit of systemd that is bound to the name's device unit.</summary>
    Unit,
}

/// <summary>A bond that may be created.</summary>
/// <param name="Link">Index of the interface whose traffic it would receive.</param>
/// <param name="Name">Name of that interface.</param>
/// <param name="Bond">Name of the bond.</param>
internal readonly record struct PlannedBond(int Link, string Name, string Bond);
