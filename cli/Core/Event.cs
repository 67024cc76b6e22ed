namespace HypervVfattach.Core;

/// <summary>What made us look: something happened to an interface.</summary>
/// <param name="Link">Index of the interface: a VF, or a synthetic whose driver came after its VF.</param>
/// <param name="DelayOver">Whether the kernel and the network managers had their time to act.</param>
internal readonly record struct Event(int Link, bool DelayOver);
