using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Commands;

/// <summary>The events of FreeBSD's devd(8) beside a NIC's arrival: <c>vfup</c>, <c>vfdown</c> and <c>linkup</c>. devd
/// waits for each, so each returns at once.</summary>
internal static class DevdCommands
{
    /// <summary><c>vfup HN</c>, for HYPERV_NIC_VF/VF_UP: the VF of HN was switched on, and the host's data path turned
    /// to it.</summary>
    /// <remarks><c>vfdown HN</c> looks at the pair too: the kernel fails back by itself, provided that HN is still a
    /// port and on.</remarks>
    public static ExitCode VfEvent(VfEventRequest request, World world) => Looked(request, request.Synthetic, world, (link, observed, host, devd) =>
    {
        if (observed.PairOf(link.Index) is not { } pair || pair.Synthetic.Index != link.Index)
        {
            world.Log.Info($"nothing to do for {link.Name}: it is no hn(4) NIC");
            return ExitCode.Done;
        }
        Plan? unfinished = world.Unfinished(pair);
        if (request.DryRun)
            return DryRun.Show(host.ToDecide(observed, pair, link.Index), link, unfinished, link.Name, world);
        try
        {
            return OfPair(request, link, pair, unfinished, observed, host, devd, world);
        }
        finally
        {
            world.Recorder.Switched(pair, request.IsUp, observed);
        }
    });

    private static ExitCode OfPair(
        VfEventRequest request, Link link, Pair pair, Plan? unfinished, Observation observed, HostReader host, IDevd devd, World world)
    {
        Decision decision = observed.Decide(link.Index, delayOver: true);
        if (decision is NotOurs or LeaveAlone && unfinished is null)
            return new PairSession(world, host).Explain(decision, link.Name, pair);
        if (request.IsUp && unfinished is null && decision is Do { Plan.Goal: Goal.Join })
        {
            string? hook = devd.HookOf(link.Name, out string? distrusted);
            if (distrusted is not null)
                world.Log.Error(distrusted);
            if (hook is not null)
            {
                world.Network.Permit($"{hook} joins {link.Name} and {pair.Vf!.Name}");
                world.Log.Info($"{hook} joins {link.Name} and {pair.Vf!.Name}");
                devd.Start(hook, link.Name);
                return ExitCode.Done;
            }
        }
        if (request.Foreground)
            return new PairSession(world, host).Run(pair.Mac, link.Index, link.Name, PairLock.Patience);
        world.System.Schedule(new BackgroundRun(link.Index, link.Name, TimeSpan.Zero, AtOnce: false,
            request.Config is { } config ? ["--config", Path.GetFullPath(config)] : []));
        return ExitCode.Done;
    }

    /// <summary><c>linkup IFACE</c>, for IFNET/LINK_UP in the place of devd's own rule, which starts dhclient: not on a
    /// port of a lagg, whose configuration the lagg has (weakness 18 of the scripts).</summary>
    public static ExitCode LinkUp(LinkUpRequest request, World world) => Looked(request, request.Interface, world, (link, _, _, devd) =>
    {
        if (link.PortKind is not null)
        {
            world.Log.Debug($"{link.Name} is a port: no dhclient is started on it");
            return ExitCode.Done;
        }
        if (request.DryRun)
            world.Out.Write($"dhclient would be started on {link.Name}, if it is configured by DHCP\n");
        // dhclient ends when its interface loses the link, and rc.conf does not know the lagg.
        else if (ClientOf(link, world) is { } client)
        {
            world.Network.Permit($"dhclient is started on {link.Name}");
            world.Network.Apply([client with { Link = link.Index }], link.Index, repeat: true);
        }
        // Not our doing but the system's, also where observe_only is set: without it an hn(4) would have no client after it lost its link.
        else
        {
            devd.Start("/usr/sbin/service", "dhclient", "quietstart", link.Name);
        }
        return ExitCode.Done;
    });

    /// <summary>The DHCP client that a join started on its aggregate, or null.</summary>
    private static StartDhclient? ClientOf(Link aggregate, World world) => world.Journals.ReadAll()
        .Where(file => file.State.IsJoined && file.State.Aggregate == aggregate.Index)
        .SelectMany(file => file.State.Join!.Plan.Steps)
        .SelectMany(step => step.Changes).OfType<StartDhclient>().FirstOrDefault();

    private static ExitCode Looked(
        Request request, string name, World world, Func<Link, Observation, HostReader, IDevd, ExitCode> run)
    {
        if (world.System is not IDevd devd)
        {
            world.Log.Error("this is for the events of FreeBSD's devd");
            return ExitCode.Usage;
        }
        if (!request.DryRun && world.System.MissingPrivilege() is { } missing)
            return Dispatcher.Unprivileged(world, missing);
        var host = new HostReader(world, world.LoadSettings());
        Observation observed = host.Links();
        if (observed.Host.Find(name) is { } link)
            return run(link, observed, host, devd);
        world.Log.Info($"nothing to do for {name}: it is gone");
        return ExitCode.Done;
    }
}
