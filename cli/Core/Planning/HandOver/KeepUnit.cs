using System.Collections.Immutable;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>Have a unit of systemd outlive the moment in which nothing bears the name of the device that it is bound to;
/// or let it be bound again.</summary>
/// <remarks>ifupdown's ifup@.service for allow-hotplug is bound so, and many a client's own: while the name goes over to
/// the bond, systemd would stop it.</remarks>
internal sealed record KeepUnit(string Unit, bool Keep) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => Keep ? $"keep {Unit} while its device's name goes over" : $"let {Unit} be as before";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "systemd";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"{(Keep ? "keep" : "no longer keep")} {Unit} while its device is gone";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;

    /// <summary>The change for a unit, if there is one.</summary>
    public static ImmutableArray<Change> Of(string? unit, bool keep) => unit is null ? [] : [new KeepUnit(unit, keep)];
}
