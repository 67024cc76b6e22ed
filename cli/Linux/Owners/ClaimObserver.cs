using System.Collections.Immutable;
using System.IO.Enumeration;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux.Owners;

/// <summary>Finds out which configuration files are meant for which NICs. It reads a few small files and asks no program, so
/// that a udev worker can afford it at boot, before any of these programs runs.</summary>
/// <remarks>netplan and cloud-init write files of these kinds. A condition that is not known here (Host=, Virtualization=)
/// counts as met: then the file fits both NICs of a pair and says nothing about either.</remarks>
internal static class ClaimObserver
{
    private static readonly string[] s_profiles =
        ["etc/NetworkManager/system-connections", "run/NetworkManager/system-connections", "usr/lib/NetworkManager/system-connections"];

    private static readonly string[] s_ifcfg = ["etc/sysconfig/network-scripts", "etc/sysconfig/network"];

    /// <summary>All claims on these interfaces.</summary>
    /// <param name="root">Where the files are; <c>/</c> but for tests.</param>
    /// <param name="links">All interfaces of this network namespace.</param>
    public static ImmutableArray<Claim> Observe(string root, IReadOnlyList<Link> links)
    {
        Link[] hardware = [.. links.Where(link => link.Device is not null)];
        return [.. OfNetworkd(root, hardware), .. OfNetworkManager(root, hardware), .. OfIfcfg(root, hardware),
            .. OfIfupdown(root, hardware)];
    }

    // Of the files that match, networkd takes the first.
    private static IEnumerable<Claim> OfNetworkd(string root, Link[] hardware)
    {
        (string Path, IniFile Text)[] files = [.. Networkd.Files(root).Select(path =>
            (path, IniFile.Read([path, .. IniFile.Files(path + ".d", "*.conf")])))];
        foreach (Link link in hardware)
        {
            (string? path, IniFile? text) = files.FirstOrDefault(file => Matches(file.Text, link));
            if (path is null || IsTrue(text!["Link", "Unmanaged"]))
                continue;
            yield return New(root, link, Networkd.Daemon, path, hardware.Where(other => Matches(text, other)),
                IsNamed(text.Words("Match", "Name"), link) || text.Words("Match", "Path") is not null);
        }
    }

    private static bool Matches(IniFile file, Link link) =>
        Fits(file.Words("Match", "Name"), [link.Name, .. link.AltNames])
        && FitsAddress(file.Words("Match", "MACAddress"), link.Address)
        && FitsAddress(file.Words("Match", "PermanentMACAddress"), link.PairAddress)
        && Fits(file.Words("Match", "Driver"), [link.Device?.Driver ?? ""])
        && Fits(file.Words("Match", "Path"), [PathId(link)])
        && Fits(file.Words("Match", "Type"), ["ether"])
        && Fits(file.Words("Match", "Kind"), [""]);

    private static IEnumerable<Claim> OfNetworkManager(string root, Link[] hardware)
    {
        foreach (string path in s_profiles.SelectMany(directory => IniFile.Files(Path.Combine(root, directory), "*")))
        {
            IniFile profile = IniFile.Read(path);
            if (profile["connection", "type"] is not ("ethernet" or "802-3-ethernet") || profile["connection", "autoconnect"] is "false" or "0"
                // One that it has made up itself for whatever NIC there was.
                || IsTrue(profile[".nmmeta", "nm-generated"])
                || profile["ipv4", "method"] == "disabled" && profile["ipv6", "method"] is "disabled" or "ignore")
                continue;
            string? name = profile["connection", "interface-name"], mac = profile["ethernet", "mac-address"]
                ?? profile["802-3-ethernet", "mac-address"];
            bool fits(Link link) => (string.IsNullOrEmpty(name) || name == link.Name)
                && FitsAddress(string.IsNullOrEmpty(mac) ? null : [mac], link.PairAddress)
                && Fits(profile.Words("match", "interface-name"), [link.Name])
                && Fits(profile.Words("match", "driver"), [link.Device?.Driver ?? ""])
                && Fits(profile.Words("match", "path"), [PathId(link)]);
            foreach (Link link in hardware.Where(fits))
            {
                yield return New(root, link, NetworkManager.Daemon, path, hardware.Where(fits),
                    name == link.Name || IsNamed(profile.Words("match", "interface-name"), link) || profile.Words("match", "path") is not null);
            }
        }
    }

    // Red Hat's network-scripts and NetworkManager's plug-in for them; SUSE's wicked, where the file's name says the interface.
    private static IEnumerable<Claim> OfIfcfg(string root, Link[] hardware)
    {
        foreach (string path in s_ifcfg.SelectMany(directory => IniFile.Files(Path.Combine(root, directory), "ifcfg-*")))
        {
            IniFile file = IniFile.Read(path);
            string? value(string key) => file["", key]?.Trim('"', '\'');
            string? mac = value("HWADDR");
            string? name = value("DEVICE") ?? (mac is null ? Path.GetFileName(path)["ifcfg-".Length..] : null);
            bool idle = value("ONBOOT") is "no" || value("STARTMODE") is "off" or "manual"
                || value("BOOTPROTO") is null or "none" or "static" && value("IPADDR") is null && value("IPADDR0") is null
                    && value("MASTER") is null && value("BRIDGE") is null;
            bool fits(Link link) => (name is null || name == link.Name) && FitsAddress(mac is null ? null : [mac], link.PairAddress);
            foreach (Link link in hardware.Where(link => !idle && fits(link)))
                yield return New(root, link, "ifcfg", path, hardware.Where(fits), name is not null);
        }
    }

    private static IEnumerable<Claim> OfIfupdown(string root, Link[] hardware)
    {
        List<string> files = [Path.Combine(root, "etc/network/interfaces")];
        // "source" and "source-directory" name files by a pattern; Debian's and cloud-init's is this directory.
        files.AddRange(IniFile.Files(Path.Combine(root, "etc/network/interfaces.d"), "*"));
        foreach (string path in files)
        {
            Link? manual = null;
            foreach (string line in IniFile.Lines(path))
            {
                string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (words is ["iface", var name, ..] && hardware.FirstOrDefault(link => link.Name == name) is { } link)
                {
                    manual = words is [_, _, _, "manual", ..] ? link : null;
                    if (manual is null)
                        yield return New(root, link, "ifupdown", path, [link], isExact: true);
                }
                else if (words is ["iface", ..])
                    manual = null;
                else if (words is ["bond-master", ..] && manual is { } port)
                    yield return New(root, port, "ifupdown", path, [port], isExact: true);
            }
        }
    }

    private static Claim New(string root, Link link, string program, string path, IEnumerable<Link> fits, bool isExact) =>
        new(link.Index, program, Networkd.Shown(root, path), [.. fits.Select(other => other.Index)], isExact);

    private static bool IsTrue(string? value) => value is "yes" or "true" or "1" or "on" or "y" or "t";

    private static bool IsNamed(string[]? patterns, Link link) =>
        patterns?.Any(pattern => pattern == link.Name || link.AltNames.Contains(pattern)) == true;

    // Shell patterns, of which one must fit; a ! before the first turns the meaning of all (systemd.network(5)), before any
    // other that one's (nm-settings(5)).
    private static bool Fits(string[]? patterns, string[] values)
    {
        if (patterns is null)
            return true;
        string[] refused = [.. patterns.Where(pattern => pattern[0] == '!').Select(pattern => pattern[1..])];
        string[] wanted = [.. patterns.Where(pattern => pattern[0] != '!').Select(pattern => pattern.TrimStart('|', '&'))];
        if (patterns[0][0] == '!' && !patterns.Skip(1).Any(pattern => pattern[0] == '!'))
            (refused, wanted) = ([.. refused, .. wanted], []);
        return !Any(refused, values) && (wanted.Length == 0 || Any(wanted, values));
    }

    private static bool Any(string[] patterns, string[] values) => patterns.Any(pattern => values.Any(value =>
        FileSystemName.MatchesSimpleExpression(pattern, value, ignoreCase: false)));

    private static bool FitsAddress(string[]? addresses, HardwareAddress own) => addresses is null
        || addresses.Any(address => address.Replace('-', ':').Equals(own.Text, StringComparison.OrdinalIgnoreCase));

    // ID_PATH of udev's path_id: of a virtio device its PCI function's.
    private static string PathId(Link link) =>
        (link.Device?.Path ?? "").Split('/').LastOrDefault(part => part is [.., ':', _, _, '.', _] && part.Length >= "0000:00:00.0".Length)
            is { } function ? $"pci-{function}" : "";
}
