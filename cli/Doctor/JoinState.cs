using HypervVfattach.Core;
using HypervVfattach.Core.Planning;
using HypervVfattach.Report;

namespace HypervVfattach.Doctor;

/// <summary>A pair is not joined, or its join is not whole.</summary>
internal static class JoinState
{
    public static void Check(Examined host, Findings found)
    {
        for (int i = 0; i < host.Statuses.Length; i++)
        {
            PairStatus status = host.Statuses[i];
            switch (status.State)
            {
                case PairState.NotJoined:
                    NotJoined(host, host.Pairs[i], found);
                    break;
                case PairState.TakenApart:
                    found.Add("not-joined/taken-apart", status.Synthetic.Name);
                    break;
                case PairState.Unfinished:
                    found.Add("journal", status.Synthetic.Name, status.Journal.Detail ?? "");
                    break;
                case PairState.Damaged:
                    found.Add("journal/damaged", status.Synthetic.Name, status.Journal.Detail ?? "");
                    break;
            }
        }
    }

    private static void NotJoined(Examined host, Pair pair, Findings found)
    {
        // That the kernel failed is a fault, whatever this program is set to do about it.
        bool kernel = host.Policy.KernelDidNotJoin(pair, host.Host);
        Settings settings = kernel ? new Settings { SyntheticDrivers = host.Settings.SyntheticDrivers } : host.Settings;
        switch (host.Policy.Decide(pair, delayOver: true, host.Host, settings))
        {
            case Refuse refuse:
                found.Add(kernel ? "kernel-join" : "not-joined", pair.Synthetic.Name, refuse.Reason, refuse.Advice);
                break;
            case Do:
                found.Add("not-joined", pair.Synthetic.Name, "nothing has joined it with its VF yet",
                    "hyperv-vfattach scan --dry-run shows what a join would change, hyperv-vfattach scan joins");
                break;
            case LeaveAlone alone when pair.IsAmbiguous:
                found.Add("not-joined", pair.Synthetic.Name, alone.Reason, "give each synthetic NIC its own MAC address at the host");
                break;
        }
    }
}
