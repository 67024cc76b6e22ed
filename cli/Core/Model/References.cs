using System.Collections.Immutable;

namespace HypervVfattach.Core.Model;

/// <summary>What goes by an interface from outside of it, as far as the system let it be read.</summary>
/// <param name="Found">All that would not follow an interface's traffic to its bond.</param>
/// <param name="Unread">What could not be read and why, a line each.</param>
internal sealed record References(ImmutableArray<InterfaceReference> Found, ImmutableArray<string> Unread)
{
    /// <summary>Nothing.</summary>
    public static References None { get; } = new([], []);
}

/// <summary>Something that goes by an interface and would not follow its traffic to the bond.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Kind">How it goes by it.</param>
/// <param name="Place">Where it is, for the administrator.</param>
internal sealed record InterfaceReference(int Link, ReferenceKind Kind, string Place);

/// <summary>How something goes by an interface.</summary>
internal enum ReferenceKind
{
    /// <summary>A firewall rule by the name, which a bond can take over.</summary>
    RuleByName,

    /// <summary>A firewall rule by the index.</summary>
    RuleByIndex,

    /// <summary>A chain or a flowtable that is bound to the device.</summary>
    Hook,

    /// <summary>A socket that is bound to the device.</summary>
    Socket,
}

/// <summary>A bond that may be made.</summary>
/// <param name="Link">Index of the interface whose traffic would come through it.</param>
/// <param name="Name">Name of that interface.</param>
/// <param name="Bond">Name that the bond would have.</param>
internal readonly record struct PlannedBond(int Link, string Name, string Bond);
