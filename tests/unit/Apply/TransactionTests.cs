using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Owners;
using Shouldly;
using Xunit;
using Outcome = HypervVfattach.Apply.Outcome;

namespace HypervVfattach.Tests.Unit.Apply;

public sealed class TransactionTests : IDisposable
{
    private static readonly HostIdentity Here = new("boot", "net:[1]");
    private readonly TemporaryDirectory _directory = new();
    private readonly Journals _journals;

    public TransactionTests() => _journals = new Journals(_directory.Path, Here);

    public void Dispose() => _directory.Dispose();

    private Outcome Run(MemorySystem system, Plan plan)
    {
        using PairLock held = PairLock.Take(_directory.Path, plan.Mac, PairLock.Patience);
        return new Transaction(system, _journals).Run(plan, held);
    }

    private Outcome? Recover(MemorySystem system)
    {
        using PairLock held = PairLock.Take(_directory.Path, Plans.Mac, PairLock.Patience);
        return new Recovery(system, _journals).Run(held);
    }

    private bool RunKilled(MemorySystem system, Plan plan)
    {
        try
        {
            Run(system, plan);
            return false;
        }
        catch (KilledException)
        {
            return true;
        }
    }

    private bool HasJournal => File.Exists(_journals.PathOf(Plans.Mac));

    [Fact]
    public void A_join_is_made_and_remembered()
    {
        MemorySystem system = Plans.Pair();
        Run(system, Plans.Join()).ShouldBeOfType<Done>();
        system.Describe().ShouldContain("route 0.0.0.0/0 table 254 metric 0 via 10.0.0.1 bond-eth0");
        system.Describe().ShouldContain("link enP1s1 00:0d:3a:12:34:56 up=True master=bond-eth0");
        Join join = _journals.Joins().ShouldHaveSingleItem();
        join.Neighbours.ShouldBe([Plans.Gateway(4)]);
        (join with { Neighbours = [] }).ShouldBe(new Join(Plans.Mac, Plans.Synthetic, "eth0", 4, "bond-eth0"));
        Recover(system.Reborn()).ShouldBeNull();
    }

    [Fact]
    public void Detach_gives_everything_back_and_forgets()
    {
        MemorySystem system = Plans.Pair();
        string before = system.Describe();
        Run(system, Plans.Join());
        Run(system, Plans.Detach(4)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void A_refused_change_of_a_necessary_step_takes_everything_back()
    {
        string before = Plans.Pair().Describe();
        Plan plan = Plans.Join();
        int necessary = plan.Steps.SkipLast(1).Sum(step => step.Changes.Length);
        for (int change = 0; change < necessary; change++)
        {
            MemorySystem system = Plans.Pair();
            system.RefuseAt = change;
            Undone undone = Run(system, plan).ShouldBeOfType<Undone>();
            undone.Why.ShouldContain("memory");
            system.ShouldHaveTakenNothingAway(plan);
            system.Describe().ShouldBe(before, $"change {change}");
            HasJournal.ShouldBeFalse();
        }
    }

    [Fact]
    public void A_refused_change_of_the_VF_step_takes_that_step_back_only()
    {
        MemorySystem alone = Plans.Pair();
        Plan plan = Plans.Join();
        Run(alone, plan with { Steps = [.. plan.Steps.SkipLast(1)] });
        string withoutVf = alone.Describe();
        File.Delete(_journals.PathOf(Plans.Mac));

        int first = plan.Steps.SkipLast(1).Sum(step => step.Changes.Length);
        for (int change = first; change < first + plan.Steps[^1].Changes.Length; change++)
        {
            MemorySystem system = Plans.Pair();
            system.RefuseAt = change;
            DoneWithout result = Run(system, plan).ShouldBeOfType<DoneWithout>();
            system.ShouldHaveTakenNothingAway(plan);
            result.LeftOut.ShouldHaveSingleItem().Step.Name.ShouldBe("add enP1s1");
            result.LacksVf.ShouldBeTrue();
            system.Describe().ShouldBe(withoutVf, $"change {change}");
            _journals.Joins().Length.ShouldBe(1);
            Recover(system.Reborn()).ShouldBeNull();
            File.Delete(_journals.PathOf(Plans.Mac));
        }
    }

    [Fact]
    public void An_expectation_that_does_not_come_true_is_a_refusal()
    {
        MemorySystem system = Plans.Pair();
        string before = system.Describe();
        system.Disappoints = expectation => expectation is Answers;
        Run(system, Plans.Join()).ShouldBeOfType<Undone>().Step.ShouldBe("cut over");
        system.Describe().ShouldBe(before);
    }

    [Fact]
    public void A_VF_that_leaves_while_it_is_added_is_no_failure()
    {
        MemorySystem system = Plans.Pair();
        system.Disappoints = expectation =>
        {
            if (expectation is not CarriedBy { Port: Plans.Vf })
                return false;
            system.Remove(Plans.Vf);
            return true;
        };
        Run(system, Plans.Join()).ShouldBeOfType<VfLeft>();
        _journals.Joins().Length.ShouldBe(1);
    }

    /// <summary>A join that waits for something after its VF, such as a DHCP client's routes.</summary>
    private static Plan Settling() => Plans.Join() with
    {
        Steps =
        [
            .. Plans.Join().Steps,
            new Step("await the router", [new RemoveRoute(Plans.Default6(Link.OfAggregate, 1024))], []) { Optional = true },
            new Step("await the owner", [new KeepUnit("a", true)], []) { Optional = true },
        ],
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_comes_behind_a_VF_that_is_not_added_is_made_all_the_same(bool leaves)
    {
        MemorySystem system = Plans.Pair();
        system.Disappoints = expectation =>
        {
            if (expectation is not CarriedBy { Port: Plans.Vf })
                return false;
            if (leaves)
                system.Remove(Plans.Vf);
            return true;
        };
        Outcome outcome = Run(system, Settling());
        system.Describe().ShouldContain("up=True master=bond-eth0");
        system.Describe().ShouldNotContain("route ::/0");
        _journals.Read(Plans.Mac)!.State.Join!.Steps[^2..].ShouldBe([StepProgress.Done, StepProgress.Done]);
        if (leaves)
            outcome.ShouldBeOfType<VfLeft>();
        else
            outcome.ShouldBeOfType<DoneWithout>().LacksVf.ShouldBeTrue();
        Recover(system.Reborn()).ShouldBeNull();
    }

    [Fact]
    public void An_owner_that_is_awaited_in_vain_does_not_cost_the_VF()
    {
        MemorySystem system = Plans.Pair();
        system.Refuses = change => change is RemoveRoute { Route.Metric: 1024 } or KeepUnit;
        DoneWithout without = Run(system, Settling()).ShouldBeOfType<DoneWithout>();
        without.LacksVf.ShouldBeFalse();
        without.LeftOut.Select(it => it.Step.Name).ShouldBe(["await the router", "await the owner"]);
        system.Now.Find(Plans.Vf)!.Master.ShouldBe(4);
    }

    [Fact]
    public void What_comes_behind_a_step_that_was_interrupted_is_made_by_the_next_process()
    {
        for (int moment = 0; ; moment++)
        {
            MemorySystem system = Plans.Pair();
            system.KillAt = moment;
            if (!RunKilled(system, Settling()))
                return;
            MemorySystem next = system.Reborn();
            if (Recover(next) is Done or DoneWithout)
                next.Describe().Contains("route ::/0").ShouldBeFalse($"moment {moment}");
            File.Delete(_journals.PathOf(Plans.Mac));
        }
    }

    [Fact]
    public void A_VF_that_cannot_be_taken_back_keeps_nothing_else_from_being_made()
    {
        MemorySystem system = Plans.Pair();
        system.Disappoints = expectation => expectation is CarriedBy { Port: Plans.Vf };
        system.Refuses = change => change is SetMaster { Link: Plans.Vf, Master: 0 };
        Run(system, Settling()).ShouldBeOfType<PartlyUndone>().Left.ShouldHaveSingleItem().ShouldStartWith("add enP1s1");
        system.Describe().ShouldNotContain("route ::/0");
        system.Refuses = _ => false;
        Recover(system).ShouldBeOfType<DoneWithout>().LacksVf.ShouldBeTrue();
        system.Now.Find(Plans.Vf)!.Master.ShouldBe(0);
    }

    [Fact]
    public void What_cannot_be_taken_back_is_named_and_the_next_run_tries_again()
    {
        MemorySystem system = Plans.Pair();
        string before = system.Describe();
        system.Disappoints = expectation => expectation is Answers;
        system.Refuses = change => change is AddRule { Rule.InputName: "eth0" };
        PartlyUndone result = Run(system, Plans.Join()).ShouldBeOfType<PartlyUndone>();
        result.Left.ShouldHaveSingleItem().ShouldStartWith("cut over: memory: AddRule");
        HasJournal.ShouldBeTrue();
        // The rest is restored: above all the address and the route.
        system.Describe().ShouldContain("route 0.0.0.0/0 table 254 metric 0 via 10.0.0.1 eth0");

        Recover(system).ShouldBeOfType<PartlyUndone>();
        system.Refuses = _ => false;
        Recover(system).ShouldBeOfType<Undone>();
        system.Describe().ShouldBe(before);
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void Somebody_elses_interface_of_the_aggregates_name_is_never_touched()
    {
        MemorySystem system = Plans.Pair();
        // The worst case: the same name and even the same address.
        system.Now = system.Now with
        {
            Links = system.Now.Links.Add(new Link { Index = 9, Name = "bond-eth0", Address = Plans.Mac, Kind = "bond" }),
        };
        string before = system.Describe();
        Run(system, Plans.Join()).ShouldBeOfType<Undone>().Why.ShouldContain("an interface of this name exists");
        system.Describe().ShouldBe(before);
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void A_killed_join_is_taken_back_or_finished_by_the_next_process()
    {
        string before = Plans.Pair().Describe();
        MemorySystem alone = Plans.Pair();
        Plan plan = Plans.Join();
        Run(alone, plan with { Steps = [.. plan.Steps.SkipLast(1)] });
        File.Delete(_journals.PathOf(Plans.Mac));
        MemorySystem whole = Plans.Pair();
        Run(whole, plan);
        File.Delete(_journals.PathOf(Plans.Mac));

        for (int moment = 0; ; moment++)
        {
            MemorySystem system = Plans.Pair();
            system.KillAt = moment;
            if (!RunKilled(system, plan))
                break;
            MemorySystem next = system.Reborn();
            Outcome? outcome = Recover(next);
            next.Describe().ShouldBe(outcome switch
            {
                Undone => before,
                DoneWithout => alone.Describe(),
                Done => whole.Describe(),
                _ => throw new InvalidOperationException($"{moment}: {outcome}"),
            }, $"moment {moment}");
            HasJournal.ShouldBe(outcome is Done or DoneWithout);
            Recover(next).ShouldBeNull();
            File.Delete(_journals.PathOf(Plans.Mac));
        }
        HasJournal.ShouldBeTrue();
    }

    [Fact]
    public void A_recovery_that_is_killed_too_is_recovered()
    {
        string before = Plans.Pair().Describe();
        Plan plan = Plans.Join();
        Plan necessary = plan with { Steps = [.. plan.Steps.SkipLast(1)] };
        var counting = Plans.Pair();
        Run(counting, necessary);
        File.Delete(_journals.PathOf(Plans.Mac));
        for (int moment = 0; moment < counting.Moments; moment += 3)
        {
            for (int again = 0; ; again++)
            {
                MemorySystem system = Plans.Pair();
                system.KillAt = moment;
                RunKilled(system, necessary).ShouldBeTrue();
                MemorySystem second = system.Reborn();
                second.KillAt = again;
                bool killed = false;
                try
                {
                    Recover(second);
                }
                catch (KilledException)
                {
                    killed = true;
                }
                MemorySystem third = second.Reborn();
                Recover(third);
                third.Describe().ShouldBe(before, $"moments {moment} and {again}");
                HasJournal.ShouldBeFalse();
                if (!killed)
                    break;
            }
        }
    }

    [Fact]
    public void A_killed_detach_leads_back_to_the_join()
    {
        for (int moment = 0; ; moment++)
        {
            MemorySystem system = Plans.Pair();
            string apart = system.Describe();
            Run(system, Plans.Join());
            string joined = system.Describe();
            MemorySystem detaching = system.Reborn();
            detaching.KillAt = moment;
            if (!RunKilled(detaching, Plans.Detach(4)))
                break;
            MemorySystem next = detaching.Reborn();
            bool removed = next.Now.Find("bond-eth0") is null;
            Outcome? outcome = Recover(next);
            if (outcome is Done)
            {
                // The last step had begun: nothing can be lost any more.
                next.Describe().ShouldBe(apart, $"moment {moment}");
                HasJournal.ShouldBeFalse();
                continue;
            }
            removed.ShouldBeFalse();
            outcome.ShouldBeOfType<Undone>();
            next.Describe().ShouldBe(joined, $"moment {moment}");
            Join join = _journals.Joins().ShouldHaveSingleItem();
            join.Aggregate.ShouldBe(next.Now.Find("bond-eth0")!.Index);

            // The next detach finds all that it needs.
            Run(next, Plans.Detach(join.Aggregate)).ShouldBeOfType<Done>();
            next.Describe().ShouldBe(apart);
            HasJournal.ShouldBeFalse();
        }
    }

    [Fact]
    public void A_refused_detach_leads_back_to_the_join()
    {
        for (int change = 0; change < Plans.Detach(4).Steps.Sum(step => step.Changes.Length); change++)
        {
            MemorySystem system = Plans.Pair();
            Run(system, Plans.Join());
            string joined = system.Describe();
            MemorySystem detaching = system.Reborn();
            detaching.RefuseAt = change;
            // Deleting a bond that is refused is tried again; it succeeds here, because only one change is refused.
            bool done = Run(detaching, Plans.Detach(4)) is Done;
            detaching.ShouldHaveTakenNothingAway(Plans.Detach(4));
            if (done)
            {
                change.ShouldBe(Plans.Detach(4).Steps.Sum(step => step.Changes.Length) - 1);
                continue;
            }
            detaching.Describe().ShouldBe(joined, $"change {change}");
            _journals.Joins().Length.ShouldBe(1);
            Recover(detaching).ShouldBeNull();
            File.Delete(_journals.PathOf(Plans.Mac));
        }
    }

    [Fact]
    public void A_bond_that_cannot_be_removed_gets_everything_back()
    {
        MemorySystem system = Plans.Pair();
        Run(system, Plans.Join());
        string joined = system.Describe();
        system.Refuses = change => change is DeleteLink;
        Run(system, Plans.Detach(4)).ShouldBeOfType<Undone>();
        system.Describe().ShouldBe(joined);
        _journals.Joins().Length.ShouldBe(1);
    }

    [Fact]
    public void A_bond_that_somebody_removed_in_the_middle_of_a_detach_ends_it()
    {
        MemorySystem system = Plans.Pair();
        string apart = system.Describe();
        Run(system, Plans.Join());
        system.Refuses = change =>
        {
            if (change is not AddRule { Rule.InputName: "eth0" } || system.Now.Find(4) is null)
                return false;
            system.Remove(4);
            return true;
        };
        Run(system, Plans.Detach(4)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(apart);
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void A_detach_that_fails_when_its_bond_is_gone_leaves_the_synthetic_its_configuration()
    {
        MemorySystem system = Plans.Pair();
        string apart = system.Describe();
        Run(system, Plans.Join());
        Plan detach = Plans.Detach(4);
        Step last = detach.Steps[^1];
        detach = detach with { Steps = detach.Steps.SetItem(detach.Steps.Length - 1, last with { Changes = last.Changes.Add(new KeepUnit("a", false)) }) };
        system.Refuses = change => change is KeepUnit;
        Run(system, detach).ShouldBeOfType<PartlyUndone>().Left.ShouldHaveSingleItem();
        system.Describe().ShouldBe(apart);
        HasJournal.ShouldBeTrue();
        Recover(system).ShouldBeOfType<PartlyUndone>();
        system.Describe().ShouldBe(apart);
        system.Refuses = _ => false;
        Recover(system).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(apart);
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void A_join_that_somebody_took_apart_is_restored_from_the_journal()
    {
        MemorySystem system = Plans.Pair();
        string apart = system.Describe();
        Run(system, Plans.Join());
        system.Remove(4);
        system.Describe().ShouldNotContain("10.0.0.4");
        using (PairLock held = PairLock.Take(_directory.Path, Plans.Mac, PairLock.Patience))
            new Recovery(system, _journals).Restore(held).ShouldBeOfType<Restored>();
        system.Describe().ShouldBe(apart);
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void A_restoration_that_was_killed_is_finished_by_the_next_process()
    {
        for (int moment = 0; ; moment++)
        {
            MemorySystem system = Plans.Pair();
            string apart = system.Describe();
            Run(system, Plans.Join());
            system.Remove(4);
            MemorySystem restoring = system.Reborn();
            restoring.KillAt = moment;
            bool killed = false;
            using (PairLock held = PairLock.Take(_directory.Path, Plans.Mac, PairLock.Patience))
            {
                try
                {
                    new Recovery(restoring, _journals).Restore(held);
                }
                catch (KilledException)
                {
                    killed = true;
                }
            }
            MemorySystem next = restoring.Reborn();
            Recover(next);
            next.Describe().ShouldBe(apart, $"moment {moment}");
            HasJournal.ShouldBeFalse();
            if (!killed)
                break;
        }
    }

    [Fact]
    public void A_detach_whose_last_step_was_done_is_finished()
    {
        MemorySystem system = Plans.Pair();
        string apart = system.Describe();
        Run(system, Plans.Join());
        byte[] joined = File.ReadAllBytes(_journals.PathOf(Plans.Mac));
        Run(system, Plans.Detach(4));
        // Killed between the last line and the removal of the journal.
        Plan plan = Plans.Detach(4);
        File.WriteAllBytes(_journals.PathOf(Plans.Mac), joined);
        using (Journal journal = _journals.Start(plan))
        {
            for (int step = 0; step < plan.Steps.Length; step++)
            {
                journal.Write(new StepBegun(step));
                journal.Write(new StepDone(step));
            }
        }
        Recover(system).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(apart);
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void VFs_that_come_and_go_keep_the_first_plan_and_a_short_journal()
    {
        MemorySystem system = Plans.Pair();
        Run(system, Plans.Join());
        long size = 0;
        for (int vf = 10; vf < 20; vf++)
        {
            system.Remove(vf == 10 ? Plans.Vf : vf - 1);
            system.Now = system.Now with
            {
                Links = system.Now.Links.Add(new Link { Index = vf, Name = "enP1s1", Address = Plans.Mac }),
            };
            Run(system, Plans.AddPort(4, vf)).ShouldBeOfType<Done>();
            JournalFile file = _journals.Read(Plans.Mac)!;
            file.State.Join!.Plan.Steps.Length.ShouldBe(4);
            file.State.Later!.Plan.Vf.ShouldBe(vf);
            size = size == 0 ? file.Length : size;
            file.Length.ShouldBe(size);
        }
        _journals.Joins().ShouldHaveSingleItem().Aggregate.ShouldBe(4);
    }

    [Fact]
    public void A_VF_that_cannot_be_added_leaves_the_join_as_it_was()
    {
        MemorySystem system = Plans.Pair();
        Run(system, Plans.Join());
        system.Remove(Plans.Vf);
        system.Now = system.Now with { Links = system.Now.Links.Add(new Link { Index = 7, Name = "enP1s1", Address = Plans.Mac }) };
        string before = system.Describe();
        for (int moment = 0; ; moment++)
        {
            MemorySystem adding = system.Reborn();
            adding.KillAt = moment;
            if (!RunKilled(adding, Plans.AddPort(4, 7)))
                break;
            MemorySystem next = adding.Reborn();
            Recover(next).ShouldBeOfType<Undone>();
            next.Describe().ShouldBe(before, $"moment {moment}");
            _journals.Joins().Length.ShouldBe(1);
        }
    }

    [Fact]
    public void A_journal_from_before_a_restart_is_forgotten()
    {
        MemorySystem system = Plans.Pair();
        system.KillAt = 12;
        RunKilled(system, Plans.Join()).ShouldBeTrue();
        MemorySystem restarted = Plans.Pair();
        string before = restarted.Describe();
        using (PairLock held = PairLock.Take(_directory.Path, Plans.Mac, PairLock.Patience))
            new Recovery(restarted, new Journals(_directory.Path, Here with { Boot = "next" })).Run(held)
                .ShouldBeOfType<Forgotten>();
        restarted.Describe().ShouldBe(before);
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void A_journal_of_another_network_namespace_is_left_alone()
    {
        Run(Plans.Pair(), Plans.Join());
        MemorySystem other = Plans.Pair();
        string before = other.Describe();
        var journals = new Journals(_directory.Path, Here with { Namespace = "net:[2]" });
        using PairLock held = PairLock.Take(_directory.Path, Plans.Mac, PairLock.Patience);
        new Recovery(other, journals).Run(held).ShouldBeNull();
        journals.Joins().ShouldBeEmpty();
        Should.Throw<SystemRefusal>(() => new Transaction(other, journals).Run(Plans.Join(), held))
            .Message.ShouldContain("another network namespace");
        other.Describe().ShouldBe(before);
        HasJournal.ShouldBeTrue();
    }

    [Fact]
    public void The_journal_of_a_synthetic_that_went_for_good_is_forgotten()
    {
        MemorySystem system = Plans.Pair();
        Run(system, Plans.Join());
        system.Remove(Plans.Synthetic);
        Recover(system).ShouldBeNull();
        system.Remove(4);
        Recover(system).ShouldBeOfType<Forgotten>();
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void A_join_whose_synthetic_left_in_the_middle_takes_its_bond_back()
    {
        MemorySystem system = Plans.Pair();
        system.Disappoints = expectation =>
        {
            system.Remove(Plans.Synthetic);
            return true;
        };
        Run(system, Plans.Join()).ShouldBeOfType<Undone>();
        system.Now.Find("bond-eth0").ShouldBeNull();
        HasJournal.ShouldBeFalse();
    }

    [Fact]
    public void Nothing_is_made_when_the_journal_cannot_be_written()
    {
        MemorySystem system = Plans.Pair();
        string before = system.Describe();
        using PairLock held = PairLock.Take(_directory.Path, Plans.Mac, PairLock.Patience);
        var nowhere = new Journals("/dev/null/no", Here);
        Should.Throw<SystemRefusal>(() => new Transaction(system, nowhere).Run(Plans.Join(), held));
        system.Describe().ShouldBe(before);
    }

    [Fact]
    public void Random_plans_are_taken_back_wherever_they_are_refused()
    {
        Prop.ForAll(Numbers(), numbers =>
        {
            var random = new RandomPlan(numbers, optional: numbers.Length % 2 == 0);
            int change = 0;
            for (int step = 0; step < random.Plan.Steps.Length; step++)
            {
                for (int i = 0; i < random.Plan.Steps[step].Changes.Length; i++, change++)
                {
                    MemorySystem system = Plans.Pair();
                    system.RefuseAt = change;
                    Outcome outcome = Run(system, random.Plan);
                    system.ShouldHaveTakenNothingAway(random.Plan);
                    system.Describe().ShouldBe(outcome is Undone ? random.States[0] : random.States[step]);
                    (outcome is Undone).ShouldBe(!random.Plan.Steps[step].Optional);
                    File.Delete(_journals.PathOf(Plans.Mac));
                }
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    [Fact]
    public void Random_plans_are_recovered_wherever_they_are_killed()
    {
        Prop.ForAll(Numbers(), numbers =>
        {
            var random = new RandomPlan(numbers, optional: numbers.Length % 2 == 0);
            for (int moment = 0; ; moment++)
            {
                MemorySystem system = Plans.Pair();
                system.KillAt = moment;
                bool killed = RunKilled(system, random.Plan);
                MemorySystem next = system.Reborn();
                Outcome? outcome = Recover(next);
                next.Describe().ShouldBe(outcome switch
                {
                    Undone => random.States[0],
                    DoneWithout => random.States[^2],
                    Done => random.States[^1],
                    null when !killed => random.States[^1],
                    _ => throw new InvalidOperationException($"{outcome}"),
                });
                File.Delete(_journals.PathOf(Plans.Mac));
                if (!killed)
                    break;
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    private static Arbitrary<int[]> Numbers() =>
        Gen.Choose(0, 12 * 3 * 8 - 1).ArrayOf().Resize(30).ToArbitrary();
}
