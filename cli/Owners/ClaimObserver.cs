using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Interop;

namespace HypervVfattach.Owners;

/// <summary>Finds which configuration files apply to which NICs. It reads a few small files and asks no program, so it is cheap enough for
/// a udev worker at boot and works before any of these programs runs.</summary>
/// <remarks>netplan and cloud-init write files of these kinds. An unknown condition (Host=, Virtualization=) counts as met: then the file
/// fits both NICs of a pair and decides nothing.</remarks>
internal static class ClaimObserver
{
    private static readonly string[] s_profiles =
        ["etc/NetworkManager/system-connections", "run/NetworkManager/system-connections", "usr/lib/NetworkManager/system-connections"];

    private static readonly string[] s_wireless = ["WLANInterfaceType", "SSID", "BSSID"];

    private static readonly string[] s_ifcfg = ["etc/sysconfig/network-scripts", "etc/sysconfig/network"];

    /// <summary>All claims on these interfaces.</summary>
    /// <param name="root">Root of the file system; <c>/</c> except in tests.</param>
    /// <param name="links">All interfaces of this network namespace.</param>
    public static ImmutableArray<Claim> Observe(string root, IReadOnlyList<Link> links)
    {
        Link[] hardware = [.. links.Where(link => link.Device is not null)];
        return [.. OfNetworkd(root, hardware), .. OfNetworkManager(root, hardware), .. OfIfcfg(root, hardware),
            .. OfIfupdown(root, hardware)];
    }

    // networkd uses the first file that matches.
    private static IEnumerable<Claim> OfNetworkd(string root, Link[] hardware)
    {
        (string Path, IniFile Text)[] files = [.. Networkd.Files(root).Select(path => (path, Networkd.Read(root, Path.GetFileName(path))))];
        foreach (Link link in hardware)
        {
            (string? path, IniFile? text) = files.FirstOrDefault(file => Matches(file.Text, link));
            if (path is null || IsTrue(text!["Link", "Unmanaged"]))
                continue;
            yield return New(root, link, Networkd.Daemon, path, hardware.Where(other => Matches(text, other)),
                IsNamed(Words(text.Values("Match", "Name")), link) || text.Values("Match", "Path") is not null);
        }
    }

    // A file without a match condition matches nothing (network_verify, since systemd 243).
    private static bool Matches(IniFile file, Link link) =>
        file.Sections.Any(section => section is { Name: "Match", Assignments.Count: > 0 })
        && FitsOne(file.Values("Match", "Name"), [link.Name, .. link.AltNames])
        && FitsAddress(file.Values("Match", "MACAddress"), link.Address)
        && FitsAddress(file.Values("Match", "PermanentMACAddress"), link.PairAddress)
        && FitsOne(file.Values("Match", "Driver"), [link.Device?.Driver ?? ""])
        && FitsOne(file.Values("Match", "Path"), [PathId(link)])
        && FitsOne(file.Values("Match", "Type"), ["ether"])
        && FitsOne(file.Values("Match", "Kind"), [""])
        && s_wireless.All(key => file.Values("Match", key) is null);

    private static IEnumerable<Claim> OfNetworkManager(string root, Link[] hardware)
    {
        foreach (string path in s_profiles.SelectMany(directory => KernelFile.Files(Path.Combine(root, directory), "*")))
        {
            if (!IsSafe(root, path))
                continue;
            IniFile profile = IniFile.Read(path);
            string? ethernet(string key) => profile["ethernet", key] ?? profile["802-3-ethernet", key];
            string[]? match(string key) => profile.Values("match", key);
            if (profile["connection", "type"] is not ("ethernet" or "802-3-ethernet") || profile["connection", "autoconnect"] is "false" or "0"
                // NetworkManager generated this one for a NIC that had none.
                || IsTrue(profile[".nmmeta", "nm-generated"])
                || profile["ipv4", "method"] == "disabled" && profile["ipv6", "method"] is "disabled" or "ignore")
                continue;
            string? name = profile["connection", "interface-name"], mac = ethernet("mac-address"),
                others = ethernet("mac-address-denylist") ?? ethernet("mac-address-blacklist");
            bool fits(Link link) => (string.IsNullOrEmpty(name) || name == link.Name)
                && FitsAddress(string.IsNullOrEmpty(mac) ? null : [mac], link.PairAddress)
                && (string.IsNullOrEmpty(others) || !FitsAddress([others], link.PairAddress))
                && FitsAll(match("interface-name"), link.Name)
                && FitsAll(match("driver"), link.Device?.Driver ?? "")
                && FitsAll(match("path"), PathId(link));
            foreach (Link link in hardware.Where(fits))
            {
                yield return New(root, link, NetworkManager.Daemon, path, hardware.Where(fits),
                    name == link.Name || IsNamed(Words(match("interface-name")), link) || match("path") is not null);
            }
        }
    }

    // NetworkManager ignores profiles that others may read or that another user owns (nms_keyfile_utils_check_file_permissions), and the
    // backup copies of editors.
    private static bool IsSafe(string root, string path)
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        try
        {
            using OpenedFile? top = FileOpener.Open(root), profile = FileOpener.Open(path);
            return profile is { IsRegular: true } && profile.Owner == top?.Owner && (profile.Mode & others) == 0
                && Path.GetFileName(path) is not (['.', ..] or [.., '~']);
        }
        catch (SystemRefusal)
        {
            return false; // Its text cannot be read either.
        }
    }

    // Red Hat's network-scripts and NetworkManager's plug-in for them; SUSE's wicked, where the file's name gives the interface.
    private static IEnumerable<Claim> OfIfcfg(string root, Link[] hardware)
    {
        foreach (string path in s_ifcfg.SelectMany(directory => KernelFile.Files(Path.Combine(root, directory), "ifcfg-*")))
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

    /// <summary>The claims of ifupdown's configuration on these interfaces.</summary>
    public static IEnumerable<Claim> OfIfupdown(string root, Link[] hardware)
    {
        List<string> files = [Path.Combine(root, "etc/network/interfaces")];
        // "source" and "source-directory" include files by a pattern; Debian and cloud-init use this directory.
        files.AddRange(KernelFile.Files(Path.Combine(root, "etc/network/interfaces.d"), "*"));
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

    // As systemd's parse_boolean.
    private static bool IsTrue(string? value) => value?.ToLowerInvariant() is "yes" or "true" or "1" or "on" or "y" or "t";

    private static bool IsNamed(string[] patterns, Link link) =>
        patterns.Any(pattern => pattern == link.Name || link.AltNames.Contains(pattern));

    private static string[] Words(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split([' ', '\t', ';', ','], StringSplitOptions.RemoveEmptyEntries))];

    // Shell patterns, one of which must match; a ! before the first of an assignment inverts the whole assignment (systemd.network(5);
    // config_parse_match_ifnames, net_match_strv).
    private static bool FitsOne(string[]? assignments, string[] values)
    {
        string[] refused = Words(assignments?.Where(value => value[0] == '!').Select(value => value[1..]).ToArray());
        string[] wanted = Words(assignments?.Where(value => value[0] != '!').ToArray());
        return !refused.Any(fits) && (wanted.Length == 0 || wanted.Any(fits));

        bool fits(string pattern) => values.Any(value => Libc.fnmatch(pattern, value, 0) == 0);
    }

    // Shell patterns: one of those without a prefix or with |, and all with &, must match; !a means &!a (nm-settings(5), match).
    private static bool FitsAll(string[]? assignments, string value)
    {
        bool? any = null;
        foreach (string word in Words(assignments))
        {
            bool isOptional = word[0] is not ('&' or '!');
            string pattern = word[0] is '&' or '|' ? word[1..] : word;
            bool isInverted = pattern is ['!', ..];
            if (isInverted)
                pattern = pattern[1..];
            bool fits = (Libc.fnmatch(pattern, value, 0) == 0) != isInverted;
            if (isOptional)
                any = any == true || fits;
            else if (!fits)
                return false;
        }
        return any != false;
    }

    // "00:11:22:33:44:55", "00-11-22-33-44-55", "0011.2233.4455" (systemd.network(5)).
    private static bool FitsAddress(string[]? addresses, HardwareAddress own) =>
        addresses is null || Words(addresses).Any(address => Digits(address) == Digits(own.Text));

    private static string Digits(string address) => string.Concat(address.ToLowerInvariant().Split(':', '-', '.')
        .Select(part => part.PadLeft(address.Contains('.') ? 4 : 2, '0')));

    // ID_PATH as udev's path_id sets it; for a virtio device that of its PCI function.
    private static string PathId(Link link) =>
        (link.Device?.Path ?? "").Split('/').LastOrDefault(part => part is [.., ':', _, _, '.', _] && part.Length >= "0000:00:00.0".Length)
            is { } function ? $"pci-{function}" : "";
}
