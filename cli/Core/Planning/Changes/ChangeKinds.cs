using System.Collections.Immutable;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>The kinds of changes that plans of every owner consist of, each without values: a journal names a kind, and its values are
/// read by <see cref="Change.Journaled"/>. Owners list their own kinds (Owners/IOwner.cs).</summary>
internal static class ChangeKinds
{
    /// <summary>All of them.</summary>
    public static ImmutableArray<Change> All =>
    [
        new AddAddress(null!), new PutAddress(null!), new RemoveAddress(null!), new RemoveRelabelled(default),
        new SetAddressGeneration(0, 0), new SetToken(0, null!), new CreateLagg(null!), new SetNd6Flags(0, 0, 0),
        new RunIfconfig(0, default), new StartDhclient(0, default), new StopDhclient(0), new SolicitRouters(0, default),
        new StartRouting(), new CreateBond(null!, default, null!, 0), new DeleteLink(0), new SetUp(0, false),
        new SetMaster(0, 0), new SetMtu(0, 0), new SetAlias(0, null!), new SetName(0, null!), new AddAltName(0, null!),
        new RemoveAltName(0, null!), new SetPrimary(0, 0), new SetAllPortsActive(0, false), new SetAllMulticast(0, false), new SetPromiscuous(0, false),
        new SetSysctl(null!), new PutNeighbour(null!), new RemoveNeighbour(null!), new AddClsact(0), new RemoveClsact(0),
        new AttachEgress(0, default), new AttachIngress(0, 0), new DetachFilters(0), new SwitchPath(0, 0), new SetAddressList(0, 0, default), new SetLargeReceive(0, false),
        new AddRoute(null!, default), new RemoveRoute(null!), new RemoveWhenLearned(null!), new RemoveSecondDefault(0),
        new PutNextHop(null!), new AddRule(null!), new RemoveRule(null!), new WaitForCarrier(0), new WaitToReceive(0),
        new WaitForActive(0, 0), new WaitForQuiet(0),
    ];
}
