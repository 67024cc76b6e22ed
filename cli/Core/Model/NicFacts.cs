namespace HypervVfattach.Core.Model;

/// <summary>What the driver of a NIC tells of it.</summary>
/// <param name="Speed">Speed of the link in Mb/s; null if it is not known, as without a carrier.</param>
/// <param name="DriverVersion">The driver's own version; null if it has none: most drivers of the kernel have the kernel's.</param>
internal sealed record NicFacts(uint? Speed, string? DriverVersion)
{
    /// <summary>The system or the driver tells nothing.</summary>
    public static readonly NicFacts Unknown = new(null, null);
}
