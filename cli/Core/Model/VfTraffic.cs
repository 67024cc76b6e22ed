namespace HypervVfattach.Core.Model;

/// <summary>The packets that a synthetic NIC has received and sent through the VF that its driver joined.</summary>
/// <param name="Received">Since the synthetic NIC was created.</param>
/// <param name="Sent">Since the synthetic NIC was created.</param>
internal readonly record struct VfTraffic(ulong Received, ulong Sent);
