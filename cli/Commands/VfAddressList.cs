using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Joins;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>The addresses that the VF of a redirect receives, which should be those of its synthetic NIC.</summary>
/// <remarks>A card takes all multicasts only for a VF that it trusts: i40e and ice accept the request of any other and do nothing
/// (i40e_virtchnl_pf.c: "Unprivileged VF ... lie to the VF on purpose"). Then IPv6 neighbours that ask for the guest get no answer, unless
/// the host delivers their questions to the synthetic NIC, too.</remarks>
internal static class VfAddressList
{
    // Solicited-node groups are below 33:33:ff (RFC 4291, 2.7.1; RFC 2464, 7).
    private const string SolicitedNode = "33:33:ff:";

    /// <summary>After a redirect was made: says which addresses the VF does not receive, and whether it receives what IPv6 neighbours
    /// ask.</summary>
    public static void Verify(Plan plan, World world, Field[] fields)
    {
        if (plan is not { Kind: JoinKind.Redirect, Goal: not Goal.Detach } || Look(plan.Synthetic, plan.Vf, world, out Link? vf) is not { } synthetic || vf is null)
            return;
        if (RedirectState.Missing(synthetic, vf) is { Count: > 0 } missing)
            Warn(missing, synthetic, vf, world, fields);
        // A bridge would take the frame for one of its own address that comes back.
        if (synthetic.Master != 0
            || synthetic.Groups.FirstOrDefault(address => address.StartsWith(SolicitedNode, StringComparison.Ordinal)) is not { } group)
            return;
        bool arrives = world.Network.Receives(vf.Index, new HardwareAddress(group), synthetic.Index);
        world.Network.Announce(synthetic.Index);
        world.Log.Info(arrives ? $"{vf.Name} receives what IPv6 neighbours ask for {synthetic.Name}: a frame to {group} has arrived"
            : $"not verified: whether {vf.Name} receives what IPv6 neighbours ask for {synthetic.Name} ({group}): the host does not deliver to it "
            + $"what {synthetic.Name} sends", fields);
    }

    /// <summary>Brings the list in step with the synthetic NIC's, which changes with its addresses and groups.</summary>
    public static void Keep(Pair pair, Snapshot host, World world)
    {
        if (pair.Vf is null || PairObstacles.JoinOf(pair, host) is not { Kind: JoinKind.Redirect } || world.Network.IsObserveOnly)
            return;
        using PairLock? held = PairLock.TryTake(world.Journals.Directory, pair.Mac);
        if (held is null || Look(pair.Synthetic.Index, pair.Vf.Index, world, out Link? vf) is not { } synthetic || vf is null)
            return;
        List<string> missing = RedirectState.Missing(synthetic, vf);
        if (missing.Count == 0 && !RedirectState.HasSurplus(synthetic, vf))
            return;
        world.Network.Apply([new SetAddressList(vf.Index, synthetic.Index, [])], 0, repeat: true);
        Field[] fields = Field.Of(pair);
        if (Look(synthetic.Index, vf.Index, world, out Link? after) is not { } now || after is null)
            return;
        List<string> left = RedirectState.Missing(now, after);
        // The timer would say the same each minute.
        if (left.Count < missing.Count || RedirectState.HasSurplus(synthetic, vf))
            world.Log.Info($"{vf.Name} receives what {synthetic.Name} receives again", fields);
        else
            world.Log.Debug($"{vf.Name} still refuses {Words(left)}", fields);
    }

    private static void Warn(List<string> missing, Link synthetic, Link vf, World world, Field[] fields) => world.Log.Warning(
        $"{vf.Name} refuses {Words(missing)}, which {synthetic.Name} receives: frames to {(missing.Count == 1 ? "it" : "them")} arrive only if the "
        + "card takes all multicasts for this VF, or the host delivers them to the synthetic NIC, too; have the host trust the VF", fields);

    private static string Words(List<string> addresses) => $"{(addresses.Count == 1 ? "an address" : $"{addresses.Count} addresses")} "
        + $"({string.Join(", ", addresses)})";

    private static Link? Look(int synthetic, int index, World world, out Link? vf)
    {
        Snapshot host = world.Network.Complete(world.Network.ObserveLinks(), synthetic, index);
        vf = host.Find(index);
        return host.Find(synthetic);
    }
}
