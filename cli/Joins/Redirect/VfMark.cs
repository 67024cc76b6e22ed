using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Joins;

/// <summary>The alias of the VF of a redirect: the one sign of the join in sysfs, where such a VF has no master. An alias of the administrator
/// stays.</summary>
internal static class VfMark
{
    private const string Start = "hyperv-vfattach: VF of ";

    /// <summary>Marks the VF, if its alias is free.</summary>
    public static ImmutableArray<Change> Set(Link vf, Link synthetic) => IsFree(vf) ? [new SetAlias(vf.Index, Start + synthetic.Name)] : [];

    /// <summary>Removes the mark; for a plan that sets it.</summary>
    public static ImmutableArray<Change> Clear(Link vf) => IsFree(vf) ? [new SetAlias(vf.Index, "")] : [];

    /// <summary>Changes of an older plan without those of the alias, which the administrator may have set since.</summary>
    public static ImmutableArray<Change> Without(ImmutableArray<Change> changes) => changes.RemoveAll(change => change is SetAlias);

    private static bool IsFree(Link vf) => vf.Alias is null || vf.Alias.StartsWith(Start, StringComparison.Ordinal);
}
