namespace HypervVfattach.Core;

/// <summary>The administrator permits no change of the network (<see cref="Settings.ObserveOnly"/>).</summary>
/// <param name="what">What is not done.</param>
internal sealed class ObserveOnly(string what) : Exception(
    $"observe_only is set in the configuration file, and nothing is changed; without it: {what}; remove observe_only to permit that");
