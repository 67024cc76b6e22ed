using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Tests.Unit;

/// <summary>Hosts as short texts in <c>fixtures/*.host</c>: the output of <c>ip</c> and sysfs, one line per object.</summary>
/// <remarks>
/// <code>
/// kernel 5.15.0
/// 2: eth0 7c:1e:52:3e:f0:ce up device vmbus hv_netvsc
/// 4: enP31819s1 7c:1e:52:3e:f0:ce slave up master 2 device pci mlx5_core altname enP31819p0s2
/// 7: eth0.5 7c:1e:52:3e:f0:ce up lower 2 kind vlan
/// address 2 10.0.0.19/24 [temporary] [ends 3600]
/// route 2 default proto dhcp
/// owner 2 dhclient process 812
/// filter 2 egress bpf from-container
/// claim 3 exact fits 3 /etc/network/interfaces
/// sysctl 2 addr_gen_mode 2
/// reference 2 rulebyname nftables table inet filter, chain input, handle 4
/// unread the firewall could not be read (nftables: read rules)
/// dpdk 7c:1e:52:3e:f0:ce
/// idle 0001:00:02.0 15b3:1016 [driver]
/// join 7c:1e:52:3e:f0:ce synthetic 2 eth0 aggregate 9 bond-eth0
/// </code>
/// </remarks>
internal static class Fixtures
{
    /// <summary>Names of all hosts.</summary>
    public static IEnumerable<string> Names =>
        Directory.GetFiles(Folder(), "*.host").Select(file => Path.GetFileNameWithoutExtension(file)!).Order();

    /// <summary>The host with this name.</summary>
    public static Snapshot Host(string name) => Parse(File.ReadAllText(Path.Combine(Folder(), name + ".host")));

    /// <summary>Parses a host; # starts a comment.</summary>
    public static Snapshot Parse(string text)
    {
        Snapshot host = new();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
                host = Add(host, words);
        }
        return host;
    }

    private static Snapshot Add(Snapshot host, string[] words) => words switch
    {
        ["kernel", var version] => host with { Kernel = Version.Parse(version) },
        ["address", var link, var address, .. var rest] => host with
        {
            Addresses = host.Addresses.Add(new Address
            {
                Link = Number(link),
                Local = IPAddress.Parse(address.Split('/')[0]),
                PrefixLength = byte.Parse(address.Split('/')[1], CultureInfo.InvariantCulture),
                Flags = rest is ["temporary", ..] ? AddressFlags.Secondary : AddressFlags.None,
                ValidLifetime = rest is [.., "ends", var seconds] ? (uint)Number(seconds) : Address.Forever,
                Protocol = rest is ["proto", "ra"] ? (byte)2 : (byte)0,
            }),
        },
        ["route", var link, var to, "proto", var protocol, .. var rest] => host with
        {
            Routes = host.Routes.Add(new Route
            {
                Destination = to switch
                {
                    "default" => IPAddress.Any,
                    "default6" => IPAddress.IPv6Any,
                    _ => IPAddress.Parse(to.Split('/')[0]),
                },
                DestinationLength = to.StartsWith("default", StringComparison.Ordinal)
                    ? (byte)0 : byte.Parse(to.Split('/')[1], CultureInfo.InvariantCulture),
                Table = 254,
                Protocol = protocol switch { "kernel" => 2, "static" => 4, "ra" => 9, "dhcp" => 16, _ => throw Bad(words) },
                NextHopId = rest is ["nhid", var id] ? (uint)Number(id) : 0,
                Legs = rest is ["nhid", _] ? [] : [new RouteLeg(Number(link), null)],
            }),
        },
        ["nexthop", var id, "dev", var link] => host with
        {
            NextHops = host.NextHops.Add(new NextHop { Id = (uint)Number(id), Family = 2, Link = Number(link) }),
        },
        ["nexthop", var id, "group", .. var members] => host with
        {
            NextHops = host.NextHops.Add(new NextHop
            {
                Id = (uint)Number(id), Members = [.. members.Select(member => (uint)Number(member))],
            }),
        },
        ["owner", var link, var program, .. var evidence] => host with
        {
            Owners = host.Owners.Add(new Owner(Number(link), program, string.Join(' ', evidence))),
        },
        ["claim", var link, var how, "fits", var fits, .. var file] => host with
        {
            Claims = host.Claims.Add(new Claim(Number(link), "a program", string.Join(' ', file),
                [.. fits.Split(',').Select(Number)], how == "exact")),
        },
        ["sysctl", var link, var name, var value] => host with
        {
            Sysctls = host.Sysctls.Add(new Sysctl(Number(link), "ipv6/conf", name, value)),
        },
        ["unseen", var link, var hook, .. var why] => host with
        {
            Classifiers = host.Classifiers.Add(new Classifier(Number(link), Enum.Parse<Hook>(hook, ignoreCase: true), "tcx")
            {
                Unseen = string.Join(' ', why),
            }),
        },
        ["filter", var link, var hook, var kind, .. var name] => host with
        {
            Classifiers = host.Classifiers.Add(new Classifier(
                Number(link), Enum.Parse<Hook>(hook, ignoreCase: true), kind, 49152, name.FirstOrDefault())),
        },
        ["idle", var slot, var id, .. var driver] => host with
        {
            IdleNics = host.IdleNics.Add(new IdleNic(slot, id, driver.FirstOrDefault())),
        },
        ["reference", var link, var kind, .. var place] => host with
        {
            References = host.References with
            {
                Found = host.References.Found.Add(new InterfaceReference(
                    Number(link), Enum.Parse<ReferenceKind>(kind, ignoreCase: true), string.Join(' ', place))),
            },
        },
        ["unread", .. var what] => host with
        {
            References = host.References with { Unread = host.References.Unread.Add(string.Join(' ', what)) },
        },
        ["dpdk", var mac] => host with { DpdkSynthetics = host.DpdkSynthetics.Add(new HardwareAddress(mac)) },
        ["join", var mac, "synthetic", var synthetic, var name, "aggregate", var aggregate, var bond] => host with
        {
            Joins = host.Joins.Add(
                new Join(new HardwareAddress(mac), Number(synthetic), name, Number(aggregate), bond)),
        },
        [var index, var name, var mac, .. var rest] when index.EndsWith(':') => host with
        {
            Links = host.Links.Add(WithWords(new Link
            {
                Index = Number(index[..^1]), Name = name, Address = new HardwareAddress(mac), Mtu = 1500,
            }, rest)),
        },
        _ => throw Bad(words),
    };

    private static Link WithWords(Link link, ReadOnlySpan<string> words) => words switch
    {
        [] => link,
        ["up", .. var rest] => WithWords(
            link with { Flags = link.Flags | LinkFlags.Up | LinkFlags.Running | LinkFlags.LowerUp, Carrier = true }, rest),
        ["slave", .. var rest] => WithWords(link with { Flags = link.Flags | LinkFlags.Slave }, rest),
        ["master", var master, .. var rest] => WithWords(link with { Master = Number(master) }, rest),
        ["port", var kind, .. var rest] => WithWords(link with { PortKind = kind }, rest),
        ["lower", var lower, .. var rest] => WithWords(link with { Lower = Number(lower) }, rest),
        ["lower-elsewhere", var lower, .. var rest] =>
            WithWords(link with { Lower = Number(lower), LowerElsewhere = true }, rest),
        ["under", var lower, .. var rest] => WithWords(link with { Underlays = link.Underlays.Add(Number(lower)) }, rest),
        ["group", var mac, .. var rest] =>
            WithWords(link with { MulticastAddresses = link.MulticastAddresses.Add(mac) }, rest),
        ["kind", var kind, .. var rest] => WithWords(link with { Kind = kind }, rest),
        ["type", var type, .. var rest] => WithWords(link with { Type = (ushort)Number(type) }, rest),
        ["permanent", var mac, .. var rest] => WithWords(link with { PermanentAddress = new HardwareAddress(mac) }, rest),
        ["altname", var name, .. var rest] => WithWords(link with { AltNames = link.AltNames.Add(name) }, rest),
        ["device", var bus, var driver, .. var rest] =>
            WithWords(link with { Device = new Device(driver, bus, $"{bus}/{link.Index}", 0) }, rest),
        ["switch-port", var port, .. var rest] =>
            WithWords(link with { Device = link.Device! with { SwitchPort = port } }, rest),
        ["xdp", .. var rest] => WithWords(link with { HasXdp = true }, rest),
        ["dev-port", var port, .. var rest] =>
            WithWords(link with { Device = link.Device! with { Port = (uint)Number(port) } }, rest),
        _ => throw Bad([.. words]),
    };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static FormatException Bad(string[] words) => new($"not understood: {string.Join(' ', words)}");

    private static string Folder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "fixtures");
}
