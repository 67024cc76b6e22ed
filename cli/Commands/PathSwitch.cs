using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Commands;

/// <summary>Takes the VF of a joined pair out of use for the path check, and uses it again: one change, then an entry of the history. The caller
/// holds the pair's lock.</summary>
internal static class PathSwitch
{
    /// <summary>Uses the synthetic NIC, and keeps the timer from the VF.</summary>
    /// <param name="view">The pair.</param>
    /// <param name="why">The reason in words.</param>
    /// <param name="world">The host.</param>
    public static void ToSynthetic(PathView view, string why, World world)
    {
        // First the reason, so that the timer does not use the VF again.
        world.Journals.HoldOff.Vf(view.Pair.Mac, view.Vf.Index, $"{PathCheck.Reason}: {why}", world.Clock.GetUtcNow());
        To(view.Pair.Synthetic, view, world);
        world.Recorder.Switched(view.Pair, toVf: false, why);
    }

    /// <summary>Uses the VF, if it is not in use already: a run may have ended between the reason and the switch.</summary>
    /// <inheritdoc cref="ToSynthetic"/>
    /// <returns>Whether it has switched.</returns>
    public static bool ToVf(PathView view, string why, World world)
    {
        if (!view.IsUsed)
            To(view.Vf, view, world);
        world.Journals.HoldOff.NotVf(view.Pair.Mac);
        if (!view.IsUsed)
            world.Recorder.Switched(view.Pair, toVf: true, why);
        return !view.IsUsed;
    }

    /// <summary>Uses a VF that a check has taken out, without the check, if a neighbour answers through it. If there is no neighbour to ask, its
    /// carrier is enough where the setting is gone or a person wants it. Takes up to two seconds.</summary>
    /// <returns>Whether it is in use.</returns>
    /// <exception cref="SystemRefusal">The kernel refused.</exception>
    public static bool Restore(HardwareAddress mac, bool isWanted, World world)
    {
        if (world.Network.IsObserveOnly)
            return false;
        using PairLock? held = PairLock.TryTake(world.Journals.Directory, mac);
        if (held is null)
            return false;
        RetryHoldOff holdOff = world.Journals.HoldOff;
        if (!PathView.Of(mac, world, isEnded: true, out PathView? view))
        {
            // There is no join any more that the check could have changed. A detach or a failed join has a reason of its own.
            holdOff.NotPathCheck(mac);
            return false;
        }
        if (view is null || holdOff.WhyPathCheck(mac, view.Vf.Index) is null)
            return false;
        if (!view.IsPrepared)
        {
            // What the VF received would be lost. A join prepares it anew, and undoes that if nothing answers.
            holdOff.NotVf(mac);
            return false;
        }
        if (!view.IsUsed && view.Vf is not { IsUp: true, Carrier: true })
            return false;
        if (!view.IsUsed && (view.Questions.IsEmpty ? view.IsOn && !isWanted : view.Ask(view.Vf, world).IsEmpty))
        {
            // A bridge of the host sends to where it saw the MAC address last: the same question on the path in use follows.
            view.Ask(view.Pair.Synthetic, world);
            world.Log.Debug($"path check: {view.Words} still does not answer through {view.Vf.Name}", view.Fields);
            return false;
        }
        string why = !view.IsOn ? "the path check has ended" : view.Questions.IsEmpty ? "no neighbour can be asked"
            : $"{view.Words} answers through {view.Vf.Name} again";
        if (ToVf(view, why, world))
            world.Log.Notice($"{why}: {view.Vf.Name} carries the traffic of {view.Pair.Synthetic.Name} again", view.Fields);
        return true;
    }

    private static void To(Link port, PathView view, World world) => world.Network.Apply(
        [view.Join.Aggregate != 0 ? new SetPrimary(view.Join.Aggregate, port.Index)
            : new SwitchPath(view.Pair.Synthetic.Index, port.Index == view.Vf.Index ? port.Index : 0)], 0, repeat: false);
}
