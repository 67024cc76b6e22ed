namespace HypervVfattach.Core;

/// <summary>The interface event that made this program look at a pair.</summary>
/// <param name="Link">Index of the interface: a VF, or a synthetic NIC whose driver loaded after its VF arrived.</param>
/// <param name="DelayOver">Whether the delay is over in which the kernel and the network managers may act first.</param>
internal readonly record struct Event(int Link, bool DelayOver);
