using System.Globalization;
using System.Net;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux.Owners;

/// <summary>systemd-networkd, from the state that it publishes of each interface (<c>link_save</c>,
/// src/network/networkd-state-file.c; sd-network reads the same file).</summary>
/// <remarks>
/// <code>
/// ADMIN_STATE=configured
/// OPER_STATE=routable
/// NETWORK_FILE=/run/systemd/network/10-netplan-eth0.network
/// </code>
/// An interface without a matching .network file is <c>unmanaged</c>. <c>pending</c> and <c>initialized</c> are on the way
/// to one, so whatever is not unmanaged (or gone: <c>linger</c>) counts as owned.
/// </remarks>
internal static class Networkd
{
    /// <summary>The daemon's program.</summary>
    public const string Daemon = "systemd-networkd";

    // systemd.network(5), the first of a name wins.
    private static readonly string[] s_directories =
        ["etc/systemd/network", "run/systemd/network", "usr/local/lib/systemd/network", "usr/lib/systemd/network",
            "lib/systemd/network"];

    /// <summary>Whether networkd has let go of an interface, or does not know it.</summary>
    public static bool HasReleased(int link) => AdminState(link) is null or "unmanaged" or "linger";

    /// <summary>Whether networkd has given an interface up after an error: it does nothing about it then, not even when it
    /// reads its files again.</summary>
    public static bool HasFailed(int link) => AdminState(link) == "failed";

    /// <summary>Whether networkd has done all that its file says.</summary>
    public static bool IsConfigured(int link) => AdminState(link) == "configured";

    /// <summary>Whether networkd has at least begun with an interface: it goes on asking a server that is silent.</summary>
    /// <param name="link">Index of the interface.</param>
    /// <param name="file">Name of the .network file that must hold; null for whichever.</param>
    /// <param name="root">Where /run is.</param>
    public static bool Manages(int link, string? file, string root = "/") => State(link, root) is { } state
        && state.GetValueOrDefault("ADMIN_STATE") is "configured" or "configuring"
        && (file is null || Path.GetFileName(state.GetValueOrDefault("NETWORK_FILE")) == file);

    /// <summary>What networkd makes of an interface, in words: <c>unmanaged</c>, <c>failed by /etc/...</c>.</summary>
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
            // One that is on the way to be configured will be looked at again; what stands on our bond is there in any case.
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
        (string? iaid, string? iaid6) = Iaids(lease, state, read);
        return text.Length == 0 && !isAggregate ? null
            : new NetworkdLink(link.Index, link.PairAddress.ToString(), file, text, iaid, Server(lease), isAggregate)
            {
                Iaid6 = iaid6,
                Earlier = Earlier(root, prefix),
            };
    }

    // Those that we have written match the interfaces of their own pairs only.
    private static string? Earlier(string root, string prefix) => Files(root).FirstOrDefault(path =>
        Path.GetFileName(path) is var name && !IsOurs(root, path)
        && (string.CompareOrdinal(name, prefix) < 0 || name.StartsWith(prefix, StringComparison.Ordinal))) is { } file ? Shown(root, file) : null;

    private static bool IsOurs(string root, string path) => Path.GetDirectoryName(path) == Path.Combine(root, s_directories[1])
        && Path.GetFileName(path).StartsWith(NetworkdLink.OurFiles, StringComparison.Ordinal);

    /// <summary>A file's path as a person knows it.</summary>
    public static string Shown(string root, string path) => "/" + Path.GetRelativePath(root, path);

    /// <summary>The .network files that count, in networkd's order: of a name the first directory's.</summary>
    public static IEnumerable<string> Files(string root)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (string directory in s_directories)
        {
            foreach (string file in IniFile.Files(Path.Combine(root, directory), "*.network"))
                files.TryAdd(Path.GetFileName(file), file);
        }
        return files.Values;
    }

    /// <summary>A .network file and its drop-ins, which behind each other say what networkd makes of them; none where it is masked
    /// or gone.</summary>
    /// <param name="root">Where the directories are.</param>
    /// <param name="file">The file's name. Drop-ins of all directories count, wherever the file is.</param>
    public static IniFile Read(string root, string file)
    {
        IEnumerable<string> all = s_directories.Select(directory => Path.Combine(root, directory, file));
        // An empty file, or a link to /dev/null, hides those of its name, and nothing is added to it.
        if (all.FirstOrDefault(File.Exists) is not { } main || IniFile.Lines(main).Length == 0)
            return IniFile.Read([]);
        SortedDictionary<string, string> dropIns = new(StringComparer.Ordinal);
        foreach (string dropIn in all.SelectMany(path => IniFile.Files(path + ".d", "*.conf")))
            dropIns.TryAdd(Path.GetFileName(dropIn), dropIn);
        return IniFile.Read([main, .. dropIns.Values]);
    }

    private static string Text(IniFile file) =>
        IniFile.Text(file.Sections.Where(section => section.Name is not ("" or "Match")));

    /// <summary>The interface's numbers in the identifiers by which DHCPv4 and DHCPv6 servers know it, as they are to be set.</summary>
    /// <remarks>Before 249 networkd has one number for both, that of [DHCPv4], and logs that it does not know the key in [DHCPv6]; since
    /// then the number of [DHCPv4] holds for DHCPv6 where that has none (config_parse_iaid, src/network/networkd-dhcp-common.c). What is
    /// not set is derived from the interface, the same for both.</remarks>
    private static (string? V4, string? V6) Iaids(
        IReadOnlyDictionary<string, string>? lease, IReadOnlyDictionary<string, string> state, IniFile file)
    {
        // The identifier that a DHCPv4 server knows us by is the byte 255, four bytes of the interface's number, and the machine's.
        uint? v4 = lease?.GetValueOrDefault("CLIENTID") is { Length: > 10 } id
            && id.StartsWith("ff", StringComparison.OrdinalIgnoreCase) ? Number("0x" + id[2..10]) : null;
        uint? v6 = Number(state.GetValueOrDefault("DHCP6_CLIENT_IAID"));
        // One that was set for DHCPv6 alone, by a networkd that can, says nothing of DHCPv4's.
        if (v6 is not null && v6 != Number(file["DHCPv6", "IAID"]))
            v4 ??= v6;
        return (Text(v4), Text(v6 ?? v4));
    }

    // As safe_atou32 of systemd reads it (src/basic/parse-util.c).
    private static uint? Number(string? text) =>
        text is null ? null
        : text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint hex) ? hex : null
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static string? Text(uint? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static IPAddress? Server(IReadOnlyDictionary<string, string>? lease) =>
        IPAddress.TryParse(lease?.GetValueOrDefault("SERVER_ADDRESS"), out IPAddress? server) ? server : null;
}
