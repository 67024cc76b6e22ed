using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Owners;

/// <summary>The differences between a profile and its copy, so that the copy leads to the same addresses and routes on another
/// interface.</summary>
/// <param name="Profile">The profile's UUID.</param>
/// <param name="ClientId">DHCP client identifier in use; null for none.</param>
/// <param name="Metric4">Metric of the IPv4 routes: NetworkManager's default for a bond differs from that for an Ethernet NIC.</param>
/// <param name="Metric6">Metric of the IPv6 routes.</param>
/// <param name="Token">The present interface identifier of the IPv6 address, if it is derived from the interface's name; else null.</param>
internal sealed record ProfileCopy(string Profile, string? ClientId, uint Metric4, uint Metric6, string? Token)
{
    /// <summary>DHCPv6 client identifier in use; null for none.</summary>
    public string? Duid { get; init; }

    /// <summary>DHCPv6 identity association in use, which NetworkManager derives from the interface's name by default; null for
    /// none.</summary>
    public string? Iaid { get; init; }

    /// <summary>Its values in the journal.</summary>
    public static ProfileCopy Journaled(Fields f, ProfileCopy? v) => new(
        f.Text("profile", v?.Profile), f.OptionalText("clientId", v?.ClientId), f.UInt("metric4", v?.Metric4 ?? 0),
        f.UInt("metric6", v?.Metric6 ?? 0), f.OptionalText("token", v?.Token))
    {
        Duid = f.OptionalText("duid", v?.Duid),
        Iaid = f.OptionalText("iaid", v?.Iaid),
    };

    /// <summary>UUID of the copied profile of a pair, or of its port's profile.</summary>
    public static string Uuid(HardwareAddress mac, bool port) =>
        $"76666174-7461-4368-800{(port ? 1 : 0)}-{mac.ToString().Replace(":", "", StringComparison.Ordinal)}";
}
