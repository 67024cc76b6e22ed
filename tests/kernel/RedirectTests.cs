using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Bpf;
using HypervVfattach.Linux.Netlink;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The redirect's programs in the running kernel.</summary>
public class RedirectTests : RedirectTest
{
    private readonly NetlinkSocket _socket = new();

    private Classifiers Classifiers => new(_socket);

    [Fact]
    public void Frames_go_out_by_the_vf_and_come_back_by_it()
    {
        Join();
        (long syn, long vf) = Sent();
        Ping();
        (Sent().Syn - syn).ShouldBe(0);
        (Sent().Vf - vf).ShouldBeGreaterThanOrEqualTo(10);

        Classifiers.Of([Synthetic, Vf]).Redirects.ShouldBe([new Redirect(Synthetic, Vf)]);
        JsonElement[] shown = [.. Tc("filter show dev syn egress").EnumerateArray()];
        shown.Last().GetProperty("options").GetProperty("bpf_name").GetString().ShouldBe(Classifier.OurName);
    }

    [Theory]
    [InlineData("it is off", "link set vf0 down")]
    [InlineData("it has no carrier", "peer link set vf1 down")]
    [InlineData("it is gone", "link del vf0")]
    public void What_the_vf_does_not_take_leaves_by_the_synthetic(string why, string how)
    {
        Join();
        Ping();
        (long syn, _) = Sent();
        if (how.StartsWith("peer ", StringComparison.Ordinal))
            Host.Ip(how[5..]);
        else
            Ip(how);
        Ping();
        (Sent().Syn - syn).ShouldBeGreaterThanOrEqualTo(10, why);
        Classifiers.Of([Synthetic]).Redirects[0].Vf.ShouldBe(why == "it is gone" ? 0 : Vf);

        if (how == "link del vf0")
            return;
        // And back, without any help.
        Host.Ip("link set vf1 up");
        Ip("link set vf0 up");
        Settle("vf0");
        (_, long vf) = Sent();
        Ping();
        (Sent().Vf - vf).ShouldBeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public void A_synthetic_without_a_carrier_sends_by_the_vf()
    {
        // As libvirt's recipe for a migration has it: its link is off except while the VF is away.
        Host.Ip("link set syn1 down");
        Join();
        (long syn, _) = Sent();
        Ping();
        (Sent().Syn - syn).ShouldBe(0);
        Host.Ip("link set syn1 up");
        Settle("syn");
        Ip("link del vf0");
        Backend.Announce(Synthetic);
        Ping();
    }

    [Fact]
    public void The_programs_are_loaded_whatever_memory_may_be_locked()
    {
        Join();
        File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max locked memory", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3].ShouldBe("unlimited");
    }

    [Fact]
    public void Neighbours_answer_through_the_vf_or_the_synthetic_itself()
    {
        Host.Ip("address add fd00::1/64 dev br0 nodad");
        Ip("address add fd00::2/64 dev syn nodad");
        Join();
        PathQuestion four = new(IPAddress.Parse("10.9.9.2"), IPAddress.Parse("10.9.9.1"), default), six = new(IPAddress.Parse("fd00::2"), IPAddress.Parse("fd00::1"), default),
            known = new(four.Own, four.Target, new HardwareAddress("02:15:5d:00:00:fe")), absent = new(four.Own, IPAddress.Parse("10.9.9.9"), default);
        Ask(Vf).ShouldBe([four.Target, six.Target], ignoreOrder: true);
        Backend.AskThrough(Vf, Synthetic, isPast: false, [known]).ShouldBe([known.Target]);
        Ask(Synthetic).ShouldBe([four.Target, six.Target], ignoreOrder: true);
        (long syn, long vf) = Sent();
        Ask(Synthetic);
        (Sent().Syn - syn).ShouldBeGreaterThanOrEqualTo(2, "past the redirect");
        Host.Ip("link set vf1 down");
        Ask(Vf).ShouldBeEmpty();
        Ask(Synthetic).ShouldBe([four.Target, six.Target], ignoreOrder: true);
        // An error waits at the sockets of an interface that is down.
        Ip("link set vf0 down");
        TimeSpan busy = Environment.CpuUsage.TotalTime;
        Ask(Vf).ShouldBeEmpty();
        (Environment.CpuUsage.TotalTime - busy).TotalMilliseconds.ShouldBeLessThan(500);

        ImmutableArray<IPAddress> Ask(int through) =>
            Backend.AskThrough(through, through == Vf ? Synthetic : Vf, isPast: through == Synthetic, [four, six, absent]);
    }

    [Theory]
    [InlineData("10.9.9.2", "10.9.9.1", "10.9.9.3")]
    [InlineData("fd00::2", "fd00::1", "fd00::3")]
    public void An_answer_to_the_question_of_another_program_does_not_count(string own, string target, string second)
    {
        Host.Ip("address add fd00::1/64 dev br0 nodad");
        Ip(["address add fd00::2/64 dev syn nodad", "address add 10.9.9.3/24 dev syn", "address add fd00::3/64 dev syn nodad"]);
        Join();
        PathQuestion question = new(IPAddress.Parse(own), IPAddress.Parse(target), default);
        Backend.AskThrough(Vf, Synthetic, isPast: false, [question]).ShouldBe([question.Target]);
        // The VF's path is dead, and all else leaves by the synthetic NIC.
        Host.Ip("link set vf1 down");
        using (Asking(question))
            Backend.AskThrough(Vf, Synthetic, isPast: false, [question]).ShouldBeEmpty();
        PathQuestion another = new(IPAddress.Parse(second), question.Target, default);
        using (Asking(another))
            Backend.AskThrough(Vf, Synthetic, isPast: false, [question]).ShouldBeEmpty("it answered another address");
        Backend.AskThrough(Synthetic, Vf, isPast: true, [question]).ShouldBe([question.Target]);
    }

    [Theory]
    [InlineData("10.9.9.2", "10.9.9.1", "10.9.9.3")]
    [InlineData("fd00::2", "fd00::1", "fd00::3")]
    public void The_questions_of_a_container_do_not_hide_an_answer(string own, string target, string container)
    {
        Host.Ip("address add fd00::1/64 dev br0 nodad");
        Ip(["address add fd00::2/64 dev syn nodad", "link add guest link syn address 02:15:5d:00:00:77 type macvlan mode bridge",
            "address add 10.9.9.3/24 dev guest", "address add fd00::3/64 dev guest nodad", "link set guest up"]);
        Join();
        PathQuestion question = new(IPAddress.Parse(own), IPAddress.Parse(target), default), other = new(IPAddress.Parse(container), question.Target, default);
        // Its frames leave by the synthetic NIC.
        using (Asking(other, "02:15:5d:00:00:77"))
        {
            for (int round = 0; round < 5; round++)
                Backend.AskThrough(Vf, Synthetic, isPast: false, [question]).ShouldBe([question.Target]);
        }
    }

    // Another program that asks, all the time.
    private Ended Asking(PathQuestion question, string? mac = null)
    {
        var end = new CancellationTokenSource();
        byte[] frame = NeighbourQuestion.Of(mac is null ? Mac : new HardwareAddress(mac), question);
        Task asking = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                PacketSocket.Send(Synthetic, [.. Enumerable.Repeat(frame, 20)]);
                Thread.Sleep(1);
            }
        });
        return new Ended(() =>
        {
            end.Cancel();
            asking.Wait();
            end.Dispose();
        });
    }

    private sealed class Ended(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    [Fact]
    public void A_vf_without_a_queueing_discipline_falls_back_likewise()
    {
        Ip("link set vf0 txqueuelen 0");
        TryRun("tc", "qdisc", "replace", "dev", "vf0", "root", "noqueue");
        Join();
        Ping();
        (long syn, _) = Sent();
        Host.Ip("link set vf1 down");
        Ping();
        (Sent().Syn - syn).ShouldBeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public void Frames_from_another_address_stay_with_the_synthetic()
    {
        Join();
        Ip([
            "link add guest link syn address 02:15:5d:00:00:77 type macvlan mode bridge", "address add 10.9.9.3/24 dev guest",
            "link set guest up",
        ]);
        (long syn, _) = Sent();
        Run("ping", "-q", "-c", "10", "-i", "0.01", "-I", "guest", "10.9.9.1");
        (Sent().Syn - syn).ShouldBeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public void Nothing_is_left_of_it()
    {
        // An interface that was switched on once keeps its queueing discipline.
        Ip("link set vf0 up");
        Ip("link set vf0 down");
        string before = Everything();
        Join();
        Everything().ShouldNotBe(before);
        for (int times = 0; times < 2; times++)
        {
            Backend.Apply(
                [
                    new SwitchPath(Synthetic, 0), new SetUp(Vf, false), new DetachFilters(Vf), new RemoveClsact(Vf),
                    new DetachFilters(Synthetic), new RemoveClsact(Synthetic), new SetAllMulticast(Vf, false),
                    new SetPromiscuous(Vf, false),
                ],
                0, repeat: times > 0);
            Everything().ShouldBe(before);
        }
        Ping();
    }

    [Fact]
    public void Somebody_elses_filter_keeps_its_clsact()
    {
        Run("tc", "qdisc", "add", "dev", "syn", "clsact");
        Run("tc", "filter", "add", "dev", "syn", "ingress", "prio", "7", "bpf", "bytecode", "1,6 0 0 0,");
        Join();
        Classifiers.Of([Synthetic]).Classifiers.ShouldContain(
            new Classifier(Synthetic, Hook.Ingress, "bpf", 7));
        Ping();
        Backend.Apply([new DetachFilters(Synthetic), new RemoveClsact(Synthetic)], 0, repeat: false);
        Tc("filter show dev syn ingress").GetArrayLength().ShouldBeGreaterThan(0);
        Tc("filter show dev syn egress").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public void The_old_ingress_discipline_is_in_the_way()
    {
        Run("tc", "qdisc", "add", "dev", "syn", "ingress");
        Classifiers.Of([Synthetic]).Classifiers.ShouldBe([new Classifier(Synthetic, Hook.Discipline, "ingress")]);
    }

    [Fact]
    public void A_map_that_is_not_there_is_an_error_but_for_undo()
    {
        Should.Throw<SystemRefusal>(() => Backend.Apply([new SwitchPath(Synthetic, Vf)], 0, repeat: false))
            .Message.ShouldBe("syn: send through vf0: No such file or directory (errno 2): the redirect's program is gone");
        Backend.Apply([new SwitchPath(Synthetic, 0)], 0, repeat: true);
    }

    [Fact]
    public void An_interface_that_is_gone_has_nothing_to_be_undone()
    {
        Ip("link del vf0");
        Backend.Apply(
            [
                new SetUp(Vf, false), new DetachFilters(Vf), new RemoveClsact(Vf), new SetPromiscuous(Vf, false),
                new SetAllMulticast(Vf, false), new SetMtu(Vf, 1500), new SetAlias(Vf, ""),
            ],
            0, repeat: true);
    }

    [Fact]
    public void An_alias_is_what_every_program_sees_until_it_is_removed()
    {
        string before = Everything();
        Backend.Apply([new SetAlias(Vf, "hyperv-vfattach: VF of syn")], 0, repeat: false);
        Ip("link show dev vf0").ShouldContain("alias hyperv-vfattach: VF of syn\n");
        Backend.ObserveLinks().Find("vf0")!.Alias.ShouldBe("hyperv-vfattach: VF of syn");
        Backend.Apply([new SetAlias(Vf, ""), new SetAlias(Vf, "")], 0, repeat: false);
        Backend.ObserveLinks().Find("vf0")!.Alias.ShouldBeNull();
        Everything().ShouldBe(before);
    }

    private static void Ping() =>
        TryRun("ping", "-q", "-c", "10", "-i", "0.01", "-W", "1", "10.9.9.1").Output.ShouldContain(" 0% packet loss");

    private static (long Syn, long Vf) Sent()
    {
        JsonElement[] links = [.. IpJson("-s link").EnumerateArray()];
        return (Of("syn"), Of("vf0"));

        long Of(string name) => links.Where(link => link.GetProperty("ifname").GetString() == name)
            .Select(link => link.GetProperty("stats64").GetProperty("tx").GetProperty("packets").GetInt64()).FirstOrDefault();
    }

    private static string Everything() => Ip("-d link show dev syn") + Ip("-d link show dev vf0") + Run("tc", "qdisc", "show");

    private static JsonElement Tc(string arguments)
    {
        string text = Run("tc", ["-j", .. arguments.Split(' ')]);
        return JsonDocument.Parse(string.IsNullOrWhiteSpace(text) ? "[]" : text).RootElement;
    }
}
