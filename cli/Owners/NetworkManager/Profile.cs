using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.DBus;
using Tmds.DBus.Protocol;
using Section = System.Collections.Generic.Dictionary<string, Tmds.DBus.Protocol.VariantValue>;

namespace HypervVfattach.Owners;

/// <summary>A profile of NetworkManager (nm-settings-dbus(5)): sections with their keys, a{sa{sv}}.</summary>
internal sealed class Profile
{
    /// <summary>The D-Bus signature of a profile.</summary>
    public const string Signature = "a{sa{sv}}";

    /// <summary>The key in the section <c>user</c> with which a copy names its original.</summary>
    public const string Origin = "hyperv-vfattach.profile";

    // Keys that a copy does not take over: they belong to the original only, or the copy sets them differently.
    private static readonly string[] s_own =
    [
        "connection.id", "connection.uuid", "connection.type", "connection.interface-name", "connection.timestamp",
        "connection.autoconnect", "connection.autoconnect-priority", "connection.autoconnect-slaves",
        "connection.autoconnect-ports", "connection.multi-connect", "connection.read-only",
        "ipv4.route-metric", "ipv4.dhcp-timeout", "ipv6.route-metric",
    ];

    private static readonly string[] s_copied = ["connection", "ipv4", "ipv6", "proxy", "hostname"];

    private readonly Dictionary<string, Section> _sections = [];

    private Profile()
    {
    }

    /// <summary>Reads a profile from an answer.</summary>
    public Profile(ref Reader reader)
    {
        ArrayEnd end = reader.ReadDictionaryStart();
        while (reader.HasNext(end))
            _sections[reader.ReadString()] = reader.ReadDictionaryOfStringToVariantValue();
    }

    /// <summary>The value of a key such as <c>ipv4.method</c>, or of a key of <c>user.data</c> by its own name; null if there is
    /// none.</summary>
    public string? this[string name] => name.Split('.', 2) is [var section, var key] && _sections.TryGetValue(section, out Section? values)
        && values.TryGetValue(key, out VariantValue value) ? Text(value)
        : _sections.TryGetValue("user", out Section? user) && user.TryGetValue("data", out VariantValue data)
            ? data.GetDictionary<string, string>().GetValueOrDefault(name) : null;

    /// <summary>Why the profile cannot be copied to a bond; null if it can.</summary>
    public string? Fault =>
        this["connection.type"] is not ("802-3-ethernet" or "bond") ? $"a profile of the kind {this["connection.type"]}"
        : _sections.ContainsKey("802-1x") ? "802.1X authentication"
        : this["connection.master"] is not null || this["connection.controller"] is not null ? "a port's profile"
        : this["ipv4.method"] is "shared" || this["ipv6.method"] is "shared" ? "a shared connection" : null;

    /// <summary>Whether NetworkManager would set IPv6 addresses and routes without waiting for a port. The kernel would take such a route
    /// on the bond for a second leg of the synthetic NIC's route.</summary>
    public bool IPv6Later => this["ipv6.method"] is "manual" or "link-local";

    /// <summary>A string, or a number in digits, with 1 for true; null for any other type.</summary>
    public static string? Text(VariantValue value) => value.Type switch
    {
        VariantValueType.String => value.GetString(),
        VariantValueType.ObjectPath => value.GetObjectPathAsString(),
        VariantValueType.UInt32 => $"{value.GetUInt32()}",
        VariantValueType.Int32 => $"{value.GetInt32()}",
        VariantValueType.UInt64 => $"{value.GetUInt64()}",
        VariantValueType.Int64 => $"{value.GetInt64()}",
        VariantValueType.Bool => value.GetBool() ? "1" : "0",
        _ => null,
    };

    /// <summary>Writes the profile as an argument of a call.</summary>
    public void WriteTo(ref MessageWriter writer)
    {
        ArrayStart start = writer.WriteDictionaryStart();
        foreach ((string name, Section values) in _sections)
        {
            writer.WriteDictionaryEntryStart();
            writer.WriteString(name);
            writer.WriteDictionary(values);
        }
        writer.WriteDictionaryEnd(start);
    }

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

    /// <summary>The profile of a port.</summary>
    public static Profile OfPort(string uuid, string master, string port, string bond)
    {
        var profile = new Profile();
        profile._sections["connection"] = new()
        {
            ["id"] = $"{port} (port of {bond})",
            ["uuid"] = uuid,
            ["type"] = "802-3-ethernet",
            ["interface-name"] = port,
            ["autoconnect"] = false,
            ["master"] = master,
            ["slave-type"] = "bond",
        };
        return profile;
    }
}
