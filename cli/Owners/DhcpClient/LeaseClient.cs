using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>A standalone DHCP client on one interface, with what it takes to start it again.</summary>
/// <param name="Link">Index of the interface it runs on.</param>
/// <param name="Process">Its process id.</param>
/// <param name="Started">Start time of that process in the kernel's ticks: process ids are reused.</param>
/// <param name="Executable">Path of the program.</param>
/// <param name="Arguments">Its command line, the program's name first. It names the interface and the lease and pid files, by which
/// other programs (ifdown) find the client; so the new one gets the same. dhcpcd overwrites its command line with its
/// state.</param>
/// <param name="Group">Its control group: a client that we start must not be in our own service's, or it would end with that.</param>
internal sealed record LeaseClient(
    int Link, int Process, long Started, string Executable, ImmutableArray<string> Arguments, string Group) : OwnerState, IHandOverState
{
    /// <summary>The systemd unit whose main process the client is, and which restarts it; null if there is none.</summary>
    public string? Service { get; init; }

    /// <summary>Its values in the journal.</summary>
    public static LeaseClient Journaled(Fields f, LeaseClient? v) => new(
        f.Int("link", v?.Link ?? 0), f.Int("process", v?.Process ?? 0), f.Number("started", v?.Started ?? 0),
        f.Text("executable", v?.Executable), f.Words("arguments", v?.Arguments), f.Text("group", v?.Group))
    {
        Service = f.OptionalText("service", v?.Service),
    };

    /// <summary>Its unit, or else its program.</summary>
    public string Name => Service ?? Arguments[0][(Arguments[0].LastIndexOf('/') + 1)..];

    /// <summary>Its command line, for messages.</summary>
    public string CommandLine => string.Join(' ', Arguments);

    /// <inheritdoc/>
    public IHandOver? HandOver(Snapshot snapshot, Link link) => DhcpClientHandOver.IsSafe(this, snapshot, link)
        ? new DhcpClientHandOver(this, DhcpClientHandOver.LeaseOf(snapshot, link)) : null;

    /// <inheritdoc/>
    public string? Fault(Snapshot snapshot, Link link) => DhcpClientHandOver.IsSafe(this, snapshot, link)
        ? null : "its script would flush the IPv6 addresses with an unlimited lifetime";

    /// <summary>Whether it derives the metrics of its routes from the interface's index (dhcpcd.conf(5), metric), so that on
    /// another interface it adds second routes beside those that were moved.</summary>
    public bool CountsByIndex => Executable[(Executable.LastIndexOf('/') + 1)..].StartsWith("dhcpcd", StringComparison.Ordinal);
}
