using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>A plan derived from arbitrary numbers; the undo of each step is computed by comparing states.</summary>
internal sealed class RandomPlan
{
    private readonly MemorySystem _system = Plans.Pair();
    private readonly List<Step> _steps = [];
    private int _bond;

    /// <summary>The states before the plan and after each of its steps.</summary>
    public List<string> States { get; } = [];

    public Plan Plan { get; }

    /// <param name="numbers">Each is a change, or the end of a step.</param>
    /// <param name="optional">Whether the last step is an optional one.</param>
    public RandomPlan(IEnumerable<int> numbers, bool optional)
    {
        States.Add(_system.Describe());
        List<Change> changes = [new CreateBond("bond-eth0", Plans.Mac, new LinkAttributes(9000, 1000, 0), 100)];
        List<Snapshot> seen = [_system.Now];
        Make(changes[0]);
        seen.Add(_system.Now);
        _bond = _system.Now.Find("bond-eth0")!.Index;
        foreach (int number in numbers)
        {
            if (number % 5 == 4)
                EndStep();
            else if (Decode(number % 12, number / 12) is { } change)
            {
                Make(change);
                changes.Add(change);
                seen.Add(_system.Now);
            }
        }
        EndStep();
        if (optional)
            _steps[^1] = _steps[^1] with { Optional = true };
        Plan = Plans.Join() with { Steps = [.. _steps] };

        void EndStep()
        {
            if (changes.Count == 0)
                return;
            _steps.Add(new Step($"step {_steps.Count + 1}", [.. changes], [.. Undo(seen)]));
            States.Add(_system.Describe());
            changes.Clear();
            seen = [_system.Now];
        }
    }

    private void Make(Change change) => _system.Apply([change], _bond, repeat: false);

    private Change? Decode(int kind, int argument)
    {
        Snapshot now = _system.Now;
        int[] links = [Plans.Synthetic, Plans.Vf, _bond];
        int index = links[argument % 3];
        argument /= 3;
        Link link = now.Find(index)!;
        int name = Name(index);
        switch (kind)
        {
            case 0 or 1:
                var ip = new IPAddress([10, 1, 0, (byte)(argument % 8)]);
                Address address = new() { Link = name, Local = ip, PrefixLength = 24 };
                // The last one is removed first, as in every plan: no undo could insert one between others.
                return now.Addresses.Any(a => a.Link == index && a.Local.Equals(ip))
                    ? new RemoveAddress(now.Addresses.Last(a => a.Link == index) with { Link = name }) : new AddAddress(address);
            case 2 or 3:
                Route route = new()
                {
                    Destination = new IPAddress([10, 2, (byte)(argument % 4), 0]), DestinationLength = 24, Table = 254,
                    Legs = [new RouteLeg(name, null)],
                };
                return now.Routes.Contains(route.Moved(Link.OfAggregate, _bond)) ? new RemoveRoute(route)
                    : link.IsUp ? new AddRoute(route, RoutePlace.Behind) : null;
            case 5:
                return new SetUp(name, !link.IsUp);
            case 6:
                return index == _bond ? null
                    : link.Master == 0 ? new SetMaster(name, Link.OfAggregate, Down: true) : new SetMaster(name, 0);
            case 7:
                return new SetMtu(name, (uint)(1500 + argument % 3));
            case 8:
                Neighbour neighbour = Plans.Gateway(name);
                return now.Neighbours.Any(n => n.Link == index) ? new RemoveNeighbour(neighbour) : new PutNeighbour(neighbour);
            case 10:
                return new SetSysctl(new Sysctl(name, "ipv4/conf", "rp_filter", $"{argument % 3}"));
            case 11:
                string alt = $"alt{index}";
                return link.AltNames.Contains(alt) ? new RemoveAltName(name, alt) : new AddAltName(name, alt);
            default:
                Rule rule = new() { Family = 2, Priority = (uint)(argument % 4), Table = 100 };
                return now.Rules.Contains(rule) ? new RemoveRule(rule) : new AddRule(rule);
        }
    }

    // Leads from any of these states back to the first.
    private IEnumerable<Change> Undo(List<Snapshot> seen)
    {
        Snapshot before = seen[0];
        foreach (Route route in seen.SelectMany(s => s.Routes).Distinct().Except(before.Routes))
            yield return new RemoveRoute(route.Moved(_bond, Link.OfAggregate));
        foreach (Rule rule in seen.SelectMany(s => s.Rules).Distinct().Except(before.Rules))
            yield return new RemoveRule(rule);
        foreach (Neighbour neighbour in seen.SelectMany(s => s.Neighbours).Distinct().Except(before.Neighbours))
            yield return new RemoveNeighbour(neighbour with { Link = Name(neighbour.Link) });
        foreach (Address address in seen.SelectMany(s => s.Addresses).Distinct().Except(before.Addresses))
            yield return new RemoveAddress(address with { Link = Name(address.Link) });
        if (before.Find(_bond) is null)
            yield return new DeleteLink(Link.OfAggregate);
        foreach (Link link in before.Links)
        {
            int name = Name(link.Index);
            if (seen.Exists(s => s.Find(link.Index)!.Master != link.Master))
                yield return new SetMaster(name, Name(link.Master), Down: true);
            yield return new SetUp(name, link.IsUp);
            yield return new SetMtu(name, link.Mtu);
            foreach (string alt in seen.SelectMany(s => s.Find(link.Index)!.AltNames).Distinct().Except(link.AltNames))
                yield return new RemoveAltName(name, alt);
            foreach (string alt in link.AltNames)
                yield return new AddAltName(name, alt);
        }
        foreach (Address address in before.Addresses)
            yield return new AddAddress(address with { Link = Name(address.Link) });
        foreach (Route route in before.Routes)
            yield return new AddRoute(route.Moved(_bond, Link.OfAggregate), RoutePlace.Behind);
        foreach (Rule rule in before.Rules)
            yield return new AddRule(rule);
        foreach (Neighbour neighbour in before.Neighbours)
            yield return new PutNeighbour(neighbour with { Link = Name(neighbour.Link) });
        foreach (Sysctl sysctl in seen.SelectMany(s => s.Sysctls).DistinctBy(s => (s.Link, s.Tree, s.Name)))
        {
            // An interface always has some value of a setting; it cannot be removed.
            if (before.Sysctls.FirstOrDefault(s => (s.Link, s.Name) == (sysctl.Link, sysctl.Name)) is { } old)
                yield return new SetSysctl(old with { Link = Name(old.Link) });
        }
    }

    private int Name(int index) => index == _bond && _bond != 0 ? Link.OfAggregate : index;
}
