using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>What ifupdown remembers of an interface: that it has switched it on.</summary>
/// <param name="Name">The interface's name in /etc/network/interfaces.</param>
internal sealed record IfupdownState(string Name) : OwnerState;

/// <summary>Fail unless ifupdown still counts this interface as switched on: where its unit was stopped meanwhile, it has taken
/// away what it had configured.</summary>
/// <param name="Link">Index of the interface, which bears the name.</param>
/// <param name="Name">The interface's name in /etc/network/interfaces.</param>
internal sealed record CheckStanza(int Link, string Name) : OwnerCheck(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"ifupdown: check that it counts {Name} as switched on";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"check that it counts {Name} as switched on";

    /// <inheritdoc/>
    public override string Owner => "ifupdown";

    /// <inheritdoc/>
    public override OwnerCheck Loosely => this;

    /// <inheritdoc/>
    public override bool Renews => false;
}

/// <summary>ifupdown where no client of its own runs: nothing has to go along, but <c>ifdown</c> and <c>ifup</c> must find
/// what they have configured under its name.</summary>
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
