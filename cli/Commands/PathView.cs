using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>What the path check sees of a joined pair with a VF.</summary>
internal sealed class PathView(Pair pair, Link vf, Join join, int path, ImmutableArray<PathQuestion> questions, bool isPrepared, bool isOn)
{
    public Pair Pair => pair;
    public Link Vf => vf;
    public Join Join => join;

    /// <summary>The neighbours to ask.</summary>
    public ImmutableArray<PathQuestion> Questions => questions;

    /// <summary>Whether what the VF receives reaches the pair.</summary>
    public bool IsPrepared => isPrepared;

    /// <summary>Whether the VF carries the traffic.</summary>
    public bool IsUsed => path == vf.Index;

    /// <summary>Whether the setting asks for the check.</summary>
    public bool IsOn => isOn;

    public Field[] Fields => Field.Of(pair);

    /// <summary>The neighbours in words.</summary>
    public string Words => questions.IsEmpty ? "no neighbour" : string.Join(", ", questions.Select(question => question.Target));

    /// <summary>Asks the neighbours through a NIC of the pair, and returns those that answer within a second.</summary>
    /// <remarks>A bond drops what its inactive port receives, so there an answer counts only where the question left. The VF of a redirect
    /// receives beside the synthetic NIC, and which of the two a host delivers to is its own affair.</remarks>
    public ImmutableArray<IPAddress> Ask(Link through, World world) => questions.IsEmpty ? []
        : join.Aggregate != 0 ? world.Network.AskThrough(through.Index, 0, isPast: false, questions)
        : through.Index == vf.Index ? world.Network.AskThrough(vf.Index, pair.Synthetic.Index, isPast: false, questions)
        : world.Network.AskThrough(through.Index, vf.Index, isPast: true, questions);

    /// <summary>Looks at a pair.</summary>
    /// <param name="mac">Its address.</param>
    /// <param name="world">The host.</param>
    /// <param name="isEnded">Whether the check has ended: then the gateways are the neighbours to ask if the setting is gone.</param>
    /// <param name="view">What there is; null while there is no VF.</param>
    /// <returns>False if there is nothing to check any more, or no join.</returns>
    public static bool Of(HardwareAddress mac, World world, bool isEnded, out PathView? view)
    {
        view = null;
        Settings settings = world.LoadSettings();
        Observation observed = new HostReader(world, settings).Links();
        if (observed.PairOf(mac) is not { } pair || PairObstacles.JoinOf(pair, observed.Host) is not { } join)
            return false;
        PathCheck check = settings.For(pair, join, observed.Host).PathCheck;
        bool isOn = check.IsOn;
        if (isEnded && !isOn)
            check = PathCheck.OfGateways;
        if (!check.IsOn || settings.ObserveOnly)
            return false;
        int configured = StatusReport.Configured(pair, join);
        if (pair.Vf is not { } vf || observed.Host.Find(configured) is not { } carrier)
            return true;
        Snapshot whole = world.Network.Complete(observed.Host, configured);
        view = new PathView(pair, vf, join, world.Policy.Joins.Of(join.Kind).ActivePath(pair, whole) ?? 0, Asked(check, carrier, whole),
            join.Aggregate != 0 ? vf.Master == join.Aggregate : RedirectState.HasReturn(whole, vf), isOn);
        return true;
    }

    private static ImmutableArray<PathQuestion> Asked(PathCheck check, Link carrier, Snapshot host)
    {
        IEnumerable<IPAddress> targets = check.Gateways ? Configuration.Of(host, carrier).GatewaysToAsk(carrier.Index).Select(gateway => gateway.Destination)
            : check.Targets;
        List<PathQuestion> questions = [];
        foreach (IPAddress target in targets.Take(PathCheck.Most))
        {
            // Only a neighbour answers ARP and neighbour discovery.
            Address? own = host.Addresses.FirstOrDefault(address => address.Link == carrier.Index && address.Local.AddressFamily == target.AddressFamily
                && (address.Flags & (AddressFlags.Tentative | AddressFlags.DadFailed)) == 0
                && new IPNetwork(First(address.Local, address.PrefixLength), address.PrefixLength).Contains(target));
            if (own is not null)
                questions.Add(new PathQuestion(own.Local, target, host.Neighbours.FirstOrDefault(it => it.Link == carrier.Index && it.Destination.Equals(target))?.Address
                    ?? default));
        }
        return [.. questions];
    }

    // The first address of the network of an address, which IPNetwork insists on.
    private static IPAddress First(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(length - i * 8, 0, 8));
        return new IPAddress(bytes);
    }
}
