using HypervVfattach.Core.Planning.Changes;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Encodes the changes of a plan as requests.</summary>
internal static class ChangeCodec
{
    /// <summary>Writes a change as one message; every index in it is already a real one.</summary>
    /// <param name="writer">The output.</param>
    /// <param name="change">The change; not <see cref="SetSysctl"/>, which is a file, a <see cref="Wait"/>, or one that needs
    /// bpf(2).</param>
    public static void Write(ref MessageWriter writer, Change change)
    {
        switch (change)
        {
            case CreateBond bond:
                LinkRequests.WriteCreate(ref writer, bond);
                return;
            case SetMaster set:
                LinkRequests.WriteMaster(ref writer, set.Link, set.Master, set.Down);
                return;
            case DeleteLink delete:
                LinkRequests.WriteDelete(ref writer, delete.Link);
                return;
            case SetUp set:
                LinkRequests.WriteFlag(ref writer, set.Link, IFF_UP, set.Up);
                return;
            case SetMtu set:
                LinkRequests.WriteMtu(ref writer, set.Link, set.Mtu);
                return;
            case SetAlias set:
                LinkRequests.WriteAlias(ref writer, set.Link, set.Alias);
                return;
            case SetAddressGeneration set:
                LinkRequests.WriteAddressGeneration(ref writer, set.Link, set.Mode);
                return;
            case SetToken set:
                LinkRequests.WriteToken(ref writer, set.Link, set.Token);
                return;
            case SetAllMulticast set:
                LinkRequests.WriteFlag(ref writer, set.Link, IFF_ALLMULTI, set.On);
                return;
            case SetPromiscuous set:
                LinkRequests.WriteFlag(ref writer, set.Link, IFF_PROMISC, set.On);
                return;
            case AddClsact add:
                ClassifierCodec.WriteAddClsact(ref writer, add.Link);
                return;
            case RemoveClsact remove:
                ClassifierCodec.WriteRemoveClsact(ref writer, remove.Link);
                return;
            case SetName set:
                LinkRequests.WriteName(ref writer, set.Link, set.Name);
                return;
            case SetPrimary set:
                LinkRequests.WritePrimary(ref writer, set.Bond, set.Port);
                return;
            case SetAllPortsActive listen:
                LinkRequests.WriteAllPortsActive(ref writer, listen.Bond, listen.All);
                return;
            case AddAltName add:
                LinkRequests.WriteAltName(ref writer, add.Link, add.Name, add: true);
                return;
            case RemoveAltName remove:
                LinkRequests.WriteAltName(ref writer, remove.Link, remove.Name, add: false);
                return;
            case AddAddress add:
                AddressCodec.WriteAdd(ref writer, add.Address);
                return;
            case PutAddress put:
                AddressCodec.WritePut(ref writer, put.Address);
                return;
            case RemoveAddress remove:
                AddressCodec.WriteRemove(ref writer, remove.Address);
                return;
            case AddRoute add:
                RouteCodec.WriteAdd(ref writer, add.Route, add.Place);
                return;
            case RemoveRoute remove:
                RouteCodec.WriteRemove(ref writer, remove.Route);
                return;
            case PutNextHop put:
                NextHopCodec.WritePut(ref writer, put.NextHop);
                return;
            case AddRule add:
                RuleCodec.WriteAdd(ref writer, add.Rule);
                return;
            case RemoveRule remove:
                RuleCodec.WriteRemove(ref writer, remove.Rule);
                return;
            case PutNeighbour put:
                NeighbourCodec.WritePut(ref writer, put.Neighbour);
                return;
            case RemoveNeighbour remove:
                NeighbourCodec.WriteRemove(ref writer, remove.Neighbour);
                return;
            default:
                throw new ArgumentException($"{change.GetType().Name} is not a netlink request", nameof(change));
        }
    }
}
