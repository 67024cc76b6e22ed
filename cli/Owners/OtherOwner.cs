using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>Managers that cannot be asked about a NIC. They are recognised only, so that their pairs are not joined in a bond.</summary>
internal sealed class OtherOwner : IOwner
{
    // They manage all NICs while they run: SUSE's wicked, ConnMan, OpenWrt's netifd.
    private static readonly string[] s_daemons = ["wickedd", "connmand", "netifd"];

    // They configure the interfaces that they name, or all, and exit. While one runs, addresses are about to change.
    private static readonly string[] s_commands = ["ifup", "ifdown", "ifreload"];

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Programs { get; } = [.. s_daemons, .. s_commands];

    /// <inheritdoc/>
    public ImmutableArray<Change> Changes => [];

    /// <inheritdoc/>
    public IEnumerable<Owner> Of(IReadOnlyList<Link> links, OwnerScan scan) => links.SelectMany(link => scan.Processes
        .Where(process => Programs.Contains(process.Program) && Configures(process, link, scan.Links))
        .OrderBy(process => process.Id)
        .Select(process => new Owner(link.Index, process.Program, process.Evidence)));

    /// <inheritdoc/>
    public int? Make(OwnerChange change, Func<int, string?> name, bool repeat) => null;

    private static bool Configures(Process process, Link link, IReadOnlyList<Link> all) =>
        s_daemons.Contains(process.Program) || process.Names(link.Name) || !DhcpClients.NamesAny(process, all);
}
