using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>ifupdown's state of an interface: it counts the interface as up.</summary>
/// <param name="Name">The interface's name in /etc/network/interfaces.</param>
internal sealed record IfupdownState(string Name) : OwnerState, IHandOverState
{
    /// <inheritdoc/>
    public IHandOver HandOver(Snapshot snapshot, Link link) => new IfupdownHandOver(this);
}

/// <summary>ifupdown without a DHCP client: nothing has to be handed over, but <c>ifdown</c> and <c>ifup</c> must find the
/// configuration under its name.</summary>
internal sealed class IfupdownHandOver(IfupdownState state) : IHandOver
{
    /// <inheritdoc/>
    public bool NeedsName => true;

    /// <inheritdoc/>
    public bool Renews => false;

    private string Unit => $"ifup@{state.Name}.service";

    /// <inheritdoc/>
    public ImmutableArray<Change> Announce(string aggregate) => KeepUnit.Of(Unit, true);

    /// <inheritdoc/>
    public ImmutableArray<Change> Withdraw(string aggregate) => KeepUnit.Of(Unit, false);

    /// <inheritdoc/>
    public ImmutableArray<Change> Take(int link, string name) => [new CheckStanza(link, state.Name)];
}
