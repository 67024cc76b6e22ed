using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>Fails unless ifupdown still counts this interface as up: if its unit was stopped meanwhile, ifdown has removed the
/// configuration.</summary>
/// <param name="Link">Index of the interface, which has the name.</param>
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

    /// <inheritdoc/>
    public override string Kind => "check-stanza";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CheckStanza(f.Link(Link), f.Text("name", Name));
}
