using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>path MAC</c>, run by hyperv-vfattach-path@.service: asks neighbours through the VF of a joined pair, and has the synthetic NIC
/// carry the traffic while none answers.</summary>
/// <remarks>
/// <para>The bonding driver has such a monitor (arp_ip_target). It is not used: when the targets are silent on both ports, it takes the bond's
/// carrier away, and with it the way into the machine; it excludes the fast check of the carrier (miimon); it returns to the primary port as
/// often as that fails; and NetworkManager overwrites its settings. This one does the same for both joins, and changes the path only if a
/// neighbour answers on the other one.</para>
/// <para>A neighbour counts only when it has answered once, so a wrong address in the settings changes nothing.</para>
/// </remarks>
internal sealed class PathCommand
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(10);

    // A question without an answer takes the whole round.
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(100);

    private readonly World _world;
    private readonly HardwareAddress _mac;
    private PathWatch _watch = new();
    private PathView? _view;
    private DateTimeOffset _seen, _begun;
    private DateTime _journal;
    private bool _saidSilent, _saidBoth;

    private PathCommand(World world, HardwareAddress mac) => (_world, _mac) = (world, mac);

    private DateTimeOffset Now => _world.Clock.GetUtcNow();

    /// <summary>Runs until the pair is not joined any more, or the setting is gone.</summary>
    public static ExitCode Run(PathRequest request, World world)
    {
        if (world.System.MissingPrivilege() is { } missing)
            return Dispatcher.Unprivileged(world, missing);
        if (request.DryRun || world.Network.IsObserveOnly)
            return ExitCode.Done;
        var command = new PathCommand(world, request.Mac);
        // A signal or a refusal ends the process here, and the next one goes on.
        while (command.Turn())
        {
        }
        world.Journals.HoldOff.NoPath(request.Mac);
        // The settings may permit less now than when this command began.
        if (!world.LoadSettings().ObserveOnly)
            PathSwitch.Restore(request.Mac, isWanted: false, world);
        world.Log.Info($"the path of {request.Mac} is not checked any more");
        return ExitCode.Done;
    }

    /// <summary>Starts the service for a joined pair whose settings ask for it.</summary>
    /// <returns>Whether it runs, or can be expected to.</returns>
    public static bool Start(HardwareAddress mac, Observation observed, World world)
    {
        if (world.Network.IsObserveOnly || observed.PairOf(mac) is not { Vf: { } vf } pair
            || !observed.Settings.For(pair, PairObstacles.JoinOf(pair, observed.Host), observed.Host).PathCheck.IsOn
            || world.Journals.Joins().FirstOrDefault(join => join.Mac == mac) is null)
            return false;
        if (world.System.CheckPath(mac) is not { } why)
            return world.Journals.HoldOff.AwaitPath(mac, world.Clock.GetUtcNow());
        world.Log.Warning($"the path of {vf.Name} is not checked: {why}", Field.Mac(mac.ToString()), Field.Vf(vf.Name));
        return false;
    }

    /// <summary>Has a scan start the check, and deals with a VF that the check has taken out of use: its path is dead, so that a join would
    /// fail, and be undone.</summary>
    /// <returns>How that ended; null if the check does not stand in the way of what else is to be done.</returns>
    public static ExitCode? Handle(Request request, Pair pair, Decision decision, Observation observed, World world)
    {
        if (pair.Vf is not { } vf)
            return null;
        RetryHoldOff holdOff = world.Journals.HoldOff;
        bool isScan = request is ScanRequest, isTimer = request is ScanRequest { Repair: true }, isPerson = !isTimer && !request.IsEvent;
        bool isOut = holdOff.WhyPathCheck(pair.Mac, vf.Index) is not null;
        bool isAwaited = (isOut || isScan && decision is LeaveAlone) && Start(pair.Mac, observed, world);
        if (!isOut)
            return null;
        // The service brings back what it has taken out, but a person wants it now.
        if ((!isAwaited || isPerson) && PathSwitch.Restore(pair.Mac, isPerson, world))
            return ExitCode.Done;
        // A VF that is off answers nothing, so that only a join can show whether its path works.
        if (isTimer || !vf.IsUp || holdOff.WhyPathCheck(pair.Mac, vf.Index) is not { } why
            || !(decision is LeaveAlone || decision is Do { Plan: var plan } && plan.Vf == vf.Index))
            return null;
        world.Log.Info($"{vf.Name} stays out of use until a neighbour answers through it: {why}", Field.Of(pair));
        return request.IsEvent ? ExitCode.Done : ExitCode.WithoutVf;
    }

    private bool Turn()
    {
        // A join, a detach and each of their steps write the journal.
        DateTime journal = File.GetLastWriteTimeUtc(_world.Journals.PathOf(_mac));
        // The clock may be set back.
        if (journal != _journal || (Now - _seen).Duration() >= s_fresh)
        {
            if (!PathView.Of(_mac, _world, isEnded: false, out PathView? now))
                return false;
            if (now?.Vf.Index != _view?.Vf.Index)
                Begin(now);
            (_view, _seen, _journal) = (now, Now, journal);
        }
        if (_view is not { } view)
        {
            _world.Pause(PathWatch.Round);
            return true;
        }
        // A scan, or the bond itself, may have used the VF again; a join that failed since has its own reason.
        bool isOurs = IsOurs(view), isUsed = view.IsUsed;
        if ((_watch.IsOut || _watch.HeldUntil is not null) && (!isOurs || isUsed))
            _watch.CameBack();
        else if (isOurs && !isUsed)
            _watch.IsFoundOut();
        // A question would draw the host's bridge to the VF's path, which nothing uses.
        if (!isUsed && !_watch.IsOut)
        {
            Tell(view, $"path check: {view.Vf.Name} does not carry the traffic, so that its path is not checked");
            _world.Pause(PathWatch.Round);
            return true;
        }
        long start = _world.Clock.GetTimestamp();
        ImmutableArray<IPAddress> answered = view.Ask(view.Vf, _world);
        _watch.Met(answered);
        if (!answered.IsEmpty)
            _saidBoth = false;
        bool hasSwitched = false;
        // An earlier run has written the reason, and was ended before it switched.
        if (isOurs && isUsed && !answered.IsEmpty)
            hasSwitched = Act(PathStep.BringBack, view);
        else if (Known(view).Length > 0)
            hasSwitched = Act(_watch.After(!answered.IsEmpty, Now), view);
        else if (!_saidSilent && Now - _begun >= s_fresh)
        {
            _saidSilent = true;
            _world.Log.Warning($"path check: {view.Words} does not answer through {view.Vf.Name}: the path is not checked until it does",
                view.Fields);
        }
        // A bridge of the host sends to where it saw the MAC address last: the same question on the path in use follows.
        if (!isUsed && !hasSwitched)
            view.Ask(view.Pair.Synthetic, _world);
        Show(view);
        TimeSpan left = (_watch.IsOut ? PathWatch.RoundOut : PathWatch.Round) - _world.Clock.GetElapsedTime(start);
        _world.Pause(left > s_least ? left : s_least);
        return true;
    }

    private void Begin(PathView? view)
    {
        _watch = new();
        _begun = Now;
        _saidSilent = _saidBoth = false;
        if (view is null)
            return;
        _watch = PathWatch.From(_world.Journals.HoldOff.PathMemory(_mac), view.Vf.Index, Now);
        _world.Log.Info($"path check: {view.Words} is asked through {view.Vf.Name}", view.Fields);
    }

    private bool IsOurs(PathView view) => _world.Journals.HoldOff.WhyPathCheck(_mac, view.Vf.Index) is not null;

    /// <summary>Whether it has switched the path.</summary>
    private bool Act(PathStep step, PathView old)
    {
        if (step == PathStep.None)
            return false;
        using PairLock? held = PairLock.TryTake(_world.Journals.Directory, _mac);
        // What is done next depends on what is there now.
        if (held is null || !PathView.Of(_mac, _world, isEnded: false, out PathView? now) || now is not { } view || view.Vf.Index != old.Vf.Index)
            return false;
        if (step == PathStep.BringBack)
        {
            _seen = default;
            if (!IsOurs(view))
                return false;
            if (!view.IsPrepared)
            {
                // What the VF received would be lost. The timer prepares it anew, and undoes that if nothing answers.
                _world.Journals.HoldOff.NotVf(_mac);
                return false;
            }
            bool hasSwitched = PathSwitch.ToVf(view, $"{view.Words} answers through {view.Vf.Name} again", _world);
            _watch.CameBack();
            if (hasSwitched)
                _world.Log.Notice($"path check: {view.Words} answers through {view.Vf.Name} again: it carries the traffic", view.Fields);
            return hasSwitched;
        }
        if (!view.IsUsed)
        {
            _seen = default;
            return false;
        }
        if (!view.Ask(view.Pair.Synthetic, _world).Any(_watch.Known.Contains))
        {
            _watch.IsSilentToo();
            if (!_saidBoth)
                _world.Log.Warning($"path check: {view.Words} answers neither through {view.Vf.Name} nor through "
                    + $"{view.Pair.Synthetic.Name}: nothing is changed", view.Fields);
            _saidBoth = true;
            return false;
        }
        _seen = default;
        PathSwitch.ToSynthetic(view, $"{view.Words} did not answer through {view.Vf.Name}", _world);
        _watch.WentOut(Now);
        _world.Log.Warning($"path check: {view.Words} does not answer through {view.Vf.Name}, but through {view.Pair.Synthetic.Name}, which "
            + $"carries the traffic now{(_watch.HeldUntil is { } until ? $"; {view.Vf.Name} has failed more than {PathWatch.Failures} times in "
                + $"{PathWatch.Window.TotalMinutes} minutes and is held down until {Time(until)}" : "")}", view.Fields);
        return true;
    }

    // Those of its neighbours whose silence counts.
    private string Known(PathView view) => string.Join(", ", view.Questions.Select(question => question.Target).Where(_watch.Known.Contains));

    private void Show(PathView view) => Tell(view,
        _watch.HeldUntil is { } until ? $"path check: {view.Vf.Name} failed too often and is held down until {Time(until)}"
        : _watch.IsOut ? $"path check: {view.Vf.Name} is out of use until {view.Words} answers through it again"
        : Known(view) is not { Length: > 0 } known ? $"path check: {view.Words} does not answer through {view.Vf.Name}, so that the path is not checked"
        : $"path check: {known} is asked through {view.Vf.Name} each second");

    private void Tell(PathView view, string state) => _world.Journals.HoldOff.Path(_mac, Now, state, _watch.Memory(view.Vf.Index));

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
