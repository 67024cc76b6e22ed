namespace HypervVfattach.Core.Model;

/// <summary>What the driver of a NIC tells of it.</summary>
internal sealed class NicFacts(uint? speed, string? driverVersion)
{
    /// <summary>Speed of the link in Mb/s; null if it is not known, as without a carrier.</summary>
    public uint? Speed => speed;

    /// <summary>The driver's own version; null if it has none: most drivers of the kernel have the kernel's.</summary>
    public string? DriverVersion => driverVersion;

    /// <summary>The system or the driver tells nothing.</summary>
    public static readonly NicFacts Unknown = new(null, null);
}
