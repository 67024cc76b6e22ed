using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Joins;

namespace HypervVfattach.Report;

/// <summary>How a pair is joined.</summary>
internal enum PairState
{
    /// <summary>Joined by the kernel: netvsc's transparent VF, or net_failover.</summary>
    Transparent,

    /// <summary>Joined by this program, in the way of <see cref="PairStatus.Join"/>.</summary>
    Joined,

    /// <summary>There is nothing to join: the synthetic NIC has no VF.</summary>
    NoVf,

    /// <summary>The same, but there is a PCI NIC without a driver, which may be its VF.</summary>
    NoDriver,

    /// <summary>Not joined: traffic goes through the synthetic NIC only.</summary>
    NotJoined,

    /// <summary>In a bond, team or bridge of another program.</summary>
    OtherProgram,

    /// <summary>Joined by this program and then taken apart by another one.</summary>
    TakenApart,

    /// <summary>A run of this program was interrupted: <c>scan</c> or the next event finishes or undoes it.</summary>
    Unfinished,

    /// <summary>Unknown: the journal is damaged.</summary>
    Damaged,
}

/// <summary>The interface through which a pair's traffic leaves.</summary>
internal enum Carrier
{
    Nothing,
    Synthetic,
    Vf,

    /// <summary>Unknown: only root may read a redirect's map, and a bridge does not tell.</summary>
    Unknown,
}

/// <summary>The content of a pair's journal, as far as status shows it.</summary>
/// <param name="State">none, joined, unfinished, damaged or unreadable.</param>
/// <param name="Detail">The progress of an unfinished plan, or the error of a damaged file; else null.</param>
internal sealed record JournalStatus(string State, string? Detail = null)
{
    /// <summary>There is no journal.</summary>
    public static readonly JournalStatus None = new("none");

    /// <summary>The journal of a finished join.</summary>
    public static readonly JournalStatus Joined = new("joined");

    /// <summary>A journal that only root may read.</summary>
    public static readonly JournalStatus Unreadable = new("unreadable");
}

/// <summary>One interface of a pair.</summary>
internal sealed class PortStatus(Link link, NicFacts facts, VfTraffic packets)
{
    public string Name => link.Name;
    public int Index => link.Index;
    public string? Driver => link.Device?.Driver;
    public HardwareAddress Address => link.Address;
    public uint Mtu => link.Mtu;
    public bool IsUp => link.IsUp;
    public bool HasCarrier => link.Carrier;

    /// <inheritdoc cref="NicFacts.Speed"/>
    public uint? Speed => facts.Speed;

    /// <inheritdoc cref="NicFacts.DriverVersion"/>
    public string? DriverVersion => facts.DriverVersion;

    /// <summary>Packets that this interface itself has received.</summary>
    public ulong ReceivedPackets => packets.Received;

    /// <summary>Packets that this interface itself has sent.</summary>
    public ulong SentPackets => packets.Sent;
}

/// <summary>One pair as it is now.</summary>
internal sealed class PairStatus
{
    public required HardwareAddress Mac { get; init; }
    public required PortStatus Synthetic { get; init; }

    /// <summary>Null while the VF is away.</summary>
    public PortStatus? Vf { get; init; }
    public required PairState State { get; init; }

    /// <summary>The PCI NIC without an interface that may be the VF; null if there is none.</summary>
    public IdleNic? Idle { get; init; }

    /// <summary>Whether the kernel joins such a pair by itself.</summary>
    public bool IsKernels { get; init; }

    /// <summary>The way of our join; null if we did not join the pair.</summary>
    public IJoin? Join { get; init; }

    /// <summary>Name of the bond, team or bridge, of any program, or null.</summary>
    public string? Aggregate { get; init; }

    /// <summary>The interface that programs use: the synthetic NIC, or the aggregate that it is a port of.</summary>
    public required Link Interface { get; init; }

    /// <summary>Whether the synthetic NIC and the VF are joined, by whomever.</summary>
    public bool IsJoined { get; init; }
    public required Carrier Carrier { get; init; }

    /// <summary>Whether nothing is sent or received now, so that <see cref="Carrier"/> is the path that was used last.</summary>
    public bool IsIdle { get; init; }

    /// <summary>Whether what is sent and what is received now take different paths.</summary>
    public bool IsSplit { get; init; }

    /// <summary>Whether the administrator wants the pair not to be joined (<c>join = "none"</c>).</summary>
    public bool IsOptedOut { get; init; }

    /// <summary>The packets of each path: of the sample, or, if it has none, all that were counted so far.</summary>
    public PathTraffic Packets { get; init; }

    /// <summary>The time in which <see cref="Packets"/> passed; null for all that were counted so far.</summary>
    public TimeSpan? Sampled { get; init; }
    public required uint Mtu { get; init; }

    /// <summary>Addresses on the VF except link-local ones, given by a program that took it for an ordinary NIC.</summary>
    public ImmutableArray<string> VfAddresses { get; init; } = [];

    /// <summary>The programs that configure the synthetic NIC, or the aggregate instead.</summary>
    public ImmutableArray<Owner> Owners { get; init; } = [];
    public required JournalStatus Journal { get; init; }

    /// <summary>The reason for the state and what to do, or the obstacle to a join; a sentence without full stop.</summary>
    public string? Note { get; init; }

    /// <summary>What happened to the pair until now; null if nothing is recorded or the record cannot be read.</summary>
    public PairHistory? History { get; init; }
}

/// <summary>A VF without a synthetic NIC: when it leaves, nothing takes over.</summary>
internal sealed class LoneVf(HardwareAddress mac, PortStatus vf)
{
    public HardwareAddress Mac => mac;
    public PortStatus Vf => vf;
}
