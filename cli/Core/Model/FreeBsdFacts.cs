using System.Collections.Immutable;
using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>What only FreeBSD knows of the host.</summary>
internal sealed record FreeBsdFacts
{
    /// <summary>kern.vm_guest: <c>hv</c> on Hyper-V and Azure; null on a kernel without.</summary>
    public string? VmGuest { get; init; }

    /// <summary>hw.hn.vf_transparent: not zero where the kernel joins pairs itself; null where it cannot.</summary>
    public int? VfTransparent { get; init; }

    /// <summary>hw.hn.vflist: the VFs that hn(4) knows by name; null on a kernel that has no such list.</summary>
    public ImmutableArray<string>? VfList { get; init; }

    /// <summary>Each synthetic NIC with its VF (hw.hn.vfmap, else dev.hn.N.vf).</summary>
    public ImmutableArray<VfPair> Pairs { get; init; } = [];

    /// <summary>ND6_IFF_* flags of the interfaces asked for; empty where the kernel has no IPv6.</summary>
    public ImmutableArray<Nd6State> Nd6 { get; init; } = [];

    /// <summary>Addresses with a CARP group, of all interfaces: they do not move.</summary>
    public ImmutableArray<CarpAddress> Carp { get; init; } = [];

    /// <summary>Interfaces asked for that use another routing table than the first (ifconfig's <c>fib</c>).</summary>
    public ImmutableArray<InterfaceFib> Fibs { get; init; } = [];

    /// <summary>The VF of this synthetic NIC, or null.</summary>
    public string? VfOf(string synthetic) => Pairs.FirstOrDefault(pair => pair.Synthetic == synthetic)?.Vf;

    /// <summary>The synthetic NIC of this VF, or null.</summary>
    public string? SyntheticOf(string vf) => Pairs.FirstOrDefault(pair => pair.Vf == vf)?.Synthetic;
}

/// <summary>A synthetic NIC and its VF, by their names now.</summary>
internal sealed record VfPair(string Synthetic, string Vf);

/// <summary>ND6_IFF_* flags of one interface.</summary>
internal sealed record Nd6State(int Link, uint Flags);

/// <summary>An address that a CARP group shares with other hosts.</summary>
internal sealed record CarpAddress(int Link, IPAddress Local, byte Vhid);

/// <summary>An interface and the routing table that its packets look into.</summary>
internal sealed record InterfaceFib(int Link, int Fib);
