using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.DBus;

namespace HypervVfattach.Linux.Owners;

/// <summary>Writes NetworkManager's profiles of a pair (nm-settings-dbus(5)).</summary>
internal sealed class ProfileWriter(MethodCall call)
{
    /// <summary>Where a copy says whose it is, in its setting <c>user</c>.</summary>
    public const string Origin = "hyperv-vfattach.profile";

    // What is the profile's own and not the copy's, and what the copy says otherwise.
    private static readonly string[] s_own =
    [
        "connection.id", "connection.uuid", "connection.type", "connection.interface-name", "connection.timestamp",
        "connection.autoconnect", "connection.autoconnect-priority", "connection.autoconnect-slaves",
        "connection.autoconnect-ports", "connection.multi-connect", "connection.read-only",
        "ipv4.route-metric", "ipv4.dhcp-timeout", "ipv6.route-metric",
    ];

    private static readonly string[] s_copied = ["connection", "ipv4", "ipv6", "proxy", "hostname"];

    /// <summary>The copy of a profile, for a bond.</summary>
    /// <param name="from">The answer to GetSettings.</param>
    /// <param name="change">What is asked for.</param>
    /// <param name="uuid">The copy's UUID.</param>
    /// <param name="bond">The bond's name.</param>
    /// <param name="later">Without IPv6, which <see cref="Complete"/> adds.</param>
    public void Copy(Reply from, CloneProfile change, string uuid, string bond, bool later)
    {
        ProfileClone clone = change.Copy;
        string id = "";
        from.Entries("sa{sv}", section =>
        {
            if (!s_copied.AsSpan().Contains(section))
            {
                from.Skip("a{sv}");
                return;
            }
            Section(section, () =>
            {
                from.Entries("sv", key =>
                {
                    string name = $"{section}.{key}";
                    if (name == "connection.id")
                        id = from.Variant() ?? "";
                    else if (later && section == "ipv6" || s_own.AsSpan().Contains(name) || name == "ipv4.dhcp-client-id" && clone.ClientId is not null
                        || name is "ipv6.addr-gen-mode" or "ipv6.token" && clone.Token is not null)
                        from.Skip("v");
                    else
                        Copy(from, key);
                });
                switch (section)
                {
                    case "connection":
                        Text("id", $"{id} ({bond})");
                        Text("uuid", uuid);
                        Text("type", "bond");
                        Text("interface-name", bond);
                        Flag("autoconnect", false);
                        break;
                    case "ipv4":
                        Number("route-metric", clone.Metric4);
                        // The address is there: it is not given up because a server is silent for 45 seconds.
                        Entry("dhcp-timeout", "i", () => call.Append(int.MaxValue));
                        if (clone.ClientId is not null)
                            Text("dhcp-client-id", clone.ClientId);
                        break;
                    case "ipv6":
                        Number("route-metric", clone.Metric6);
                        if (later)
                            Text("method", "ignore");
                        else if (clone.Token is not null)
                        {
                            Text("token", clone.Token);
                            Entry("addr-gen-mode", "i", () => call.Append(0));
                        }
                        break;
                }
            });
        });
        Section("bond", () => Texts("options", ("mode", "active-backup"), ("fail_over_mac", "active"), ("miimon", Miimon(bond))));
        Section("802-3-ethernet", () => Text("assigned-mac-address", change.Mac.ToString()));
        Section("user", () => Texts("data", (Origin, clone.Profile)));
    }

    /// <summary>The whole copy: as it is, with the original's IPv6.</summary>
    public void Complete(Reply copy, Reply original, long metric)
    {
        All(copy, section => section != "ipv6", _ => true, () => { });
        All(original, section => section == "ipv6", key => key != "route-metric", () => Number("route-metric", metric));
    }

    private void All(Reply from, Func<string, bool> sections, Func<string, bool> keys, Action more) =>
        from.Entries("sa{sv}", section =>
        {
            if (!sections(section))
            {
                from.Skip("a{sv}");
                return;
            }
            Section(section, () =>
            {
                from.Entries("sv", key =>
                {
                    if (keys(key))
                        Copy(from, key);
                    else
                        from.Skip("v");
                });
                more();
            });
        });

    /// <summary>The profile of a port.</summary>
    public void Port(string uuid, string master, string port, string bond) => Section("connection", () =>
    {
        Text("id", $"{port} (port of {bond})");
        Text("uuid", uuid);
        Text("type", "802-3-ethernet");
        Text("interface-name", port);
        Flag("autoconnect", false);
        Text("master", master);
        Text("slave-type", "bond");
    });

    private static string Miimon(string bond)
    {
        try
        {
            return File.ReadAllText($"/sys/class/net/{bond}/bonding/miimon").Trim();
        }
        catch (IOException)
        {
            return "100";
        }
    }

    private void Copy(Reply from, string key) => call.Entry("sv", () =>
    {
        call.Append(key);
        call.Copy(from);
    });

    private void Section(string name, Action values) => call.Entry("sa{sv}", () =>
    {
        call.Append(name);
        call.Array("{sv}", values);
    });

    private void Entry(string key, string type, Action value) => call.Entry("sv", () =>
    {
        call.Append(key);
        call.Variant(type, value);
    });

    private void Text(string key, string value) => Entry(key, "s", () => call.Append(value));

    private void Flag(string key, bool value) => Entry(key, "b", () => call.Append(value));

    private void Number(string key, long value) => Entry(key, "x", () => call.Append(value));

    private void Texts(string key, params (string Key, string Value)[] values) => Entry(key, "a{ss}", () => call.Array("{ss}", () =>
    {
        foreach ((string name, string value) in values)
        {
            call.Entry("ss", () =>
            {
                call.Append(name);
                call.Append(value);
            });
        }
    }));
}
