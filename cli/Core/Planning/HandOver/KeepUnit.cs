using System.Collections.Immutable;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>Keep a systemd unit running while no interface has the name of the device that it is bound to (BindsTo=), or bind it
/// again.</summary>
/// <remarks>ifupdown's ifup@.service (allow-hotplug) is bound to its device, and so are the units of many DHCP clients. systemd
/// would stop them while the name moves to the bond.</remarks>
internal sealed record KeepUnit(string Unit, bool Keep) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => Keep ? $"keep {Unit} while its device is renamed" : $"bind {Unit} to its device again";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "systemd";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"{(Keep ? "keep" : "no longer keep")} {Unit} while its device is gone";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;

    /// <summary>The change for a unit; empty for null.</summary>
    public static ImmutableArray<Change> Of(string? unit, bool keep) => unit is null ? [] : [new KeepUnit(unit, keep)];

    /// <inheritdoc/>
    public override string Kind => "keep-unit";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new KeepUnit(f.Text("unit", Unit), f.Flag("keep", Keep));
}
