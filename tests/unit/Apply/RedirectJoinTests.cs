using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Joins;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using HypervVfattach.Report;
using Shouldly;
using Xunit;
using Outcome = HypervVfattach.Apply.Outcome;

namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>The redirect's plans: as text, executed, refused and killed at every change.</summary>
public sealed class RedirectJoinTests : IDisposable
{
    private static readonly Settings s_settings = new()
    {
        Join = JoinKind.Redirect, SyntheticDrivers = ["virtio_net"],
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly Journals _journals;

    public RedirectJoinTests() => _journals = new Journals(_directory.Path, new HostIdentity("boot", "net:[1]"));

    public void Dispose() => _directory.Dispose();

    private static MemorySystem Host()
    {
        MemorySystem system = Plans.Pair();
        system.Now = system.Now with
        {
            Kernel = new Version(6, 1),
            Links = [.. system.Now.Links.Select(link => link with
            {
                Mtu = link.Index == Plans.Synthetic ? 9000u : 1500u,
                Device = link.Index == Plans.Synthetic ? new Device("virtio_net", "virtio", "a", 0)
                    : link.Index == Plans.Vf ? new Device("vmxnet3", "pci", "b", 0) : null,
            })],
            Sysctls = [.. system.Now.Sysctls, new Sysctl(Plans.Vf, "ipv6/conf", "addr_gen_mode", "0")],
        };
        return system;
    }

    private Decision Decide(MemorySystem system) => new LinuxPolicy().Decide(
        new Event(Plans.Synthetic, true), system.Now with { Joins = _journals.Joins() }, s_settings);

    private Plan Plan(MemorySystem system) => Decide(system).ShouldBeOfType<Do>().Plan;

    private Plan Detach(MemorySystem system) => new LinuxPolicy().Joins.Detach(system.Now, _journals.Joins().ShouldHaveSingleItem())!;

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

    private static string Written(Plan plan, MemorySystem system) => PlanText.Of(plan, "because", system.Now)
        + "\nand back:\n" + string.Concat(plan.Steps.Reverse().Select(step => $"\n{step.Name}\n"
            + string.Concat(step.Undo.Select(change => $"   {change.Describe(PlanText.Names(plan, system.Now))}\n"))));

    /// <summary>Removes the VF and plugs it with another index, in its original state.</summary>
    private static void Replug(MemorySystem system)
    {
        Link vf = Host().Now.Find(Plans.Vf)!;
        system.Remove(Plans.Vf);
        system.Now = system.Now with
        {
            Links = system.Now.Links.Add(vf with { Index = 30 }),
            Sysctls = system.Now.Sysctls.Add(new Sysctl(30, "ipv6/conf", "addr_gen_mode", "0")),
        };
    }

    [Fact]
    public void The_plans_in_words()
    {
        MemorySystem system = Host();
        Plan join = Plan(system);
        Run(system, join).ShouldBeOfType<Done>();
        string text = $"join\n\n{Written(join, system)}\n\ndetach\n\n{Written(Detach(system), system)}";
        system.Remove(Plans.Vf);
        text += $"\n\ndetach without the VF\n\n{Written(Detach(system), system)}";
        text.ShouldBeApproved();
    }

    [Fact]
    public void Nothing_of_the_synthetic_moves()
    {
        MemorySystem system = Host();
        Link before = system.Now.Find(Plans.Synthetic)!;
        (var addresses, var routes, var neighbours) = (system.Now.Addresses, system.Now.Routes, system.Now.Neighbours);
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Synthetic).ShouldBe(before);
        (system.Now.Addresses, system.Now.Routes, system.Now.Neighbours).ShouldBe((addresses, routes, neighbours));
        Decide(system).ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("already redirected");
    }

    [Theory]
    [InlineData("nothing above it", true)]
    [InlineData("a bridge", false)]
    [InlineData("forwarding", false)]
    public void Large_received_packets_are_switched_off_where_they_would_be_forwarded(string above, bool isOn)
    {
        MemorySystem system = Host();
        system.Set(Plans.Vf, link => link with { Offloads = ["rx-lro", "tx-tcp-segmentation"] });
        system.Set(Plans.Synthetic, link => link with { Offloads = ["tx-tcp-segmentation", "tx-vlan-hw-insert"] });
        if (above == "a bridge")
        {
            system.Now = system.Now with { Links = system.Now.Links.Add(new Link { Index = 90, Name = "br0", Kind = "bridge" }) };
            system.Set(Plans.Synthetic, link => link with { Master = 90 });
        }
        if (above == "forwarding")
            system.Now = system.Now with { Sysctls = system.Now.Sysctls.Add(new Sysctl(Plans.Synthetic, "ipv4/conf", "forwarding", "1")) };
        string before = system.Describe();
        Plan join = Plan(system);
        join.Notes.ShouldContain(note => note.Contains("lacks offloads that are on at eth0 (tx-vlan-hw-insert)"));
        Run(system, join).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.Offloads.Contains("rx-lro").ShouldBe(isOn);
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
    }

    [Fact]
    public void Detach_restores_the_addresses_that_an_administrator_had_added_to_the_vf()
    {
        MemorySystem system = Host();
        const string group = "01:0e:cf:00:00:99", own = "02:00:00:00:00:55";
        system.Set(Plans.Vf, link => link with { Groups = [group], MulticastAddresses = [group], UnicastAddresses = [own] });
        string before = system.Describe();
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.UnicastAddresses.ShouldBeEmpty();
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
    }

    [Fact]
    public void Detach_leaves_nothing()
    {
        MemorySystem system = Host();
        string before = system.Describe();
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldNotBe(before);
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
        _journals.Pairs().ShouldBeEmpty();
    }

    [Fact]
    public void A_vf_that_is_back_gets_the_traffic_and_detach_leaves_it_as_it_came()
    {
        MemorySystem system = Host();
        Replug(system);
        string before = system.Describe();
        system = Host();
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        Replug(system);
        system.Now.Redirects.ShouldBe([new Redirect(Plans.Synthetic, 0)]);
        Plan again = Plan(system);
        again.Goal.ShouldBe(Goal.AddPort);
        again.Steps.Select(step => step.Name).ShouldBe(["prepare the VF", "switch to the VF"]);
        Run(system, again).ShouldBeOfType<Done>();
        system.Now.Redirects.ShouldBe([new Redirect(Plans.Synthetic, 30)]);
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
    }

    [Fact]
    public void What_somebody_took_away_is_completed_and_detach_still_knows_how_the_vf_was()
    {
        MemorySystem system = Host();
        string before = system.Describe();
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        system.Now = system.Now with
        {
            Classifiers = [], Redirects = [],
            Links = [.. system.Now.Links.Select(link => link.Index == Plans.Vf ? link with { Mtu = 1400 } : link)],
        };
        Plan again = Plan(system);
        again.Steps.Select(step => step.Name).ShouldBe(["attach the program", "prepare the VF", "switch to the VF"]);
        Run(system, again).ShouldBeOfType<Done>();
        Decide(system).ShouldBeOfType<LeaveAlone>();
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
    }

    /// <summary>hyperv-vfattach(8) promises the text.</summary>
    [Fact]
    public void The_vf_is_marked_while_it_is_joined()
    {
        MemorySystem system = Host();
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.Alias.ShouldBe("hyperv-vfattach: VF of eth0");
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.Alias.ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_alias_of_the_administrator_stays(bool before)
    {
        MemorySystem system = Host();
        if (before)
            Alias(system, "rack 7");
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        Alias(system, "rack 7");

        // Completed, and completed in vain.
        system.Now = system.Now with { Classifiers = [], Redirects = [] };
        system.Disappoints = expectation => expectation is Answers;
        Run(system, Plan(system)).ShouldBeOfType<Undone>();
        system.Now.Find(Plans.Vf)!.Alias.ShouldBe("rack 7");
        system.Disappoints = _ => false;
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.Alias.ShouldBe("rack 7");

        // Detached in vain, and detached.
        system.Disappoints = expectation => expectation is Answers;
        Run(system, Detach(system)).ShouldBeOfType<Undone>();
        system.Now.Find(Plans.Vf)!.Alias.ShouldBe("rack 7");
        system.Disappoints = _ => false;
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.Alias.ShouldBe("rack 7");
    }

    /// <summary>A join of an earlier version has no mark; one whose administrator took the alias away gets it back.</summary>
    [Fact]
    public void A_mark_that_is_missing_comes_with_the_completion_and_goes_with_detach()
    {
        MemorySystem system = Host();
        Alias(system, "rack 7");
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        Alias(system, null);
        system.Now = system.Now with { Classifiers = [], Redirects = [] };
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.Alias.ShouldBe("hyperv-vfattach: VF of eth0");
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.Alias.ShouldBeNull();
    }

    private static void Alias(MemorySystem system, string? alias) => system.Now = system.Now with
    {
        Links = [.. system.Now.Links.Select(link => link.Index == Plans.Vf ? link with { Alias = alias } : link)],
    };

    [Fact]
    public void Somebodys_clsact_stays()
    {
        MemorySystem system = Host();
        system.Now = system.Now with
        {
            Classifiers =
            [
                new Classifier(Plans.Synthetic, Hook.Discipline, "clsact"),
                new Classifier(Plans.Synthetic, Hook.Ingress, "bpf", 1, "theirs"),
            ],
        };
        string before = system.Describe();
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
    }

    [Fact]
    public void What_stands_on_the_synthetic_makes_the_vf_take_everything()
    {
        MemorySystem system = Host();
        system.Now = system.Now with
        {
            Links = system.Now.Links.Add(new Link { Index = 40, Name = "eth0.5", Kind = "vlan", Lower = Plans.Synthetic }),
        };
        string before = system.Describe();
        Run(system, Plan(system)).ShouldBeOfType<Done>();
        system.Now.Find(Plans.Vf)!.Flags.ShouldBe(
            LinkFlags.Up | LinkFlags.AllMulticast | LinkFlags.Promiscuous, "the VLAN's frames are filtered otherwise");
        Run(system, Detach(system)).ShouldBeOfType<Done>();
        system.Describe().ShouldBe(before);
    }

    [Fact]
    public void A_join_that_is_refused_anywhere_leaves_no_trace()
    {
        string before = Host().Describe();
        for (int change = 0; ; change++)
        {
            MemorySystem system = Host();
            system.RefuseAt = change;
            Plan plan = Plan(system);
            if (Run(system, plan) is Done)
            {
                change.ShouldBeGreaterThan(8);
                return;
            }
            system.ShouldHaveTakenNothingAway(plan);
            system.Describe().ShouldBe(before, $"change {change}");
            _journals.Pairs().ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_detach_that_is_refused_anywhere_leads_back()
    {
        MemorySystem joined = Host();
        Run(joined, Plan(joined)).ShouldBeOfType<Done>();
        string together = joined.Describe();
        byte[] journal = File.ReadAllBytes(_journals.PathOf(Plans.Mac));
        for (int change = 0; ; change++)
        {
            File.WriteAllBytes(_journals.PathOf(Plans.Mac), journal);
            MemorySystem system = joined.Reborn();
            system.RefuseAt = change;
            Plan plan = Detach(system);
            if (Run(system, plan) is Done)
            {
                change.ShouldBeGreaterThan(4);
                return;
            }
            system.ShouldHaveTakenNothingAway(plan);
            system.Describe().ShouldBe(together, $"change {change}");
        }
    }

    [Fact]
    public void A_gateway_that_does_not_answer_by_the_vf_is_a_refusal()
    {
        MemorySystem system = Host();
        string before = system.Describe();
        system.Disappoints = expectation => expectation is Answers;
        Run(system, Plan(system)).ShouldBeOfType<Undone>().Step.ShouldBe("switch to the VF");
        system.Describe().ShouldBe(before);
    }

    [Fact]
    public void A_join_that_is_killed_anywhere_leaves_no_trace_or_is_complete()
    {
        string before = Host().Describe();
        for (int moment = 0; ; moment++)
        {
            MemorySystem system = Host();
            Plan plan = Plan(system);
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
            if (outcome is null or Undone)
                next.Describe().ShouldBe(before, $"moment {moment}");
            else
                Decide(next).ShouldBeOfType<LeaveAlone>($"moment {moment}");
            foreach (string mac in _journals.Pairs())
                File.Delete(_journals.PathOf(new HardwareAddress(mac)));
        }
    }

    [Fact]
    public void A_detach_that_is_killed_anywhere_leads_back_or_to_the_end()
    {
        string apart = Host().Describe();
        MemorySystem joined = Host();
        Run(joined, Plan(joined)).ShouldBeOfType<Done>();
        string together = joined.Describe();
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
                system.Describe().ShouldBe(apart);
                return;
            }
            catch (KilledException)
            {
            }
            MemorySystem next = system.Reborn();
            Recover(next);
            Sorted(next.Describe()).ShouldBeOneOf(Sorted(apart), Sorted(together));
        }

        static string Sorted(string text) => string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal));
    }
}
