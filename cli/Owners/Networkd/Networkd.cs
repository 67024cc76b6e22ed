using System.Globalization;
using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;

namespace HypervVfattach.Owners;

/// <summary>systemd-networkd as an owner, from the state that it publishes for each interface (<c>link_save</c>,
/// src/network/networkd-state-file.c; sd-network reads the same file).</summary>
/// <remarks>
/// <code>
/// ADMIN_STATE=configured
/// OPER_STATE=routable
/// NETWORK_FILE=/run/systemd/network/10-netplan-eth0.network
/// </code>
/// An interface without a matching .network file is <c>unmanaged</c>. In <c>pending</c> and <c>initialized</c> networkd has
/// not chosen a file yet, so every state except unmanaged (and <c>linger</c>: gone) counts as owned.
/// </remarks>
internal static class Networkd
{
    /// <summary>The daemon's program.</summary>
    public const string Daemon = "systemd-networkd";

    // DHCP=none, and systemd's words for false (parse_boolean, src/basic/parse-util.c).
    private static readonly string[] s_off = ["", "no", "false", "0", "off", "n", "f", "none"];

    // systemd.network(5): the first file of a name wins.
    private static readonly string[] s_directories =
        ["etc/systemd/network", "run/systemd/network", "usr/local/lib/systemd/network", "usr/lib/systemd/network",
            "lib/systemd/network"];

    /// <summary>Whether networkd has released an interface or does not know it.</summary>
    public static bool HasReleased(int link) => AdminState(link) is null or "unmanaged" or "linger";

    /// <summary>Whether networkd has given up an interface after an error: then it leaves it alone, even when it reads its files
    /// again.</summary>
    public static bool HasFailed(int link) => AdminState(link) == "failed";

    /// <summary>Whether networkd has applied all of the interface's file.</summary>
    public static bool IsConfigured(int link) => AdminState(link) == "configured";

    /// <summary>Whether networkd has at least started to configure an interface; it keeps asking a silent DHCP server.</summary>
    /// <param name="link">Index of the interface.</param>
    /// <param name="file">Name of the .network file that must apply; null for any.</param>
    /// <param name="root">Root of the file system.</param>
    public static bool Manages(int link, string? file, string root = "/") => State(link, root) is { } state
        && state.GetValueOrDefault("ADMIN_STATE") is "configured" or "configuring"
        && (file is null || Path.GetFileName(state.GetValueOrDefault("NETWORK_FILE")) == file);

    /// <summary>networkd's state of an interface as text: <c>unmanaged</c>, <c>failed by /etc/...</c>.</summary>
    public static string Words(int link, string root = "/") => State(link, root) is not { } state ? "unknown to it"
        : state.GetValueOrDefault("ADMIN_STATE") + (state.TryGetValue("NETWORK_FILE", out string? file) ? $" by {file}" : "");

    /// <summary>systemd-networkd as owner of this interface, or null.</summary>
    public static Owner? Of(Link link, string root)
    {
        if (State(link.Index, root) is not { } state
            || !state.TryGetValue("ADMIN_STATE", out string? admin) || admin is "unmanaged" or "linger" or "")
            return null;
        string by = state.TryGetValue("NETWORK_FILE", out string? network) ? $" by {network}" : "";
        string origin = network?.Contains("-netplan-", StringComparison.Ordinal) == true ? ", which netplan wrote" : "";
        return new Owner(link.Index, Daemon, $"{StateFile(link.Index)}: {admin}{by}{origin}")
        {
            IsUndecided = admin is "pending" or "initialized",
            // An interface that is still being configured is looked at again later. Only our own bond is described in any state.
            State = network is not null && StateOf(link, root, Path.GetFileName(network), state) is var of
                && (admin == "configured" || of is { IsAggregate: true }) ? of : null,
        };
    }

    private static string? AdminState(int link) => State(link, "/")?.GetValueOrDefault("ADMIN_STATE");

    private static string StateFile(int link) => $"/run/systemd/netif/links/{link}";

    private static IReadOnlyDictionary<string, string>? State(int link, string root) =>
        IniFile.State(root.TrimEnd('/') + StateFile(link));

    private static NetworkdLink? StateOf(Link link, string root, string file, IReadOnlyDictionary<string, string> state)
    {
        string prefix = new NetworkdLink(0, link.PairAddress.ToString(), "", "", null, null, false).Prefix;
        bool isAggregate = link.Kind == "bond" && file.StartsWith(prefix, StringComparison.Ordinal);
        if (file.StartsWith(prefix, StringComparison.Ordinal))
            file = file[(file.IndexOf('-', prefix.Length) + 1)..];
        IniFile read = Read(root, file);
        string text = Text(read);
        IReadOnlyDictionary<string, string>? lease = IniFile.State($"{root.TrimEnd('/')}/run/systemd/netif/leases/{link.Index}");
        (string? iaid, string? iaid6) = Iaids(lease, state, read, link, root);
        return text.Length == 0 && !isAggregate ? null
            : new NetworkdLink(link.Index, link.PairAddress.ToString(), file, text, iaid, Server(lease), isAggregate)
            {
                Iaid6 = iaid6,
                Earlier = Earlier(root, prefix),
            };
    }

    // The files that we have written match only the interfaces of their own pairs.
    private static string? Earlier(string root, string prefix) => Files(root).FirstOrDefault(path =>
        Path.GetFileName(path) is var name && !IsOurs(root, path)
        && (string.CompareOrdinal(name, prefix) < 0 || name.StartsWith(prefix, StringComparison.Ordinal))) is { } file ? Shown(root, file) : null;

    private static bool IsOurs(string root, string path) => Path.GetDirectoryName(path) == Path.Combine(root, s_directories[1])
        && Path.GetFileName(path).StartsWith(NetworkdLink.OurFiles, StringComparison.Ordinal);

    /// <summary>A file's absolute path, for messages.</summary>
    public static string Shown(string root, string path) => "/" + Path.GetRelativePath(root, path);

    /// <summary>The .network files in effect, in networkd's order; of each name that of the first directory.</summary>
    public static IEnumerable<string> Files(string root)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (string directory in s_directories)
        {
            foreach (string file in KernelFile.Files(Path.Combine(root, directory), "*.network"))
                files.TryAdd(Path.GetFileName(file), file);
        }
        return files.Values;
    }

    /// <summary>A .network file followed by its drop-ins, as networkd reads them; empty if it is masked or gone.</summary>
    /// <param name="root">Root of the file system.</param>
    /// <param name="file">The file's name. Drop-ins of all directories count, wherever the file is.</param>
    public static IniFile Read(string root, string file)
    {
        IEnumerable<string> all = s_directories.Select(directory => Path.Combine(root, directory, file));
        // An empty file, or a link to /dev/null, masks all files of its name together with their drop-ins.
        if (all.FirstOrDefault(File.Exists) is not { } main || IniFile.Lines(main).Length == 0)
            return IniFile.Read([]);
        SortedDictionary<string, string> dropIns = new(StringComparer.Ordinal);
        foreach (string dropIn in all.SelectMany(path => KernelFile.Files(path + ".d", "*.conf")))
            dropIns.TryAdd(Path.GetFileName(dropIn), dropIn);
        return IniFile.Read([main, .. dropIns.Values]);
    }

    private static string Text(IniFile file) =>
        IniFile.Text(file.Sections.Where(section => section.Name is not ("" or "Match")));

    /// <summary>The IAIDs to set, so that DHCPv4 and DHCPv6 servers recognise the interface: its number within the client
    /// identifier.</summary>
    /// <remarks>Before 249 networkd uses IAID= of [DHCPv4] for both and logs that it does not know the key in [DHCPv6]; since then IAID= of
    /// [DHCPv4] applies to DHCPv6 if that has none (config_parse_iaid, src/network/networkd-dhcp-common.c). Without a setting both use the
    /// same number, derived from the interface.</remarks>
    private static (string? V4, string? V6) Iaids(
        IReadOnlyDictionary<string, string>? lease, IReadOnlyDictionary<string, string> state, IniFile file, Link link, string root)
    {
        // A DHCPv4 client identifier is the byte 255, four bytes of IAID, and the machine's DUID (RFC 4361).
        uint? v4 = lease?.GetValueOrDefault("CLIENTID") is { Length: > 10 } id
            && id.StartsWith("ff", StringComparison.OrdinalIgnoreCase) ? Number("0x" + id[2..10]) : null;
        uint? v6 = Number(state.GetValueOrDefault("DHCP6_CLIENT_IAID"));
        // An IAID that was set for DHCPv6 alone, possible since 249, tells nothing about DHCPv4's.
        if (v6 is not null && v6 != Number(file["DHCPv6", "IAID"]))
            v4 ??= v6;
        // Where no server has answered yet, as on a KVM host that delivers to a VF which is not joined.
        if (v4 is null && v6 is null && lease is null && link.Kind is null && file["Network", "DHCP"] is { } dhcp && !s_off.Contains(dhcp)
            && file["DHCPv4", "IAID"] is null && file["DHCPv6", "IAID"] is null)
            v4 = DerivedIaid.Of(link, root);
        return (Text(v4), Text(v6 ?? v4));
    }

    // As systemd's safe_atou32 reads it (src/basic/parse-util.c).
    private static uint? Number(string? text) =>
        text is null ? null
        : text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint hex) ? hex : null
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static string? Text(uint? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static IPAddress? Server(IReadOnlyDictionary<string, string>? lease) =>
        IPAddress.TryParse(lease?.GetValueOrDefault("SERVER_ADDRESS"), out IPAddress? server) ? server : null;
}
