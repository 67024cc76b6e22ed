using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>ifupdown, by its record of configured interfaces. It has no daemon.</summary>
internal sealed class IfupdownOwner : IOwner
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> Programs => [];

    /// <inheritdoc/>
    public ImmutableArray<Change> Changes => [new CheckStanza(0, null!)];

    /// <inheritdoc/>
    /// <remarks>If a DHCP client or another owner runs, that one is handed over instead.</remarks>
    public bool YieldsToOthers => true;

    /// <inheritdoc/>
    public IEnumerable<Owner> Of(IReadOnlyList<Link> links, OwnerScan scan) =>
        links.Select(link => Ifupdown.Of(link, scan.Root)).OfType<Owner>();

    /// <inheritdoc/>
    public int? Make(OwnerChange change, Func<int, string?> name, bool repeat)
    {
        if (change is not CheckStanza check)
            return null;
        Ifupdown.Check(check);
        return 0;
    }
}
