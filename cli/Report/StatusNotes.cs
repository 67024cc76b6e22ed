using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;

namespace HypervVfattach.Report;

/// <summary>Says why a pair is as it is, and what to do.</summary>
/// <param name="pair">The pair.</param>
/// <param name="host">The host.</param>
/// <param name="state">How the pair is joined.</param>
/// <param name="master">Its bond, lagg, team or bridge, or null.</param>
/// <param name="carrier">Its active path.</param>
/// <param name="use">What its counters show, if the kernel joined it; else null.</param>
/// <param name="isJoined">Whether the two are joined, by whomever.</param>
/// <param name="isKernels">Whether the kernel joins such a pair by itself.</param>
internal sealed class StatusNotes(
    Pair pair, Snapshot host, PairState state, Link? master, Carrier carrier, PathUse? use, bool isJoined, bool isKernels)
{
    private const string Manual = "hyperv-vfattach-status(7)";

    private string Synthetic => pair.Synthetic.Name;

    /// <summary>The note; null if there is nothing to say.</summary>
    /// <param name="decision">What the next event of the pair would do.</param>
    /// <param name="journal">The pair's journal.</param>
    /// <param name="failure">The failure for which the timer leaves the pair alone; null if it does not.</param>
    /// <param name="path">The state of the path check; null where none is set.</param>
    /// <param name="isObserveOnly">Whether the administrator permits no change of the network.</param>
    public string? Of(Decision decision, JournalStatus journal, string? failure, string? path, bool isObserveOnly) => state switch
    {
        PairState.Damaged => "the pair is left alone: restart the machine, or, when the interfaces are as you want them, remove the journal",
        // A half-finished join of ours looks like a foreign bond.
        PairState.Unfinished when isObserveOnly => "observe only: what was interrupted is left as it is until observe_only is removed",
        PairState.Unfinished => "a run is at work or was interrupted: hyperv-vfattach scan finishes or undoes it",
        _ when journal == JournalStatus.Unreadable => "only root may read the journal, which tells whether the join is complete",
        _ => Together(Of(decision, failure, path, isObserveOnly), PathCheck.IsReason(failure) ? null : WhyNotVf(), WhyNothing(), WhyAddresses(decision), WhyMtu(), WhyNotReceived(), path, Above()),
    };

    private string? Of(Decision decision, string? failure, string? path, bool isObserveOnly) => decision switch
    {
        _ when PathCheck.IsReason(failure) && decision is not Refuse => path is not null ? failure
            : $"{failure}; the check has ended, and the timer uses {pair.Vf?.Name} again when a gateway answers through it",
        // Everything is right, and the other fields show it.
        NotOurs or LeaveAlone when state is PairState.Transparent or PairState.Joined => WhyNoVf(),
        NotOurs or Do when pair.Vf is null && state is (PairState.NoVf or PairState.NoDriver or PairState.OtherProgram) => WhyNoVf(),
        Do when isObserveOnly => "observe only: nothing is joined until observe_only is removed from the configuration file",
        Refuse refuse when isObserveOnly => $"observe only: nothing is joined, and a join would be refused: {refuse.Reason}; {refuse.Advice}",
        Do when failure is not null =>
            $"{failure}; {(pair.IsVfDeliveredTo && LeftAlone.IsByTry(failure) ? "while a neighbour answers, " : "")}"
            + "the timer leaves the pair alone until its VF comes again or you run hyperv-vfattach scan",
        Do when state == PairState.Joined && !isJoined && pair.Vf is { } lost => $"{lost.Name} is no port of {master?.Name} any more: hyperv-vfattach scan, which "
            + "the timer runs each minute, puts it back",
        Do => "not joined yet: hyperv-vfattach scan, which the timer runs each minute, joins it",
        Refuse refuse => $"{refuse.Reason}; {refuse.Advice}",
        LeaveAlone when state == PairState.OtherProgram && pair.Vf is { } vf && vf.Master == pair.Synthetic.Master => $"{decision.Reason}; "
            + (isKernels ? $"the kernel would join the two itself, and has the host deliver to {vf.Name} only then: configure {Synthetic} alone"
                : "nothing is to be done if it was made to join the two"),
        _ => decision.Reason,
    };

    /// <summary>A possible reason why a pair has no VF: a NIC with the pair's address that is not a VF, or PCI NICs without an
    /// interface, whose address the kernel does not know; otherwise the host offers none.</summary>
    private string? WhyNoVf()
    {
        if (pair.Vf is not null)
            return null;
        if (host.Links.FirstOrDefault(link => link.Device?.SwitchPort is not null && link.PairAddress == pair.Mac) is { } port)
            return $"{port.Name} has the address {pair.Mac}, but is a port of a switch in this machine ({port.Device!.SwitchPort}) and no VF";
        if (!host.IdleNics.IsEmpty)
            return string.Join("; ", host.IdleNics.Select(Describe));
        if (StatusReport.VfOfAnotherAddress(pair, host) is { } vf)
            return $"{vf.Name} ({vf.Device!.Driver}) is a VF, but has the address {vf.PairAddress} and not that of {Synthetic}: at the host, give it {pair.Mac} "
                + "(ip link set PF vf N mac), and plug it in again; see hyperv-vfattach-kvm(7)";
        return $"the host offers no VF for {Synthetic}: during a live migration that passes; otherwise "
            + (pair.Synthetic.Device is { IsHyperVSynthetic: true }
                ? "accelerated networking (SR-IOV) is off for this NIC: on Azure, deallocate the VM, give it a size that has it, and run az network nic "
                    + "update --accelerated-networking true; on Hyper-V, run Set-VMNetworkAdapter -IovWeight 100"
                : "the definition of this guest has no passed-through VF with this MAC address (libvirt: interface type=\"hostdev\")")
            + $"; see {Manual}";
    }

    private string Describe(IdleNic nic)
    {
        string who = $"the PCI NIC {nic.Slot} ({nic.Id}), which may be the VF of {Synthetic},";
        return nic switch
        {
            { IsForUserSpace: true } => $"{who} is bound to {nic.Driver}: a program such as DPDK drives it",
            { Driver: { } driver } => $"{who} has the driver {driver}, but no interface here: see dmesg for the driver's reason",
            { Module: { } module, HasModule: true } => $"{who} has no driver: load the module {module} (modprobe {module}), and look why that was not "
                + "done at boot (blacklist in /etc/modprobe.d, initramfs)",
            { Module: { } module } => $"{who} has no driver, and this kernel lacks the module {module}: install the package that has it (such as "
                + "linux-modules-extra)",
            _ => $"{who} has no driver, and this kernel has no module for it",
        };
    }

    // Of a pair that is joined: why the VF does not carry the traffic.
    private string? WhyNotVf()
    {
        bool isPort = state == PairState.Transparent || master is null || pair.Vf?.Master == master.Index && pair.Synthetic.Master == master.Index;
        if (pair.Vf is not { } vf || !isPort || state is not (PairState.Transparent or PairState.Joined or PairState.OtherProgram))
            return null;
        // netvsc_vf_changed looks at IFF_UP only.
        if (state == PairState.Transparent && vf is { IsUp: true, Carrier: false } && (carrier == Carrier.Vf || use is { IsIdle: true }))
            return $"{vf.Name} has no carrier, and {pair.Synthetic.Device?.Driver} goes on sending through it: to send through {Synthetic} meanwhile, "
                + $"set {vf.Name} down";
        if (use is { Sent: UsedPath.Synthetic, Received: UsedPath.Vf })
            return $"packets are sent through {Synthetic} but received through {vf.Name}: the kernel has not followed the host's switch of the data "
                + $"path; to make it ask again, set {vf.Name} down and up";
        if (use is { Sent: UsedPath.Vf, Received: UsedPath.Synthetic })
            return $"packets are sent through {vf.Name} but received through {Synthetic}: the host has not switched the data path to "
                + $"the VF, or the kernel did not ask again after a change of the MTU; to make it ask, set {vf.Name} down and up";
        if (carrier != Carrier.Synthetic && (state != PairState.Transparent || vf.IsUp) || carrier == Carrier.Nothing)
            return null;
        if (!vf.IsUp)
            return $"{vf.Name} is switched off, so that the traffic goes through {Synthetic}: switch {vf.Name} on, and look what switched it off";
        if (!vf.Carrier)
            return $"{vf.Name} has no carrier, so that the traffic goes through {Synthetic}: the host's port has no link, or the VF's driver failed "
                + "(dmesg)";
        // The path that an idle pair used last is not the one that it would use now.
        if (use is { IsIdle: true })
            return $"the last packets went through {Synthetic}, and nothing is sent now: look again while something is sent";
        if (use is not null)
            return $"the kernel has joined {vf.Name}, but the traffic goes through {Synthetic}: the host has not switched the data path "
                + $"to the VF (dmesg then has no line \"Data path switched to VF: {vf.Name}\"); to make the kernel ask again, set {vf.Name} down and up; "
                + "if the host refuses, deallocate the VM and start it, or migrate it to another host";
        return master is not null ? $"{master.Name} sends through {Synthetic} though {vf.Name} could carry the traffic: look at its primary port" : null;
    }

    private string? WhyNothing()
    {
        if (carrier != Carrier.Nothing)
            return null;
        Link used = state != PairState.Transparent && master is not null && pair.Synthetic.Master == master.Index ? master : pair.Synthetic;
        return !used.IsUp ? $"{used.Name} is switched off"
            : $"{(pair.Vf is { } vf ? $"neither {Synthetic} nor {vf.Name} has a carrier" : $"{Synthetic} has no carrier")}: the host has disconnected "
                + "the NIC, or its switch has no link";
    }

    private string? WhyAddresses(Decision decision) => decision is not Refuse && pair.Vf is { } vf
        && host.Addresses.Any(address => address.Link == vf.Index && !PairObstacles.IsLinkLocal(address))
            ? $"a program took {vf.Name} for an ordinary NIC: have it leave {vf.Name} unmanaged, and remove the addresses; {Manual} says how" : null;

    private string? WhyMtu() => pair.Vf is { } vf && isJoined && (master ?? pair.Synthetic) is var configured && vf.Mtu != configured.Mtu
        ? $"larger packets are lost on one of the two paths: ip link set {vf.Name} mtu {configured.Mtu}" : null;

    private string? WhyNotReceived() => state == PairState.Joined && pair.Vf is { } vf
        && PairObstacles.JoinOf(pair, host) is { Kind: JoinKind.Redirect } && RedirectState.Missing(pair.Synthetic, vf) is { Count: > 0 } missing
            ? $"{vf.Name} does not receive {string.Join(", ", missing)}, which {Synthetic} receives: the timer adds them within a minute, unless "
                + $"{vf.Name} refuses them" : null;

    private string? Above() => state == PairState.Transparent && master is not null
        ? $"{Synthetic} is a port of {master.Name}, which another program made; the kernel joins the pair below it, so that {master.Name} is not needed"
        : null;

    private static string? Together(params ReadOnlySpan<string?> sentences)
    {
        string? all = null;
        foreach (string? sentence in sentences)
            all = all is null || sentence is null ? all ?? sentence : $"{all}; {sentence}";
        return all;
    }
}
