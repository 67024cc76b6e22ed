using HypervVfattach.Core.Planning;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Changes of the plan to requests.</summary>
internal static class ChangeCodec
{
    /// <summary>Writes a change; every index in it is a real one (see <see cref="AggregateIndex"/>).</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="change">The change; neither <see cref="SetSysctl"/>, which is a file, nor
    /// a <see cref="Wait"/>, nor one that needs bpf(2).</param>
    /// <param name="apart">Switch off and enslave in two messages, for kernels that want it.</param>
    /// <returns>The number of messages.</returns>
    public static int Write(ref MessageWriter writer, Change change, bool apart = false)
    {
        switch (change)
        {
            case CreateBond bond:
                LinkRequests.Write(ref writer, bond);
                return 1;
            case SetMaster { Down: true } set when apart:
                LinkRequests.WriteFlag(ref writer, set.Link, IFF_UP, on: false);
                LinkRequests.WriteMaster(ref writer, set.Link, set.Master, down: false);
                return 2;
            case SetMaster set:
                LinkRequests.WriteMaster(ref writer, set.Link, set.Master, set.Down);
                return 1;
            case DeleteLink delete:
                LinkRequests.WriteDelete(ref writer, delete.Link);
                return 1;
            case SetUp set:
                LinkRequests.WriteFlag(ref writer, set.Link, IFF_UP, set.Up);
                return 1;
            case SetMtu set:
                LinkRequests.WriteMtu(ref writer, set.Link, set.Mtu);
                return 1;
            case SetAddressGeneration set:
                LinkRequests.WriteAddressGeneration(ref writer, set.Link, set.Mode);
                return 1;
            case SetAllMulticast set:
                LinkRequests.WriteFlag(ref writer, set.Link, IFF_ALLMULTI, set.On);
                return 1;
            case SetPromiscuous set:
                LinkRequests.WriteFlag(ref writer, set.Link, IFF_PROMISC, set.On);
                return 1;
            case AddClsact add:
                ClassifierCodec.WriteAddClsact(ref writer, add.Link);
                return 1;
            case RemoveClsact remove:
                ClassifierCodec.WriteRemoveClsact(ref writer, remove.Link);
                return 1;
            case SetName set:
                LinkRequests.WriteName(ref writer, set.Link, set.Name);
                return 1;
            case SetPrimary set:
                LinkRequests.WritePrimary(ref writer, set.Bond, set.Port);
                return 1;
            case ListenOnAll listen:
                LinkRequests.WriteAllActive(ref writer, listen.Bond, listen.All);
                return 1;
            case AddAltName add:
                LinkRequests.WriteAltName(ref writer, add.Link, add.Name, add: true);
                return 1;
            case RemoveAltName remove:
                LinkRequests.WriteAltName(ref writer, remove.Link, remove.Name, add: false);
                return 1;
            case AddAddress add:
                AddressCodec.WriteAdd(ref writer, add.Address);
                return 1;
            case PutAddress put:
                AddressCodec.WritePut(ref writer, put.Address);
                return 1;
            case RemoveAddress remove:
                AddressCodec.WriteRemove(ref writer, remove.Address);
                return 1;
            case AddRoute add:
                RouteCodec.WriteAdd(ref writer, add.Route, add.Place);
                return 1;
            case RemoveRoute remove:
                RouteCodec.WriteRemove(ref writer, remove.Route);
                return 1;
            case PutNextHop put:
                NextHopCodec.WritePut(ref writer, put.NextHop);
                return 1;
            case AddRule add:
                RuleCodec.WriteAdd(ref writer, add.Rule);
                return 1;
            case RemoveRule remove:
                RuleCodec.WriteRemove(ref writer, remove.Rule);
                return 1;
            case PutNeighbour put:
                NeighbourCodec.WritePut(ref writer, put.Neighbour);
                return 1;
            case RemoveNeighbour remove:
                NeighbourCodec.WriteRemove(ref writer, remove.Neighbour);
                return 1;
            default:
                throw new ArgumentException($"{change.GetType().Name} is not a netlink request", nameof(change));
        }
    }
}
