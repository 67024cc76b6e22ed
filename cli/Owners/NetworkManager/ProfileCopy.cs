using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using Tmds.DBus.Protocol;
using Section = System.Collections.Generic.Dictionary<string, Tmds.DBus.Protocol.VariantValue>;

namespace HypervVfattach.Owners;

/// <summary>The differences between a profile and its copy, so that the copy leads to the same addresses and routes on another
/// interface.</summary>
/// <param name="Profile">The profile's UUID.</param>
/// <param name="ClientId">DHCP client identifier in use; null for none.</param>
/// <param name="Metric4">Metric of the IPv4 routes: NetworkManager's default for a bond differs from that for an Ethernet NIC.</param>
/// <param name="Metric6">Metric of the IPv6 routes.</param>
/// <param name="Token">The present interface identifier of the IPv6 address, if it is derived from the interface's name; else null.</param>
internal sealed record ProfileClone(string Profile, string? ClientId, uint Metric4, uint Metric6, string? Token)
{
    /// <summary>DHCPv6 client identifier in use; null for none.</summary>
    public string? Duid { get; init; }

    /// <summary>DHCPv6 identity association in use, which NetworkManager derives from the interface's name by default; null for
    /// none.</summary>
    public string? Iaid { get; init; }

    /// <summary>Its values in the journal.</summary>
    public static ProfileClone Journaled(Fields f, ProfileClone? v) => new(
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

/// <summary>The copy of a profile for a bond: whether it can be made, and what is in it.</summary>
internal sealed partial class Profile
{
    // Keys that a copy does not take over: they belong to the original only, or the copy sets them differently.
    private static readonly string[] s_own =
    [
        "connection.id", "connection.uuid", "connection.type", "connection.interface-name", "connection.timestamp",
        "connection.autoconnect", "connection.autoconnect-priority", "connection.autoconnect-slaves",
        "connection.autoconnect-ports", "connection.multi-connect", "connection.read-only",
        "ipv4.route-metric", "ipv4.dhcp-timeout", "ipv6.route-metric",
    ];

    private static readonly string[] s_copied = ["connection", "ipv4", "ipv6", "proxy", "hostname"];

    /// <summary>Why the profile cannot be copied to a bond; null if it can.</summary>
    public string? Fault =>
        this["connection.type"] is not ("802-3-ethernet" or "bond") ? $"a profile of the kind {this["connection.type"]}"
        : _sections.ContainsKey("802-1x") ? "802.1X authentication"
        : this["connection.master"] is not null || this["connection.controller"] is not null ? "a port's profile"
        : this["ipv4.method"] is "shared" || this["ipv6.method"] is "shared" ? "a shared connection" : null;

    /// <summary>Whether NetworkManager would set IPv6 addresses and routes without waiting for a port. The kernel would take such a route
    /// on the bond for a second leg of the synthetic NIC's route.</summary>
    public bool IPv6Later => this["ipv6.method"] is "manual" or "link-local";

    /// <summary>Makes the copy for a bond, without IPv6 if that comes later.</summary>
    /// <param name="change">The copy to make.</param>
    /// <param name="uuid">The copy's UUID.</param>
    /// <param name="bond">The bond's name.</param>
    /// <param name="miimon">The bond's monitoring interval in milliseconds.</param>
    public Profile CopyFor(CloneProfile change, string uuid, string bond, string miimon)
    {
        ProfileClone clone = change.Copy;
        var copy = new Profile();
        foreach (string name in s_copied.Where(_sections.ContainsKey))
        {
            copy._sections[name] = _sections[name].Where(entry => !s_own.Contains($"{name}.{entry.Key}") && !(IPv6Later && name == "ipv6"))
                .ToDictionary();
        }
        if (copy._sections.TryGetValue("connection", out Section? connection))
        {
            connection["id"] = $"{this["connection.id"]} ({bond})";
            connection["uuid"] = uuid;
            connection["type"] = "bond";
            connection["interface-name"] = bond;
            connection["autoconnect"] = false;
        }
        if (copy._sections.TryGetValue("ipv4", out Section? ipv4))
        {
            ipv4["route-metric"] = (long)clone.Metric4;
            // The address is already there; do not give it up because a server is silent for 45 seconds.
            ipv4["dhcp-timeout"] = int.MaxValue;
            if (clone.ClientId is not null)
                ipv4["dhcp-client-id"] = clone.ClientId;
        }
        if (copy._sections.TryGetValue("ipv6", out Section? ipv6))
        {
            ipv6["route-metric"] = (long)clone.Metric6;
            if (clone.Duid is not null)
                ipv6["dhcp-duid"] = clone.Duid;
            if (clone.Iaid is not null)
            {
                ipv6["dhcp-iaid"] = clone.Iaid;
                // As for IPv4.
                ipv6["dhcp-timeout"] = int.MaxValue;
            }
            if (IPv6Later)
                ipv6["method"] = "ignore";
            else if (clone.Token is not null)
            {
                ipv6["token"] = clone.Token;
                ipv6["addr-gen-mode"] = 0;
            }
        }
        copy._sections["bond"] = new()
        {
            ["options"] = new Dict<string, string>
            {
                { "mode", "active-backup" }, { "fail_over_mac", "active" }, { "miimon", miimon },
            },
        };
        copy._sections["802-3-ethernet"] = new() { ["assigned-mac-address"] = change.Mac.ToString() };
        copy._sections["user"] = new() { ["data"] = new Dict<string, string> { { Origin, clone.Profile } } };
        return copy;
    }

    /// <summary>The complete copy: this one with the original's IPv6 settings and its own metric.</summary>
    public Profile WithIPv6Of(Profile original)
    {
        var whole = new Profile();
        foreach ((string name, Section values) in _sections)
            whole._sections[name] = values;
        Section ipv6 = original._sections["ipv6"].ToDictionary();
        if (_sections["ipv6"].TryGetValue("route-metric", out VariantValue metric))
            ipv6["route-metric"] = metric;
        else
            ipv6.Remove("route-metric");
        whole._sections["ipv6"] = ipv6;
        return whole;
    }
}
