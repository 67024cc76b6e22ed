using System.Net;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using Shouldly;
using Xunit;
using Outcome = HypervVfattach.Apply.Outcome;

namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>The real plans, refused and killed at every change.</summary>
public sealed class BondJoinTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Journals _journals;

    public BondJoinTests() => _journals = new Journals(_directory.Path, new HostIdentity("boot", "net:[1]"));

    public static TheoryData<bool> TakeName => [false, true];

    public void Dispose() => _directory.Dispose();

    private static MemorySystem Host()
    {
        MemorySystem system = Plans.Pair();
        system.Now = system.Now with
        {
            // The first is the value of a new interface.
            Sysctls =
            [
                new Sysctl(0, "ipv4/conf", "rp_filter", "0"), .. system.Now.Sysctls,
                new Sysctl(0, "ipv6/conf", "addr_gen_mode", "0"), new Sysctl(Plans.Synthetic, "ipv6/conf", "addr_gen_mode", "0"),
            ],
            Addresses =
            [
                .. system.Now.Addresses,
                new Address { Link = Plans.Synthetic, Local = IPAddress.Parse("10.0.1.4"), PrefixLength = 24, Label = "eth0:1" },
                new Address { Link = Plans.Synthetic, Local = IPAddress.Parse("fe80::4"), PrefixLength = 64, Scope = 253 },
            ],
            Routes =
            [
                .. system.Now.Routes,
                new Route
                {
                    Destination = IPAddress.Parse("192.0.2.0"), DestinationLength = 24, Table = 100, Metric = 7,
                    Legs = [new RouteLeg(Plans.Synthetic, null)],
                },
            ],
        };
        return system;
    }

    [Fact]
    public void The_journal_remembers_the_static_neighbours_that_moved()
    {
        MemorySystem system = Host();
        var fixedOne = new Neighbour
        {
            Link = Plans.Synthetic, Destination = IPAddress.Parse("10.0.0.50"), State = NeighbourState.Permanent,
            Address = new HardwareAddress("02:00:00:00:00:50"),
        };
        system.Now = system.Now with { Neighbours = [.. system.Now.Neighbours, fixedOne] };
        using (PairLock held = PairLock.Take(_journals.Directory, Plans.Mac, TimeSpan.Zero))
            new Transaction(system, _journals).Run(Join(system, takeName: false), held).ShouldBeOfType<Done>();
        Join join = _journals.Joins().ShouldHaveSingleItem();
        join.Neighbours.ShouldBe([Plans.Gateway(join.Aggregate), fixedOne with { Link = join.Aggregate }]);
    }

    private static Plan Join(MemorySystem system, bool takeName) => BondPlans.Join(
        system.Now, system.Now.Find(Plans.Synthetic)!, system.Now.Find(Plans.Vf)!, new Settings { TakeName = takeName });

    private Plan Detach(MemorySystem system)
    {
        Join join = _journals.Joins().ShouldHaveSingleItem();
        return BondPlans.Detach(system.Now, system.Now.Find(join.Synthetic)!, system.Now.Find(join.Aggregate)!, join);
    }

    private Outcome Run(MemorySystem system, Plan plan)
    {
        using PairLock held = PairLock.Take(_directory.Path, Plans.Mac, PairLock.Patience);
        return new Transaction(system, _journals).Run(plan, held);
    }

    private Outcome? Recover(MemorySystem system)
    {
        using PairLock held = PairLock.Take(_directory.Path, Plans.Mac, PairLock.Patience);
        return new Recovery(system, _journals).Run(held);
    }

    private void Forget() => File.Delete(_journals.PathOf(Plans.Mac));

    [Theory]
    [MemberData(nameof(TakeName))]
    public void Detach_gives_back_exactly_what_was_there(bool takeName)
    {
        MemorySystem system = Host();
        string before = system.Describe();
        Run(system, Join(system, takeName)).ShouldBeOfType<Done>();
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
    }

    [Theory]
    [MemberData(nameof(TakeName))]
    public void A_join_that_is_refused_anywhere_leaves_no_trace(bool takeName)
    {
        string before = Host().Describe();
        for (int change = 0; ; change++)
        {
            MemorySystem system = Host();
            system.RefuseAt = change;
            Plan plan = Join(system, takeName);
            Outcome outcome = Run(system, plan);
            system.ShouldHaveTakenNothingAway(plan);
            if (outcome is not Undone)
            {
                outcome.ShouldBeOfType<DoneWithout>().LeftOut.ShouldHaveSingleItem().Step.Name.ShouldBe("add the VF");
                return;
            }
            system.Describe().ShouldBe(before, $"change {change}");
        }
    }

    [Fact]
    public void A_VF_that_is_refused_anywhere_leaves_the_bond_as_it_was()
    {
        MemorySystem joined = Host();
        Run(joined, Join(joined, takeName: false)).ShouldBeOfType<Done>();
        Link vf = Host().Now.Find(Plans.Vf)! with { Index = 30 };
        joined.Remove(Plans.Vf);
        joined.Now = joined.Now with { Links = joined.Now.Links.Add(vf) };
        for (int change = 0; ; change++)
        {
            MemorySystem system = joined.Reborn();
            Join join = _journals.Joins().ShouldHaveSingleItem();
            Plan plan = BondPlans.AddPort(
                system.Now, system.Now.Find(Plans.Synthetic)!, system.Now.Find(30)!, system.Now.Find(join.Aggregate)!, join);
            if (change == plan.Steps.Sum(step => step.Changes.Length))
                return;
            system.RefuseAt = change;
            Run(system, plan);
            system.ShouldHaveTakenNothingAway(plan);
            // A bond stores its preferred port by name.
            system.Describe().Replace("primary=enP1s1", "primary=-", StringComparison.Ordinal).ShouldBe(joined.Describe(), $"change {change}");
        }
    }

    [Theory]
    [MemberData(nameof(TakeName))]
    public void A_join_that_is_killed_anywhere_leaves_no_trace_or_is_complete(bool takeName)
    {
        string before = Host().Describe();
        MemorySystem alone = Host();
        Plan whole = Join(alone, takeName);
        Run(alone, whole with { Steps = [.. whole.Steps.SkipLast(1)] }).ShouldBeOfType<Done>();
        Forget();
        MemorySystem both = Host();
        Run(both, Join(both, takeName)).ShouldBeOfType<Done>();
        Forget();
        for (int moment = 0; ; moment++)
        {
            MemorySystem system = Host();
            Plan plan = Join(system, takeName);
            system.KillAt = moment;
            try
            {
                Run(system, plan);
                return;
            }
            catch (KilledException)
            {
            }
            MemorySystem next = system.Reborn();
            Outcome? outcome = Recover(next);
            string now = next.Describe();
            now = outcome is DoneWithout ? now.Replace("primary=enP1s1", "primary=-") : now;
            now.ShouldBe(outcome switch
            {
                DoneWithout => alone.Describe(),
                Done => both.Describe(),
                _ => before,
            }, $"moment {moment}");
            Forget();
        }
    }

    [Theory]
    [MemberData(nameof(TakeName))]
    public void A_detach_that_is_killed_or_refused_anywhere_leads_back_or_to_the_end(bool takeName)
    {
        string apart = Host().Describe();
        MemorySystem joined = Host();
        Run(joined, Join(joined, takeName)).ShouldBeOfType<Done>();
        byte[] journal = File.ReadAllBytes(_journals.PathOf(Plans.Mac));
        for (int moment = 0; ; moment++)
        {
            File.WriteAllBytes(_journals.PathOf(Plans.Mac), journal);
            MemorySystem system = joined.Reborn();
            Plan plan = Detach(system);
            system.KillAt = moment;
            try
            {
                Run(system, plan);
                break;
            }
            catch (KilledException)
            {
            }
            MemorySystem next = system.Reborn();
            Outcome? outcome = Recover(next);
            next.Describe().ShouldBe(outcome is Done ? apart : joined.Describe(), $"moment {moment}");
        }
        int changes = Detach(Write(journal)).Steps.Sum(step => step.Changes.Length);
        for (int change = 0; change < changes; change++)
        {
            MemorySystem system = Write(journal);
            system.RefuseAt = change;
            Plan plan = Detach(system);
            Outcome outcome = Run(system, plan);
            system.ShouldHaveTakenNothingAway(plan);
            system.Describe().ShouldBe(outcome is Done ? apart : joined.Describe(), $"change {change}");
        }

        MemorySystem Write(byte[] journal)
        {
            File.WriteAllBytes(_journals.PathOf(Plans.Mac), journal);
            return joined.Reborn();
        }
    }
}
