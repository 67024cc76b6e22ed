using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>The state of an owner that can be handed over to another interface.</summary>
internal interface IHandOverState
{
    /// <summary>The hand-over; null if it would do harm now.</summary>
    IHandOver? HandOver(Snapshot snapshot, Link link);

    /// <summary>The harm that a hand-over would do now; null for none.</summary>
    string? Fault(Snapshot snapshot, Link link) => null;
}

/// <summary>The state of an owner that took an interface without configuration by an administrator.</summary>
internal interface IUninvitedState
{
    /// <summary>The change by which it releases the interface.</summary>
    OwnerChange Leave(int link);
}
