using System.Diagnostics;
using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Netlink;
using Xunit;

namespace HypervVfattach.Tests.Kernel.Faults;

/// <summary>The real executable, real NICs and the real kernel: each message of each plan is refused by the kernel, which executes the rest
/// of the batch, and the process is killed around datagrams. In each case everything is as before, or the plan is complete.</summary>
public abstract class FaultMatrix : KernelTest
{
    private const string State = "/run/hyperv-vfattach";
    private const int EOPNOTSUPP = 95;
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(2);
    private static readonly string? s_executable = Executable.Path;

    // Configuration that an administrator may have put on the NIC, so that each kind of request is among those that can be refused.
    private static readonly string[] s_configuration =
    [
        $"link set {NicPair.Synthetic} mtu 1400 txqueuelen 777",
        $"link property add dev {NicPair.Synthetic} altname uplink-of-the-guest",
        $"link set {NicPair.Synthetic} up",
        $"addr add 192.0.2.10/24 brd + dev {NicPair.Synthetic}",
        $"addr add 192.0.2.11/24 dev {NicPair.Synthetic}",
        $"addr add 198.51.100.4/24 dev {NicPair.Synthetic}",
        $"addr add 2001:db8::10/64 dev {NicPair.Synthetic} nodad",
        $"route add default via 192.0.2.1 dev {NicPair.Synthetic} proto static",
        $"route add 203.0.113.0/24 via 198.51.100.1 dev {NicPair.Synthetic} metric 50",
        $"route add default via 192.0.2.2 dev {NicPair.Synthetic} table 100",
        $"route add default via 2001:db8::1 dev {NicPair.Synthetic} proto static",
        "rule add pref 100 from 192.0.2.11 lookup 100",
        $"rule add pref 101 iif {NicPair.Synthetic} lookup 100",
        $"nexthop add id 11 via 192.0.2.3 dev {NicPair.Synthetic}",
        "route add 203.0.114.0/24 nhid 11",
        // The gateways: none answers, and the product would wait for each of them.
        .. new[] { "192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1", "2001:db8::1" }
            .Select(gateway => $"neigh add {gateway} lladdr 02:00:00:00:00:01 dev {NicPair.Synthetic} nud permanent"),
        $"neigh add 192.0.2.20 lladdr 02:00:00:00:00:20 dev {NicPair.Synthetic} nud permanent",
        $"neigh add 2001:db8::20 lladdr 02:00:00:00:00:20 dev {NicPair.Synthetic} nud permanent",
    ];

    private readonly NicPair? _pair;
    private readonly NetlinkSocket _socket = new();
    private readonly Classifiers _classifiers;
    private readonly string _settings = "/run/hyperv-vfattach-faults.toml"; // where only root may write
    private NetworkState _plain = null!;
    private NetworkState _joined = null!;
    private NetworkState _withoutVf = null!;
    private NetworkState _rejoined = null!;
    private NetworkState? _at;
    private bool _every;

    protected FaultMatrix()
    {
        _classifiers = new Classifiers(_socket);
        Assert.SkipWhen(s_executable is null, Executable.Missing);
        _pair = NicPair.Find();
        Assert.SkipWhen(_pair is null, $"needs two NICs with one MAC address, one of them {NicPair.Driver}");
    }

    /// <summary>The last message of each kind of the join is refused; if the bond takes the name, also of the detach: a rename has its own
    /// undo, and changes the labels of addresses.</summary>
    /// <param name="join">Name of the join in the settings.</param>
    /// <param name="takeName">Whether the bond takes the synthetic NIC's name.</param>
    protected void TheJoin(string join, bool takeName = false) => Plans(join, takeName, all: false);

    /// <summary>Every message of the join, the detach and the VF's return is refused, and the process is killed before and after each
    /// datagram.</summary>
    /// <param name="join">Name of the join in the settings.</param>
    /// <param name="takeName">Whether the bond takes the synthetic NIC's name.</param>
    protected void AllPlans(string join, bool takeName) => Plans(join, takeName, all: true);

    private void Plans(string join, bool takeName, bool all)
    {
        _every = all;
        File.WriteAllText(_settings, $"""
            synthetic_drivers = ["{NicPair.Driver}"]
            join = "{join}"
            take_name = {(takeName ? "true" : "false")}
            """);
        string kind = takeName ? $"{join} with the name" : join;
        try
        {
            Learn(all);
            // Ordered so that no steps are needed in between.
            int failed = Cases($"{kind}, join", _plain, _joined, Attach);
            if (all || takeName)
                failed += Cases($"{kind}, detach", _joined, _plain, "detach", NicPair.Synthetic, "--config", _settings);
            if (all)
                failed += Cases($"{kind}, add port", _withoutVf, _rejoined, Attach);
            Assert.True(failed == 0, $"{failed} cases ended in another state, or with another exit code than theirs");
        }
        finally
        {
            Clear();
            _pair!.Dispose();
            _socket.Dispose();
            File.Delete(_settings);
        }
    }

    /// <summary>All cases of one plan.</summary>
    /// <returns>How many of them failed.</returns>
    private int Cases(string plan, NetworkState before, NetworkState after, params string[] command)
    {
        GoTo(before);
        _at = null;
        TracedRun whole = NetlinkTracer.Run(default, s_executable!, command);
        Assert.True(whole.ExitCode == 0, whole.Output);
        Assert.True(Differences(after)[0] is "", $"{plan}: not what the same command made before\n{Differences(after)[0]}");
        _at = after;

        int failed = 0;
        long began = Stopwatch.GetTimestamp();
        Dictionary<string, int> counts = [];
        foreach (Fault fault in Faults(whole))
        {
            GoTo(before);
            _at = null;
            long start = Stopwatch.GetTimestamp();
            TracedRun run = NetlinkTracer.Run(fault, s_executable!, command);
            double ran = Stopwatch.GetElapsedTime(start).TotalSeconds;
            // The same process undoes a refused plan.
            (int recovered, string recovery) = run.ExitCode is null ? Product("scan", "--unfinished") : (0, "");
            (string verdict, string? trouble) = Judge(fault, run, recovered, before, after);
            Print(string.Create(CultureInfo.InvariantCulture, $"{plan} | {Subject(fault, run, whole)} | "
                + $"{(run.Errno == 0 ? "-" : $"errno {run.Errno}")} | {(run.ExitCode is { } code ? $"exit {code}" : "killed")} | "
                + $"{(trouble is null ? verdict : $"WRONG: {verdict}")} | {ran:0.0} of {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
            string counted = $"{(run.ExitCode is null ? "killed" : "refused")} and {(trouble is null ? verdict : "WRONG")}";
            counts[counted] = counts.GetValueOrDefault(counted) + 1;
            if (trouble is null)
                continue;
            failed++;
            Print($"{trouble}\n  said: {(run.Output + recovery).TrimEnd().Replace("\n", "\n        ")}");
        }
        Print(string.Create(CultureInfo.InvariantCulture, $"== {plan}: {whole.Messages.Count} messages in {whole.Datagrams} datagrams; "
            + $"{string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}"))}; {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s"));
        return failed;
    }

    private IEnumerable<Fault> Faults(TracedRun whole)
    {
        for (int message = 0; message < whole.Messages.Count; message++)
        {
            if (_every || !whole.Messages.Skip(message + 1).Any(later => later.ToString() == whole.Messages[message].ToString()))
                yield return new Fault(FaultKind.Refuse, message);
        }
        for (int datagram = 0; _every && datagram < whole.Datagrams; datagram++)
        {
            yield return new Fault(FaultKind.KillBefore, datagram);
            yield return new Fault(FaultKind.KillAfter, datagram);
        }
    }

    private string[] Attach => [NicPair.Vf, "0", "--foreground", "--config", _settings];

    private static string Subject(Fault fault, TracedRun run, TracedRun whole)
    {
        if (fault.Kind == FaultKind.Refuse)
        {
            IReadOnlyList<SentMessage> sent = fault.At < run.Messages.Count ? run.Messages : whole.Messages;
            SentMessage message = sent[fault.At];
            return $"refuse {message}, {message.Place + 1} of {sent.Count(other => other.Datagram == message.Datagram)} in datagram {message.Datagram + 1}";
        }
        string messages = string.Join(", ", whole.Messages.Where(message => message.Datagram == fault.At)
            .CountBy(message => message.ToString()).Select(kind => kind.Value == 1 ? kind.Key : $"{kind.Value} {kind.Key}"));
        return $"kill {(fault.Kind == FaultKind.KillBefore ? "before" : "after")} datagram {fault.At + 1} ({messages})";
    }

    /// <summary>The outcome, and its fault; null for none.</summary>
    private (string Verdict, string? Trouble) Judge(Fault fault, TracedRun run, int recovered, NetworkState before, NetworkState after)
    {
        if (fault.Kind == FaultKind.Refuse && run.Messages.Count > fault.At && run.Errno != EOPNOTSUPP)
            return ("not refused", $"  the kernel answered errno {run.Errno}, not EOPNOTSUPP");
        // A join without its VF is neither, and waiting does not change that.
        string[] differences = Differences(run.ExitCode == 5 ? TimeSpan.Zero : s_settling, before, after);
        (string fromBefore, string fromAfter) = (differences[0], differences[1]);
        if (recovered != 0)
            return ("not recovered", $"  scan --unfinished: exit {recovered}; from the state before:\n{fromBefore}");
        if (fromBefore.Length == 0)
        {
            _at = before;
            // 5: a port could not be added to an existing bond.
            return run.ExitCode is null or 1 or 5 ? ("restored", null) : ("restored", $"  exit {run.ExitCode}, though nothing was done");
        }
        if (fromAfter.Length == 0)
        {
            _at = after;
            return run.ExitCode is null or 0 or 5 ? ("complete", null) : ("complete", $"  exit {run.ExitCode}, though all is done");
        }
        // A join without its VF is completed by the VF's next event.
        if (after != _plain && Product(Attach).Status == 0 && Differences(after)[0] is "")
        {
            _at = after;
            return run.ExitCode is null or 5 ? ("joined without the VF", null)
                : ("joined without the VF", $"  exit {run.ExitCode}, not 5");
        }
        // The closer state shows the fault better.
        return fromBefore.Length <= fromAfter.Length
            ? ("not as before", $"  from the state before:\n{fromBefore}") : ("not complete", $"  from the state after:\n{fromAfter}");
    }

    /// <summary>Creates everything again and records the states from which and to which the plans lead.</summary>
    private void Learn(bool all)
    {
        Configure();
        _plain = Stable();
        Succeed(Attach);
        _joined = _at = Stable();
        if (!all)
            return;
        Replug();
        _withoutVf = Stable();
        Succeed(Attach);
        _rejoined = Stable();
        Assert.True(_joined.Difference(_rejoined) is "",
            $"when the VF has left and come back, the join is not what it was:\n{_joined.Difference(_rejoined)}");
        _at = _rejoined;
    }

    private void Replug()
    {
        _pair!.Replug();
        SwitchOnce();
    }

    // An interface that was switched on once keeps its queueing discipline.
    private static void SwitchOnce()
    {
        Ip([$"link set {NicPair.Vf} up", $"link set {NicPair.Vf} down"]);
    }

    private void Configure()
    {
        Clear();
        _pair!.Renew();
        foreach (string directory in new[] { "conf/default", $"conf/{NicPair.Synthetic}", $"conf/{NicPair.Vf}" })
            File.WriteAllText($"/proc/sys/net/ipv6/{directory}/accept_dad", "0"); // Nothing that arrives a second later.
        File.WriteAllText($"/proc/sys/net/ipv4/conf/{NicPair.Synthetic}/arp_announce", "2");
        Ip(s_configuration);
        SwitchOnce();
        Settle(NicPair.Synthetic);
    }

    private static void Clear()
    {
        Batch("ip", ["-force", "-batch", "-"],
        [
            .. IpJson("link show type bond").EnumerateArray().Where(link => link.TryGetProperty("ifname", out _))
                .Select(link => $"link delete {link.GetProperty("ifname").GetString()}"),
            "rule del pref 100", "rule del pref 101",
        ]);
        if (Directory.Exists(State))
            Directory.Delete(State, recursive: true);
    }

    /// <summary>Establishes this state, from scratch if there is no way from the present one.</summary>
    private void GoTo(NetworkState state)
    {
        if (_at == state)
            return;
        if (_at is null || !TryGoTo(state))
        {
            Configure();
            _at = _plain;
            Assert.True(TryGoTo(state), $"the plan without a fault has another result than before:\n{Differences(state)[0]}");
        }
        _at = state;
    }

    private bool TryGoTo(NetworkState state)
    {
        if (_at != _plain && (state == _plain || state == _joined))
            Product("detach", NicPair.Synthetic, "--config", _settings);
        if (state == _joined || state == _withoutVf && _at == _plain)
            Product(Attach);
        if (state == _withoutVf)
            Replug();
        return Differences(state)[0] is "";
    }

    /// <summary>The differences from each of these states, when one of them is reached or the time is over.</summary>
    private string[] Differences(params NetworkState[] states) => Differences(s_settling, states);

    private string[] Differences(TimeSpan settling, params NetworkState[] states)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            NetworkState now = Now();
            string[] differences = [.. states.Select(state => state.Difference(now))];
            if (differences.Contains("") || Stopwatch.GetElapsedTime(start) > settling)
                return differences;
            Thread.Sleep(50);
        }
    }

    private NetworkState Stable()
    {
        NetworkState last = Now();
        while (true)
        {
            Thread.Sleep(1000);
            NetworkState now = Now();
            if (last.Difference(now) is "")
                return now;
            last = now;
        }
    }

    private NetworkState Now() => NetworkState.Now(
        [NicPair.Synthetic, NicPair.Vf, $"bond-{NicPair.Synthetic}", Settings.NameBehind(NicPair.Synthetic)], Redirects());

    // Targets of the redirects' maps, which tc does not show.
    private IEnumerable<string> Redirects()
    {
        Snapshot links = Backend.ObserveLinks();
        return links.Find(NicPair.Synthetic) is not { } synthetic ? []
            : _classifiers.Of([synthetic.Index]).Redirects.Select(redirect => $"redirect to {redirect.Vf switch
            {
                null => "a map that cannot be read",
                0 => "nothing",
                { } vf => links.Find(vf)?.Name ?? "an interface that is gone",
            }}");
    }

    private static (int Status, string Output) Product(params string[] arguments)
    {
        string[] words = [.. NicPair.Seeing, s_executable!, .. arguments];
        (int status, string output, string error) = TryRun(words[0], words[1..]);
        return (status, output + error);
    }

    private static void Succeed(params string[] arguments)
    {
        (int status, string output) = Product(arguments);
        Assert.True(status == 0, output);
    }

    private static void Print(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
