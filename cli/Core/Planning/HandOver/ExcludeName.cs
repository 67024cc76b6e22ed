using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>Have NetworkManager leave the interface of this name alone, or forget that.</summary>
/// <remarks>The synthetic NIC gets another name when its bond takes the first one. If NetworkManager excludes that NIC by its name, as it
/// excludes the NICs of ifupdown, it would take the interface of the new name out of the bond and configure it.</remarks>
internal sealed record ExcludeName(string Name, bool Exclude) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"NetworkManager, where it runs: {(Exclude ? $"leave the name {Name} alone" : $"forget to leave the name {Name} alone")}";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "NetworkManager";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"{(Exclude ? "exclude" : "no longer exclude")} the name {Name}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;

    /// <inheritdoc/>
    public override string Kind => "exclude-name";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new ExcludeName(f.Text("name", Name), f.Flag("exclude", Exclude));
}
