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

/// <summary>The redirect's programs in the running kernel: two interfaces with one address, whose wires end in a bridge of another
/// namespace. It sends to where it last saw the address, as the host's switch does.</summary>
public class RedirectTests : KernelTest
{
    private static readonly HardwareAddress s_mac = new("02:15:5d:00:00:01");
    private static readonly string? s_refusal = BpfRefusal();

    private readonly Peer _peer;
    private int _synthetic;
    private int _vf;

    public RedirectTests()
    {
        Assert.SkipWhen(s_refusal is not null, s_refusal ?? "");
        Ip([
            "link add syn type veth peer name syn1", $"link set syn address {s_mac} addrgenmode none",
            "link add vf0 type veth peer name vf1", $"link set vf0 address {s_mac} addrgenmode none",
        ]);
        _peer = MovedToPeer("syn1", "vf1");
        _peer.Ip("link add br0 address 02:15:5d:00:00:fe type bridge", "link set syn1 master br0 up", "link set vf1 master br0 up",
            "address add 10.9.9.1/24 dev br0", "link set br0 up");
        Ip(["address add 10.9.9.2/24 dev syn", "link set syn up"]);
        Settle("syn");
        _synthetic = Index("syn");
        _vf = Index("vf0");
    }

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

        Classifiers.Of([_synthetic, _vf]).Redirects.ShouldBe([new Redirect(_synthetic, _vf)]);
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
            _peer.Ip(how[5..]);
        else
            Ip(how);
        Ping();
        (Sent().Syn - syn).ShouldBeGreaterThanOrEqualTo(10, why);
        Classifiers.Of([_synthetic]).Redirects[0].Vf.ShouldBe(why == "it is gone" ? 0 : _vf);

        if (how == "link del vf0")
            return;
        // And back, without any help.
        _peer.Ip("link set vf1 up");
        Ip("link set vf0 up");
        Settle("vf0");
        (_, long vf) = Sent();
        Ping();
        (Sent().Vf - vf).ShouldBeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public void A_vf_without_a_queueing_discipline_falls_back_likewise()
    {
        Ip("link set vf0 txqueuelen 0");
        TryRun("tc", "qdisc", "replace", "dev", "vf0", "root", "noqueue");
        Join();
        Ping();
        (long syn, _) = Sent();
        _peer.Ip("link set vf1 down");
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
                    new SwitchPath(_synthetic, 0), new SetUp(_vf, false), new DetachFilters(_vf), new RemoveClsact(_vf),
                    new DetachFilters(_synthetic), new RemoveClsact(_synthetic), new SetAllMulticast(_vf, false),
                    new SetPromiscuous(_vf, false),
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
        Classifiers.Of([_synthetic]).Classifiers.ShouldContain(
            new Classifier(_synthetic, Hook.Ingress, "bpf", 7));
        Ping();
        Backend.Apply([new DetachFilters(_synthetic), new RemoveClsact(_synthetic)], 0, repeat: false);
        Tc("filter show dev syn ingress").GetArrayLength().ShouldBeGreaterThan(0);
        Tc("filter show dev syn egress").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public void The_old_ingress_discipline_is_in_the_way()
    {
        Run("tc", "qdisc", "add", "dev", "syn", "ingress");
        Classifiers.Of([_synthetic]).Classifiers.ShouldBe([new Classifier(_synthetic, Hook.Discipline, "ingress")]);
    }

    [Fact]
    public void A_map_that_is_not_there_is_an_error_but_for_undo()
    {
        Should.Throw<SystemRefusal>(() => Backend.Apply([new SwitchPath(_synthetic, _vf)], 0, repeat: false))
            .Message.ShouldBe("syn: send through vf0: No such file or directory (errno 2): the redirect's program is gone");
        Backend.Apply([new SwitchPath(_synthetic, 0)], 0, repeat: true);
    }

    [Fact]
    public void An_interface_that_is_gone_has_nothing_to_be_undone()
    {
        Ip("link del vf0");
        Backend.Apply(
            [
                new SetUp(_vf, false), new DetachFilters(_vf), new RemoveClsact(_vf), new SetPromiscuous(_vf, false),
                new SetAllMulticast(_vf, false), new SetMtu(_vf, 1500),
            ],
            0, repeat: true);
    }

    private void Join() => Backend.Apply(
        [
            new AddClsact(_synthetic), new AttachEgress(_synthetic, s_mac), new AddClsact(_vf),
            new AttachIngress(_vf, _synthetic), new SetAllMulticast(_vf, true), new SetPromiscuous(_vf, true),
            new SetUp(_vf, true), new WaitForCarrier(_vf), new SwitchPath(_synthetic, _vf),
        ],
        0, repeat: false);

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
