using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Linux;

/// <summary>Puts the real index in the place of <see cref="Link.OfAggregate"/>.</summary>
internal static class AggregateIndex
{
    /// <summary>Whether a change speaks of the aggregate.</summary>
    public static bool IsNeeded(Change change) => !Equals(Replace(change, 0), change);

    /// <summary>The same change with real indices only.</summary>
    public static Change Replace(Change change, int aggregate)
    {
        int Real(int link) => link == Link.OfAggregate ? aggregate : link;
        return change switch
        {
            DeleteLink delete => delete with { Link = Real(delete.Link) },
            SetUp set => set with { Link = Real(set.Link) },
            SetMaster set => set with { Link = Real(set.Link), Master = Real(set.Master) },
            SetMtu set => set with { Link = Real(set.Link) },
            SetToken set => set with { Link = Real(set.Link) },
            SetName set => set with { Link = Real(set.Link) },
            SetPrimary set => set with { Bond = Real(set.Bond), Port = Real(set.Port) },
            ListenOnAll listen => listen with { Bond = Real(listen.Bond) },
            AddAltName add => add with { Link = Real(add.Link) },
            RemoveAltName remove => remove with { Link = Real(remove.Link) },
            AddAddress add => new AddAddress(add.Address with { Link = Real(add.Address.Link) }),
            PutAddress put => new PutAddress(put.Address with { Link = Real(put.Address.Link) }),
            WaitForCarrier wait => new WaitForCarrier(Real(wait.Link)),
            WaitForActive wait => new WaitForActive(Real(wait.Bond), Real(wait.Port)),
            WaitForQuiet wait => new WaitForQuiet(Real(wait.Port)),
            RemoveAddress remove => new RemoveAddress(remove.Address with { Link = Real(remove.Address.Link) }),
            AddRoute add => add with { Route = Replace(add.Route, aggregate) },
            RemoveRoute remove => new RemoveRoute(Replace(remove.Route, aggregate)),
            PutNextHop put => new PutNextHop(put.NextHop with { Link = Real(put.NextHop.Link) }),
            PutNeighbour put => new PutNeighbour(put.Neighbour with { Link = Real(put.Neighbour.Link) }),
            RemoveNeighbour remove => new RemoveNeighbour(
                remove.Neighbour with { Link = Real(remove.Neighbour.Link) }),
            SetSysctl set => new SetSysctl(set.Sysctl with { Link = Real(set.Sysctl.Link) }),
            CloneProfile clone => clone with { Link = Real(clone.Link) },
            AddPortProfile add => add with { Link = Real(add.Link), Bond = Real(add.Bond) },
            LetGo go => new LetGo(Real(go.Link)),
            RemoveSecondDefault remove => new RemoveSecondDefault(Real(remove.Link)),
            ActivateProfile activate => activate with { Link = Real(activate.Link) },
            StartClient start => start with { Link = Real(start.Link) },
            PutNetworkFiles put => put with { Released = Real(put.Released) },
            AwaitConfigured wait => new AwaitConfigured(Real(wait.Link)),
            OwnerCheck check => check with { Link = Real(check.Link) },
            RemoveWhenLearned remove => new RemoveWhenLearned(Replace(remove.Route, aggregate)),
            _ => change,
        };
    }

    /// <summary>The same configuration with real indices only.</summary>
    public static Configuration Replace(Configuration configuration, int aggregate)
    {
        int Real(int link) => link == Link.OfAggregate ? aggregate : link;
        return configuration with
        {
            Addresses = [.. configuration.Addresses.Select(address => address with { Link = Real(address.Link) })],
            NextHops = [.. configuration.NextHops.Select(hop => hop with { Link = Real(hop.Link) })],
            Routes = [.. configuration.Routes.Select(route => Replace(route, aggregate))],
            Neighbours = [.. configuration.Neighbours.Select(neighbour =>
                neighbour with { Link = Real(neighbour.Link) })],
        };
    }

    private static Route Replace(Route route, int aggregate) =>
        route.Uses(Link.OfAggregate) ? route.Moved(Link.OfAggregate, aggregate) : route;
}
