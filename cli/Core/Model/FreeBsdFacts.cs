using System.Collections.Immutable;
using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>A FreeBSD host at one moment.</summary>
internal sealed record FreeBsdSnapshot : Snapshot
{
    /// <summary>What only FreeBSD has.</summary>
    public required FreeBsdFacts Facts { get; init; }
}

/// <summary>What only FreeBSD has.</summary>
internal sealed record FreeBsdFacts
{
    /// <summary>LAGG_MAX_PORTS (net/if_lagg.h): a lagg has no more ports.</summary>
    public const int MaxLaggPorts = 32;

    /// <summary>The facts of a host that runs FreeBSD; only a lagg and FreeBSD's policy ask, and neither is offered elsewhere.</summary>
    public static FreeBsdFacts Of(Snapshot snapshot) => ((FreeBsdSnapshot)snapshot).Facts;

    /// <summary>hw.hn.vf_transparent: not zero where the kernel joins pairs itself; null where it cannot.</summary>
    public int? VfTransparent { get; init; }

    /// <summary>hw.hn.vflist: names of the VFs that hn(4) knows; null on a kernel without that list.</summary>
    public ImmutableArray<string>? VfList { get; init; }

    /// <summary>Each synthetic NIC with its VF (hw.hn.vfmap, else dev.hn.N.vf).</summary>
    public ImmutableArray<VfPair> Pairs { get; init; } = [];

    /// <summary>ND6_IFF_* flags of the interfaces asked for; empty where the kernel has no IPv6.</summary>
    public ImmutableArray<Nd6State> Nd6 { get; init; } = [];

    /// <summary>Addresses of CARP groups, on all interfaces: they do not move.</summary>
    public ImmutableArray<CarpAddress> Carp { get; init; } = [];

    /// <summary>Interfaces asked for that use a routing table other than 0 (ifconfig's <c>fib</c>).</summary>
    public ImmutableArray<InterfaceFib> Fibs { get; init; } = [];

    /// <summary>The dhclient(8) processes of the interfaces asked for.</summary>
    public ImmutableArray<DhcpClient> DhcpClients { get; init; } = [];

    /// <summary>Bridges that have one of the interfaces asked for as a member.</summary>
    public ImmutableArray<BridgeMember> Bridged { get; init; } = [];

    /// <summary>Static ARP entries of the interfaces asked for (<c>arp -s</c>).</summary>
    public ImmutableArray<StaticArp> StaticArps { get; init; } = [];

    /// <summary>The settings in rc.conf for the synthetic NICs asked for.</summary>
    public ImmutableArray<RcConf> RcConfs { get; init; } = [];

    /// <summary>The settings in rc.conf for an interface; null if they were not read.</summary>
    public RcConf? RcConfOf(int link) => RcConfs.FirstOrDefault(conf => conf.Link == link);

    /// <summary>The VF of this synthetic NIC, or null.</summary>
    public string? VfOf(string synthetic) => Pairs.FirstOrDefault(pair => pair.Synthetic == synthetic)?.Vf;
}

/// <summary>A synthetic NIC and its VF, by their present names.</summary>
internal sealed record VfPair(string Synthetic, string Vf);

/// <summary>ND6_IFF_* flags of one interface.</summary>
internal sealed record Nd6State(int Link, uint Flags);

/// <summary>An address that a CARP group shares with other hosts.</summary>
internal sealed record CarpAddress(int Link, IPAddress Local, byte Vhid);

/// <summary>An interface and its routing table.</summary>
internal sealed record InterfaceFib(int Link, int Fib);

/// <summary>A running dhclient(8).</summary>
internal sealed record DhcpClient(int Link, int ProcessId);

/// <summary>An interface that is a member of a bridge.</summary>
internal sealed record BridgeMember(int Link, string Bridge);

/// <summary>A static ARP entry of an interface.</summary>
internal sealed record StaticArp(int Link, IPAddress Address);

/// <summary>The settings of one interface in rc.conf and the files that it includes, as the system's own network.subr reads them.</summary>
/// <param name="Link">Index of the interface.</param>
internal sealed record RcConf(int Link)
{
    /// <summary>Why they cannot be read; null if they were read.</summary>
    public string? Fault { get; init; }

    /// <summary>The calls of ifconfig(8) that configure the interface: their arguments after its name.</summary>
    public ImmutableArray<ImmutableArray<string>> Ifconfig { get; init; } = [];

    /// <summary>Whether DHCP configures it (DHCP, SYNCDHCP, NOSYNCDHCP).</summary>
    public bool Dhcp { get; init; }

    /// <summary>dhclient_program and its flags.</summary>
    public ImmutableArray<string> Dhclient { get; init; } = ["/sbin/dhclient"];

    /// <summary>Whether router advertisements configure it (accept_rtadv).</summary>
    public bool Autoconfigured { get; init; }

    /// <summary>rtsol_flags.</summary>
    public ImmutableArray<string> RtsolFlags { get; init; } = [];

    /// <summary>ifconfig_IF_descr.</summary>
    public string? Description { get; init; }

    /// <summary>Whether any setting configures the interface.</summary>
    public bool Configures => Dhcp || Autoconfigured || !Ifconfig.IsEmpty;
}
