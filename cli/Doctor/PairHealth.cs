using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Report;

namespace HypervVfattach.Doctor;

/// <summary>What <c>status</c> finds wrong with a pair, and by how much (<see cref="HealthRules"/>), in the words of <c>doctor</c>.</summary>
internal sealed class PairHealth(Examined host, Pair pair, PairStatus status, Findings found)
{
    private readonly PairFaults _faults = HealthRules.Faults(status);

    private string Synthetic => pair.Synthetic.Name;

    // Only a fault of a pair that has a VF names it.
    private string Vf => pair.Vf?.Name ?? "";

    public static void Check(Examined host, Findings found)
    {
        for (int i = 0; i < host.Statuses.Length; i++)
            new PairHealth(host, host.Pairs[i], host.Statuses[i], found).Check();
        foreach (LoneVf lone in StatusReport.LoneVfs(host.Pairs, host.Sources))
        {
            if (HealthRules.Of(lone) is not Health.Healthy and var health)
                found.Add(health, "lone-vf/lost", lone.Vf.Name);
            else
                found.Add("lone-vf", lone.Vf.Name);
        }
    }

    private void Check()
    {
        string journal = status.Journal.Detail ?? "";
        Add(PairFaults.Damaged, "journal/damaged", Synthetic, journal);
        Add(PairFaults.Unfinished, "journal", Synthetic, journal);
        Add(PairFaults.TakenApart, "not-joined/taken-apart", Synthetic);
        Add(PairFaults.NoPath, "no-path", Synthetic, pair.Vf is { } vf ? $"{State(pair.Synthetic)}, {State(vf)}" : State(pair.Synthetic));
        if (Has(PairFaults.NotJoined) && !OneLeg())
            NotJoined();
        foreach (Link? nic in (ReadOnlySpan<Link?>)[pair.Synthetic, pair.Vf])
        {
            if (nic is not null && nic.Address != pair.Mac)
                found.Add("mac", nic.Name, nic.Address.Text, pair.Mac.Text);
        }
        Add(PairFaults.OtherBond, "other-bond", status.Aggregate ?? "", status.Interface.Kind ?? "", Synthetic, Vf);
        Add(PairFaults.Addresses, HasAddress() ? "vf-address" : "vf-address/only", Vf, string.Join(", ", status.VfAddresses), Synthetic);
        if (Has(PairFaults.Mtu))
            Add(PairFaults.Mtu, "mtu", Vf, Text(pair.Vf!.Mtu), status.Aggregate ?? Synthetic, Text(status.Mtu));
        Add(PairFaults.Split, "data-path/half", Synthetic, Vf, status.Carrier == Carrier.Vf ? Vf : Synthetic, status.Carrier == Carrier.Vf ? Synthetic : Vf);
        Add(PairFaults.SwitchedOff, "data-path/down", Synthetic, Vf);
        Add(PairFaults.LostCarrier, "data-path/lost", Synthetic, Vf);
        Add(PairFaults.Unused, status.Vf is { HasCarrier: false } ? "data-path/carrier" : status.State == PairState.Transparent ? "data-path" : "data-path/port",
            Synthetic, Vf, status.Aggregate ?? "BOND");
        if (Has(PairFaults.NoInterface))
            NoInterface();
    }

    private bool Has(PairFaults fault) => (_faults & fault) != 0;

    private void Add(PairFaults fault, string text, string subject, params string[] words)
    {
        if (Has(fault))
            found.Add(HealthRules.Of(fault), text, subject, words);
    }

    // A bond or team has one NIC of the pair only.
    private bool OneLeg()
    {
        if (status is { Join: not null, Aggregate: { } own })
            Add(PairFaults.NotJoined, "one-leg/own", own, Synthetic, Vf);
        else if (Bond(pair.Synthetic) is { } bond)
            Add(PairFaults.NotJoined, "one-leg", bond.Name, bond.Kind!, Synthetic, Vf);
        else if (Bond(pair.Vf!) is { } other)
            Add(PairFaults.NotJoined, "one-leg/vf", other.Name, other.Kind!, Vf, Synthetic);
        else
            return false;
        return true;
    }

    private Link? Bond(Link port) => host.Host.Find(port.Master) is { Kind: "bond" or "team" } master ? master : null;

    private void NotJoined()
    {
        // That the kernel failed is a fault, whatever this program is set to do about it.
        bool kernel = host.Policy.KernelDidNotJoin(pair, host.Host);
        Settings settings = kernel ? new Settings { SyntheticDrivers = host.Settings.SyntheticDrivers } : host.Settings;
        Decision decision = host.Policy.Decide(pair, delayOver: true, host.Host, settings);
        (string reason, string advice) = decision switch
        {
            Refuse refuse => (refuse.Reason, refuse.Advice),
            Do => ("nothing has joined it with its VF yet",
                "hyperv-vfattach scan --dry-run shows what a join would change, hyperv-vfattach scan joins"),
            _ => (decision.Reason, pair.IsAmbiguous ? "give each synthetic NIC its own MAC address at the host"
                : "change that where it is configured, then hyperv-vfattach scan; or set join = \"none\" if it is meant"),
        };
        Add(PairFaults.NotJoined, kernel ? "kernel-join" : "not-joined", Synthetic, reason, advice);
    }

    private void NoInterface()
    {
        foreach (IdleNic nic in host.Host.IdleNics)
        {
            if (!nic.IsForUserSpace)
                Add(PairFaults.NoInterface, nic switch
                {
                    { Driver: not null } => "no-driver/failed",
                    { Module: null } => "no-driver/unknown",
                    { HasModule: false } => "no-driver/package",
                    _ => "no-driver",
                }, nic.Slot, nic.Id, Synthetic, nic.Driver ?? nic.Module ?? "");
        }
    }

    private bool HasAddress()
    {
        foreach (Address address in host.Host.Addresses)
        {
            if (address.Link == host.Configured(pair).Index && !PairObstacles.IsLinkLocal(address))
                return true;
        }
        return false;
    }

    private static string State(Link link) => $"{link.Name} {(!link.IsUp ? "is switched off" : !link.Carrier ? "has no carrier" : "is not used")}";

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
