using System.Collections.Immutable;
using System.Globalization;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Joins;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Checks whether the owner of a joined pair's configuration still manages the bond, and asks it again if it does not: no other
/// program would renew the lease.</summary>
/// <remarks>This does not undo a join. The bond carries the traffic and keeps the address until the lease ends; to undo would cut the
/// network for certain, and the synthetic NIC would need the same owner. So the log tells the administrator, with the time that is left,
/// and the owner is asked again after a while (<see cref="RetryHoldOff"/>).</remarks>
internal static class OwnerWatch
{
    private static readonly TimeSpan s_doubt = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(10);

    /// <summary>Looks at one pair.</summary>
    public static ExitCode Look(HardwareAddress mac, World world, HostReader host)
    {
        if (Standing(mac, world) is null)
            return ExitCode.Done;
        using PairLock? held = PairLock.TryTake(world.Journals.Directory, mac);
        // It may have been detached meanwhile.
        if (held is null || Standing(mac, world) is not { } file)
            return ExitCode.Done;
        Join join = file.State.Finished!;
        RetryHoldOff holdOff = world.Journals.HoldOff;
        if (HandOver(file) is not { } handOver || handOver.Changes.OfType<OwnerCheck>().First() is not { Renews: true } check)
            return ExitCode.Done;
        if (Refusal(() => Make([check.Loosely], join, world, repeat: false)) is null)
        {
            holdOff.NotOwner(mac);
            return ExitCode.Done;
        }
        Snapshot snapshot = host.Complete(host.Links(), [join.Aggregate]).Host;
        Link? bond = snapshot.Find(join.Aggregate);
        Address[] addresses = [.. snapshot.Addresses.Where(address => address.Link == join.Aggregate && !address.Local.IsIPv6LinkLocal)];
        // Without an address the owner was stopped on purpose; so was one whose place another program has taken that renews leases, which
        // ifupdown's record of an interface does not. A bond without its synthetic is another matter (Policy).
        if (bond is null || snapshot.Find(join.Synthetic)?.Master != bond.Index || addresses.Length == 0
            || snapshot.Owners.Any(owner => owner.Link == bond.Index && check.IsReplacedBy(owner) && Renews(owner, snapshot, bond)))
            return ExitCode.Done;
        DateTimeOffset now = world.Clock.GetUtcNow();
        if (holdOff.OwnerUntil(mac) is not { } until || until - now > s_again)
        {
            // It may just be restarting, and then it takes the bond by itself.
            holdOff.Owner(mac, now + s_doubt);
            return ExitCode.Done;
        }
        if (now < until)
            return ExitCode.Done;

        Field[] fields = [Field.Mac(mac.ToString()), Field.Synthetic(join.SyntheticName), Field.Aggregate(bond.Name)];
        string? refusal = Refusal(() =>
        {
            Make(handOver.Changes, join, world, repeat: true);
            Make([check.Loosely], join, world, repeat: false);
        });
        if (refusal is null)
        {
            holdOff.NotOwner(mac);
            world.Log.Notice($"{check.Owner} had lost {bond.Name}, and manages it again", fields);
            return ExitCode.Done;
        }
        holdOff.Owner(mac, world.Clock.GetUtcNow() + s_again);
        world.Log.Error($"{bond.Name} has lost {check.Owner}, which does not take it again: {refusal}; {End(addresses, now)}: restart "
            + $"{check.Owner}, or configure {bond.Name} by hand", fields);
        return ExitCode.Refused;
    }

    private static bool Renews(Owner owner, Snapshot snapshot, Link bond) =>
        (owner.State as IHandOverState)?.HandOver(snapshot, bond)?.Renews != false;

    private static JournalFile? Standing(HardwareAddress mac, World world) =>
        world.Journals.Read(mac) is { State: { IsOpen: false, Finished: { } join } } file
            && world.Policy.Joins.Of(join.Kind).MovesConfiguration && world.Journals.IsOurs(file) ? file : null;

    // The step asks, and ends with the check.
    private static Step? HandOver(JournalFile file) =>
        file.State.Join!.Plan.Steps.FirstOrDefault(step => step.Changes.Any(change => change is OwnerCheck));

    private static void Make(ImmutableArray<Change> changes, Join join, World world, bool repeat) =>
        world.Network.Apply(changes, join.Aggregate, repeat);

    private static string? Refusal(Action make)
    {
        try
        {
            make();
            return null;
        }
        catch (SystemRefusal refusal)
        {
            return refusal.Message;
        }
    }

    private static string End(Address[] addresses, DateTimeOffset now) =>
        addresses.Where(address => address.ValidLifetime != Address.Forever).MinBy(address => address.ValidLifetime) is { } first
            ? $"nothing renews {first.Local}/{first.PrefixLength}, which ends at "
                + now.AddSeconds(first.ValidLifetime).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : "nothing renews its addresses, whose end is not known";
}
