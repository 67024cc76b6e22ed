using System.Globalization;
using System.Net;
using System.Text;
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
            State = network is not null && StateOf(link, root, Path.GetFileName(network)) is var of
                && (admin == "configured" || of is { IsAggregate: true }) ? of : null,
        };
    }

    private static string? AdminState(int link) => State(link, "/")?.GetValueOrDefault("ADMIN_STATE");

    private static string StateFile(int link) => $"/run/systemd/netif/links/{link}";

    private static IReadOnlyDictionary<string, string>? State(int link, string root) =>
        KeyFile.Read(root.TrimEnd('/') + StateFile(link));

    private static NetworkdLink? StateOf(Link link, string root, string file)
    {
        string prefix = new NetworkdLink(0, link.PairAddress.ToString(), "", "", null, null, false).Prefix;
        bool isAggregate = link.Kind == "bond" && file.StartsWith(prefix, StringComparison.Ordinal);
        if (file.StartsWith(prefix, StringComparison.Ordinal))
            file = file[(file.IndexOf('-', prefix.Length) + 1)..];
        string text = Text(root, file);
        IReadOnlyDictionary<string, string>? lease = KeyFile.Read($"{root.TrimEnd('/')}/run/systemd/netif/leases/{link.Index}");
        return text.Length == 0 && !isAggregate ? null
            : new NetworkdLink(link.Index, link.PairAddress.ToString(), file, text, Iaid(lease), Server(lease), isAggregate);
    }

    // A file and its drop-ins behind each other say what networkd makes of them.
    private static string Text(string root, string file)
    {
        var text = new StringBuilder();
        SortedDictionary<string, string> dropIns = new(StringComparer.Ordinal);
        string? main = null;
        foreach (string directory in s_directories)
        {
            string path = Path.Combine(root, directory, file);
            if (main is null && File.Exists(path))
                main = path;
            if (!Directory.Exists(path + ".d"))
                continue;
            foreach (string dropIn in Directory.GetFiles(path + ".d", "*.conf"))
                dropIns.TryAdd(Path.GetFileName(dropIn), dropIn);
        }
        if (main is null)
            return "";
        Append(text, main);
        foreach (string dropIn in dropIns.Values)
            Append(text, dropIn);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string file)
    {
        try
        {
            text.Append(KeyFile.Text(KeyFile.Sections(file).Where(section => section is { Name: not (null or "Match") })));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It went meanwhile.
        }
    }

    // The identifier that the server knows us by is the byte 255, four bytes of the interface's number, and the machine's.
    private static string? Iaid(IReadOnlyDictionary<string, string>? lease) =>
        lease?.GetValueOrDefault("CLIENTID") is { Length: > 10 } id
        && id.StartsWith("ff", StringComparison.OrdinalIgnoreCase)
        && uint.TryParse(id.AsSpan(2, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint number)
            ? number.ToString(CultureInfo.InvariantCulture) : null;

    private static IPAddress? Server(IReadOnlyDictionary<string, string>? lease) =>
        IPAddress.TryParse(lease?.GetValueOrDefault("SERVER_ADDRESS"), out IPAddress? server) ? server : null;
}
