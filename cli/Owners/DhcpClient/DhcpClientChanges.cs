using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>Stop a client so that it neither releases its lease nor removes its configuration. A service is suspended instead of
/// killed.</summary>
internal sealed record StopClient(LeaseClient Client) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => Client.Service is { } service
        ? $"suspend {service}, which keeps its lease" : $"stop {Client.CommandLine}, which keeps its lease";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Client.Name;

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => Client.Service is null ? "stop it" : "suspend it";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;

    /// <inheritdoc/>
    public override string Kind => "stop-client";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new StopClient(f.Object("client", Client, LeaseClient.Journaled));
}

/// <summary>Start a client as it ran before, on this interface, which has the name in its command line. One that was only suspended
/// goes on.</summary>
/// <param name="Client">How it ran.</param>
/// <param name="Link">Index of the interface.</param>
/// <param name="Lease">Duration of the lease in seconds, for which the server may be silent without the address being removed.</param>
internal sealed record StartClient(LeaseClient Client, int Link, uint Lease) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => Client.Service is { } service
        ? $"restart {service}, which keeps its lease" : $"start {Client.CommandLine}";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Client.Name;

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"start it on {name(Link)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };

    /// <inheritdoc/>
    public override string Kind => "start-client";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new StartClient(
        f.Object("client", Client, LeaseClient.Journaled), f.Link(Link), f.UInt("lease", Lease));
}

/// <summary>Fails unless a client with this command line runs on this interface.</summary>
internal sealed record CheckClient(LeaseClient Client, int Link) : OwnerCheck(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"check that {Client.Service ?? Client.CommandLine} runs";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"check that it runs on {name(Link)}";

    /// <inheritdoc/>
    public override string Owner => Client.Name;

    /// <inheritdoc/>
    public override OwnerCheck Loosely => this;

    /// <inheritdoc/>
    /// <remarks>Also by a client of the same program with another command line.</remarks>
    public override bool IsReplacedBy(Owner other) => !other.IsUninvited;

    /// <inheritdoc/>
    public override string Kind => "check-client";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CheckClient(f.Object("client", Client, LeaseClient.Journaled), f.Link(Link));
}
