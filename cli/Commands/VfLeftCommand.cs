using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Commands;

/// <summary><c>vfleft IFACE</c>, for udev's event <c>remove</c> of a VF: announces the synthetic NIC of a redirect, which sends again, and adds
/// the departure to the history.</summary>
/// <remarks>Of any other pair it asks the kernel for nothing: in such an event hv_netvsc may hold the network lock. What it needs to know are
/// the properties that <see cref="ImportCommand"/> gave the VF and udev has kept. The kernel announces a bond itself
/// (num_grat_arp).</remarks>
internal static class VfLeftCommand
{
    /// <summary>Runs the command.</summary>
    public static ExitCode Run(VfLeftRequest request, World world)
    {
        if (EventIdentity.Index(request, world.Variable) is not { } index || world.Variable("HYPERV_VF_MAC") is not { Length: > 0 } mac)
        {
            world.Log.Error("this is for udev's event remove of a VF (with --event, IFINDEX and HYPERV_VF_MAC)");
            return ExitCode.Usage;
        }
        if (request.DryRun)
            return ExitCode.Done;
        var address = new HardwareAddress(mac);
        world.Recorder.Left(address, world.Variable("HYPERV_VF_SYNTHETIC") ?? "", request.Interface, index);
        foreach (Join join in world.Journals.Joins())
        {
            if (join.Mac == address && join.Kind == JoinKind.Redirect)
                Announce(join.Synthetic, world.Network);
        }
        return ExitCode.Done;
    }

    // The programs of udev may have no packet sockets and send no datagrams (RestrictAddressFamilies= and IPAddressDeny= of
    // systemd-udevd.service), so the kernel is made to ask gateways and neighbours: that teaches a bridge the path as well.
    private static void Announce(int synthetic, IBackend network)
    {
        network.Announce(synthetic);
        Snapshot host = network.Complete(network.ObserveLinks(), synthetic);
        if (host.Find(synthetic) is not { } link)
            return;
        Configuration configuration = Configuration.Of(host, link);
        network.Ask(synthetic, [.. configuration.GatewaysToAsk(synthetic), .. configuration.NeighboursToAsk()], IBackend.Asking);
    }
}
