using HypervVfattach.Linux.DBus;

namespace HypervVfattach.Linux.Owners;

/// <summary>What decides about a profile of NetworkManager.</summary>
internal sealed class ProfileFacts
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Reads the answer to GetSettings.</summary>
    public ProfileFacts(Reply settings) => settings.Entries("sa{sv}", section =>
    {
        _values[section] = "";
        settings.Entries("sv", key =>
        {
            if ((section, key) == ("user", "data"))
                settings.Variant("a{ss}", () => settings.Entries("ss", name => _values[name] = settings.Text()));
            else if (settings.Variant() is { } value)
                _values[$"{section}.{key}"] = value;
        });
    });

    /// <summary>A value as <c>ipv4.method</c>, or a section's being there; null where it is not.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Why it cannot be copied to a bond; null where it can.</summary>
    public string? Fault =>
        this["connection.type"] is not ("802-3-ethernet" or "bond") ? $"a profile of the kind {this["connection.type"]}"
        : this["802-1x"] is not null ? "802.1X authentication"
        : this["connection.master"] is not null || this["connection.controller"] is not null ? "a port's profile"
        : this["ipv4.method"] is "shared" || this["ipv6.method"] is "shared" ? "a shared connection" : null;

    /// <summary>Whether NetworkManager would not wait for a port with the IPv6 addresses and routes. The kernel would take
    /// such a route on the bond for a second leg of the synthetic's.</summary>
    public bool IPv6Later => this["ipv6.method"] is "manual" or "link-local";
}
