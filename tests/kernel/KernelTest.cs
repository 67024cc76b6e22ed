using System.Diagnostics;
using System.Net;
using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Bpf;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace HypervVfattach.Tests.Kernel;

/// <summary>A test against the running kernel, in a network namespace that holds nothing but what tests make.</summary>
public abstract class KernelTest : IDisposable
{
    // What kernels put into a new namespace by themselves (net.core.fb_tunnels_only_for_init_net).
    private static readonly string[] s_ofTheKernel =
    [
        "lo", "sit0", "tunl0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip6gre0", "ip_vti0", "ip6_vti0", "bond0", "teql0",
    ];

    // Found out once, before the first test makes an interface.
    private static readonly string? s_refusal = Refusal();

    private readonly List<Process> _peers = [];

    protected KernelTest()
    {
        Assert.SkipWhen(s_refusal is not null, s_refusal ?? "");
        Ip("link set lo up");
        Backend = new LinuxBackend(patience: TimeSpan.FromSeconds(5));
    }

    internal LinuxBackend Backend { get; }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Backend?.Dispose();
        if (s_refusal is not null)
            return;
        foreach (Process peer in _peers)
        {
            peer.Kill();
            peer.WaitForExit();
            peer.Dispose();
        }
        foreach (JsonElement link in IpJson("link").EnumerateArray())
        {
            string name = link.GetProperty("ifname").GetString()!;
            if (!s_ofTheKernel.Contains(name))
                TryRun("ip", "link", "delete", name);
        }
        foreach (string family in new[] { "-4", "-6" })
        {
            TryRun("ip", family, "rule", "flush");
            TryRun("ip", family, "rule", "add", "pref", "0", "table", "local");
            TryRun("ip", family, "rule", "add", "pref", "32766", "table", "main");
            TryRun("ip", family, "route", "flush", "table", "all", "proto", "static");
        }
        TryRun("ip", "-4", "rule", "add", "pref", "32767", "table", "default");
        TryRun("ip", "nexthop", "flush");
    }

    /// <summary>Makes a pair of connected interfaces and switches them on.</summary>
    protected static void Veth(string name, string peer)
    {
        Ip($"link add {name} type veth peer name {peer}");
        // No link-local addresses that come, and stop being tentative, when they like.
        Ip($"link set {name} addrgenmode none");
        Ip($"link set {peer} addrgenmode none");
        Ip($"link set {peer} up");
        Ip($"link set {name} up");
    }

    /// <summary>Waits for what the kernel does on its own when a carrier comes: linkwatch takes up to a second, and IPv6
    /// adds its routes then.</summary>
    protected static void Settle(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            while (!Ip($"link show {name}").Contains("state UP"))
                Thread.Sleep(10);
        }
    }

    /// <summary>Starts another namespace and moves interfaces there.</summary>
    /// <returns>What runs commands in it.</returns>
    protected Func<string, string> Peer(params IReadOnlyList<string> moved)
    {
        // A process that holds the namespace open, until it is killed.
        var peer = Process.Start("unshare", ["-n", "sleep", "600"]);
        _peers.Add(peer);
        string? own = Target("/proc/self/ns/net");
        while (Target($"/proc/{peer.Id}/ns/net") is not string theirs || theirs == own)
            Thread.Sleep(5);
        foreach (string link in moved)
            Ip($"link set {link} netns {peer.Id}");
        return command => Run(
            "nsenter", ["-t", peer.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), "-n",
                .. command.Split(' ')]);

        static string? Target(string file) => new FileInfo(file).LinkTarget;
    }

    protected static string Ip(string arguments) => Run("ip", arguments.Split(' '));

    /// <summary>The lines in an order: what the kernel lists by its hash tables has none, least of all neighbours, whose key it
    /// draws at random (neigh_get_hash_rnd, net/core/neighbour.c).</summary>
    protected static string Sorted(string lines) => string.Join('\n', lines.Split('\n').Order(StringComparer.Ordinal));

    protected static JsonElement IpJson(string arguments)
    {
        string text = Run("ip", ["-d", "-j", .. arguments.Split(' ')]);
        // An empty list is printed as nothing by some versions.
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

    protected static (int Status, string Output, string Error) TryRun(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Why bpf(2) cannot be used here; null when it can.</summary>
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
