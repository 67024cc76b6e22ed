using Tmds.DBus.Protocol;
using Section = System.Collections.Generic.Dictionary<string, Tmds.DBus.Protocol.VariantValue>;

namespace HypervVfattach.Owners;

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
    public Profile CopyFor(CopyProfile change, string uuid, string bond, string miimon)
    {
        ProfileCopy wanted = change.Copy;
        var copy = new Profile();
        foreach (string name in s_copied.Where(_sections.ContainsKey))
        {
            Section section = copy._sections[name] = [];
            foreach ((string key, VariantValue value) in _sections[name])
            {
                if (!s_own.Contains($"{name}.{key}") && !(IPv6Later && name == "ipv6"))
                    section[key] = value;
            }
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
            ipv4["route-metric"] = (long)wanted.Metric4;
            // The address is already there; do not give it up because a server is silent for 45 seconds.
            ipv4["dhcp-timeout"] = int.MaxValue;
            if (wanted.ClientId is not null)
                ipv4["dhcp-client-id"] = wanted.ClientId;
        }
        if (copy._sections.TryGetValue("ipv6", out Section? ipv6))
        {
            ipv6["route-metric"] = (long)wanted.Metric6;
            if (wanted.Duid is not null)
                ipv6["dhcp-duid"] = wanted.Duid;
            if (wanted.Iaid is not null)
            {
                ipv6["dhcp-iaid"] = wanted.Iaid;
                // As for IPv4.
                ipv6["dhcp-timeout"] = int.MaxValue;
            }
            if (IPv6Later)
                ipv6["method"] = "ignore";
            else if (wanted.Token is not null)
            {
                ipv6["token"] = wanted.Token;
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
        copy._sections["user"] = new() { ["data"] = new Dict<string, string> { { Origin, wanted.Profile } } };
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
