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

    /// <summary>Whether networkd has done all that its file says, or does not know the interface.</summary>
    public static bool IsConfigured(int link) => AdminState(link) is null or "configured" or "linger";

    /// <summary>systemd-networkd as owner of this interface, or null.</summary>
    public static Owner? Of(Link link, string root)
    {
        string file = $"/run/systemd/netif/links/{link.Index}";
        if (KeyFile.Read(root.TrimEnd('/') + file) is not { } state
            || !state.TryGetValue("ADMIN_STATE", out string? admin) || admin is "unmanaged" or "linger" or "")
            return null;
        string by = state.TryGetValue("NETWORK_FILE", out string? network) ? $" by {network}" : "";
        string origin = network?.Contains("-netplan-", StringComparison.Ordinal) == true ? ", which netplan wrote" : "";
        return new Owner(link.Index, Daemon, $"{file}: {admin}{by}{origin}")
        {
            // One that is on the way to be configured will be looked at again; what stands on our bond is there in any case.
            State = network is not null && StateOf(link, root, Path.GetFileName(network)) is var of
                && (admin == "configured" || of is { IsAggregate: true }) ? of : null,
        };
    }

    private static string? AdminState(int link) =>
        KeyFile.Read($"/run/systemd/netif/links/{link}")?.GetValueOrDefault("ADMIN_STATE");

    private static NetworkdLink? StateOf(Link link, string root, string file)
    {
        string prefix = new NetworkdLink(0, link.PairAddress.ToString(), "", "", null, null, false).Prefix;
        bool isAggregate = link.Kind == "bond" && file.StartsWith(prefix, StringComparison.Ordinal);
        if (file.StartsWith(prefix, StringComparison.Ordinal))
            file = file[(file.IndexOf('-', prefix.Length) + 1)..];
        string text = Text(root, file);
        IReadOnlyDictionary<string, string>? lease = KeyFile.Read($"{root.TrimEnd('/')}/run/systemd/netif/leases/{link.Index}");
        return text.Length == 0 && !isAggregate ? null
            : new NetworkdLink(link.Index, link.PairAddress.ToString(), file, text, Iaid(lease), Server(lease), isAggregate)
            {
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
            bool matching = false;
            foreach (string line in File.ReadAllLines(file))
            {
                if (line.StartsWith('['))
                    matching = line.StartsWith("[Match]", StringComparison.Ordinal);
                if (!matching)
                    text.Append(line).Append('\n');
            }
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
