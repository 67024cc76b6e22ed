using System.Diagnostics;
using System.Net;
using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Bpf;
using Xunit;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace HypervVfattach.Tests.Kernel;

/// <summary>A test against the running kernel, in a network namespace that contains only what the tests create.</summary>
public abstract class KernelTest : IDisposable
{
    // Interfaces that kernels create in a new namespace (net.core.fb_tunnels_only_for_init_net).
    private static readonly string[] s_ofTheKernel =
    [
        "lo", "sit0", "tunl0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip6gre0", "ip_vti0", "ip6_vti0", "bond0", "teql0",
    ];

    // Determined once, before the first test creates an interface.
    private static readonly string? s_refusal = Refusal();

    // It stays on from one test to the next.
    private static readonly Lazy<string> s_loopbackOn = new(() => Ip("link set lo up"));

    // Separate from the one under test, which remembers what it has seen.
    private static readonly Lazy<LinuxBackend> s_looking = new(() => new LinuxBackend());

    private readonly List<Peer> _peers = [];

    protected KernelTest()
    {
        Assert.SkipWhen(s_refusal is not null, s_refusal ?? "");
        _ = s_loopbackOn.Value;
        Backend = new LinuxBackend(patience: TimeSpan.FromSeconds(5));
    }

    internal LinuxBackend Backend { get; }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Backend?.Dispose();
        if (s_refusal is not null)
            return;
        _peers.ForEach(peer => peer.Dispose());
        // Each process costs a third of a second in an emulated guest, so use one per family.
        Batch("ip", ["-force", "-batch", "-"],
        [
            .. s_looking.Value.ObserveLinks().Links.Select(link => link.Name).Except(s_ofTheKernel).Select(name => $"link delete {name}"),
            "rule flush", "rule add pref 0 table local", "rule add pref 32766 table main", "rule add pref 32767 table default",
            "route flush table all proto static", "nexthop flush",
        ]);
        Batch("ip", ["-6", "-force", "-batch", "-"],
        [
            "rule flush", "rule add pref 0 table local", "rule add pref 32766 table main", "route flush table all proto static",
        ]);
    }

    /// <summary>Creates pairs of connected interfaces and switches them on.</summary>
    /// <param name="pairs">The names of both ends.</param>
    protected static void Veths(params IReadOnlyList<(string Name, string Peer)> pairs) => Ip(pairs.SelectMany(pair => new[]
    {
        $"link add {pair.Name} type veth peer name {pair.Peer}",
        // No link-local addresses, which appear and end their tentative state at any time. In one message the kernel would switch the link
        // on first (do_setlink).
        $"link set {pair.Name} addrgenmode none", $"link set {pair.Peer} addrgenmode none",
        $"link set {pair.Peer} up", $"link set {pair.Name} up",
    }));

    /// <summary>Creates a pair of connected interfaces and switches them on.</summary>
    protected static void Veth(string name, string peer) => Veths((name, peer));

    /// <summary>Waits for what the kernel does by itself after a new carrier: linkwatch takes up to a second, and then IPv6 adds its
    /// routes.</summary>
    protected static void Settle(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            while (s_looking.Value.ObserveLinks().Find(name)?.Flags.HasFlag(LinkFlags.Running) != true)
                Thread.Sleep(10);
        }
    }

    /// <summary>Starts another namespace and moves interfaces there.</summary>
    protected Peer MovedToPeer(params IReadOnlyList<string> moved)
    {
        var peer = new Peer();
        _peers.Add(peer);
        Ip(moved.Select(link => $"link set {link} netns {peer.ProcessId}"));
        return peer;
    }

    protected static string Ip(string arguments) => Run("ip", arguments.Split(' '));

    /// <summary>Runs many commands of <c>ip</c> in a process or two, because each process costs a third of a second in an emulated
    /// guest.</summary>
    /// <param name="commands">The arguments of <c>ip</c>.</param>
    protected static void Ip(IEnumerable<string> commands)
    {
        const string ipv6 = "-6 ";
        List<string> waiting = [];
        string[] family = [];
        foreach (string command in commands)
        {
            // The commands of a batch have no options of their own.
            string[] ofThis = command.StartsWith(ipv6, StringComparison.Ordinal) ? ["-6"] : [];
            if (ofThis.Length != family.Length)
                Send();
            family = ofThis;
            waiting.Add(ofThis.Length > 0 ? command[ipv6.Length..] : command);
        }
        Send();

        void Send()
        {
            (int status, _, string error) = waiting.Count > 0 ? Batch("ip", [.. family, "-batch", "-"], waiting) : default;
            if (status != 0)
                throw new InvalidOperationException($"ip: {string.Join("; ", waiting)}: {error}");
            waiting.Clear();
        }
    }

    /// <summary>The lines in a fixed order: the kernel lists some objects in the order of its hash tables, above all neighbours, whose key
    /// it draws at random (neigh_get_hash_rnd, net/core/neighbour.c).</summary>
    protected static string Sorted(string lines) => string.Join('\n', lines.Split('\n').Order(StringComparer.Ordinal));

    protected static JsonElement IpJson(string arguments)
    {
        string text = Run("ip", ["-d", "-j", .. arguments.Split(' ')]);
        // Some versions print nothing for an empty list.
        return JsonDocument.Parse(string.IsNullOrWhiteSpace(text) ? "[]" : text).RootElement;
    }

    internal int Index(string name) =>
        Backend.ObserveLinks().Find(name)?.Index ?? throw new InvalidOperationException($"no {name}");

    internal static Address Address4(int link, string address, byte length) =>
        new() { Link = link, Local = IPAddress.Parse(address), PrefixLength = length };

    protected static string Run(string program, params string[] arguments)
    {
        (int status, string output, string error) = TryRun(program, arguments);
        return status == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
    }

    internal static (int Status, string Output, string Error) TryRun(string program, params string[] arguments) =>
        Batch(program, arguments, null);

    /// <summary>Runs a program that reads its input line by line.</summary>
    internal static (int Status, string Output, string Error) Batch(string program, string[] arguments, IEnumerable<string>? lines)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = lines is not null,
        };
        using Process process = Process.Start(start)!;
        if (lines is not null)
        {
            process.StandardInput.Write(string.Concat(lines.Select(line => $"{line}\n")));
            process.StandardInput.Close();
        }
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Why bpf(2) cannot be used here; null if it can.</summary>
    protected static string? BpfRefusal()
    {
        try
        {
            BpfSystemCall.CreateDeviceMap().Dispose();
            return null;
        }
        catch (SystemRefusal refusal)
        {
            return $"needs bpf(2), root's own: {refusal.Message}";
        }
    }

    private static string? Refusal()
    {
        if (!OperatingSystem.IsLinux())
            return "needs Linux";
        if (!File.Exists("/sbin/ip") && !File.Exists("/usr/sbin/ip") && !File.Exists("/bin/ip"))
            return "needs ip(8) to compare with (package iproute2)";
        if (!Privileges.HasNetAdmin())
            return "needs CAP_NET_ADMIN: run under unshare -Urn";
        using var backend = new LinuxBackend();
        string[] foreign = [.. backend.ObserveLinks().Links.Select(link => link.Name).Except(s_ofTheKernel)];
        return foreign.Length == 0
            ? null
            : $"needs a network namespace of its own (this one has {string.Join(", ", foreign)}): run under unshare -n";
    }
}

/// <summary>An observation of everything that is configured on some interfaces.</summary>
internal static class WholeObservation
{
    public static Snapshot ObserveAll(this IBackend network, params ReadOnlySpan<int> links) =>
        network.Complete(network.ObserveLinks(), links);
}
