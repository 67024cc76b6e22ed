using System.Globalization;
using System.Net;
using System.Text;
using HypervVfattach.Apply;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD;
using HypervVfattach.Pairs;
using HypervVfattach.Tests.Unit.FreeBSD.Devd;
using HypervVfattach.Tests.Unit.FreeBSD.Model;
using Shouldly;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>A FreeBSD guest on Hyper-V: a model kernel, its programs, and our installed executable.</summary>
internal sealed class Machine : IDisposable
{
    public const string Executable = "/usr/local/sbin/hyperv-vfattach";
    private static readonly byte[] s_mac = [0x00, 0x15, 0x5d, 0x01, 0x02, 0x03];
    private int _seen;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hyperv-vfattach-");

    public Machine(KernelProfile? profile = null, bool transparent = false)
    {
        profile ??= KernelProfile.Level15;
        Kernel = new ModelKernel(
            transparent ? profile with { HyperVCompiledIn = true } : profile.WithoutTransparentVf());
        Kernel.PlugLoopback();
        Waiting = new WaitingKernel(Kernel);
        Programs = new FakePrograms(Waiting, oldPidFiles: Kernel.Profile.OsRelDate < 1_200_000);
        Programs.Facts[Executable] = new FileFacts(0, UnixFileMode.UserRead | UnixFileMode.UserExecute, true);
    }

    public ModelKernel Kernel { get; }
    public WaitingKernel Waiting { get; }
    public FakePrograms Programs { get; }

    /// <summary>Standard output and standard error.</summary>
    public StringWriter Out { get; } = new() { NewLine = "\n" };

    /// <summary>A guest with hn0, switched on and configured by hand, and its VF mce0, which has just arrived.</summary>
    public static Machine Static(KernelProfile? profile = null)
    {
        var machine = new Machine(profile);
        machine.PlugHn();
        machine.Kernel.Plug("em9", [0x52, 0x54, 0, 1, 2, 3]);
        using (var backend = machine.Backend())
        {
            int hn = machine.Index("hn0");
            backend.Apply(
            [
                new SetUp(hn, true),
                Add(hn, "192.0.2.10", 24), Add(hn, "192.0.2.11", 32), Add(hn, "198.51.100.4", 24),
                Route(hn, "0.0.0.0", 0, "192.0.2.1"), Route(hn, "203.0.113.0", 24, "198.51.100.1"),
                new SetNd6Flags(hn, 0, 8),
                Add(hn, "2001:db8::10", 64), Route(hn, "::", 0, "2001:db8::1"),
            ], 0, repeat: false);
        }
        machine.Kernel.Settle();
        machine.PlugVf();
        return machine;
    }

    /// <summary>The same, configured by DHCP.</summary>
    public static Machine Dhcp(KernelProfile? profile = null, string keyword = "dhcp")
    {
        var machine = new Machine(profile);
        machine.PlugHn();
        machine.Programs.RcConf["hn0"] = [keyword, "dhclient /sbin/dhclient"];
        using (var backend = machine.Backend())
        {
            int hn = machine.Index("hn0");
            backend.Apply(
                [new SetUp(hn, true), Add(hn, "10.0.0.4", 24), Route(hn, "0.0.0.0", 0, "10.0.0.1")], 0, repeat: false);
        }
        machine.Kernel.Settle();
        machine.Programs.StartClient("hn0");
        machine.PlugVf();
        return machine;
    }

    public void PlugHn(int unit = 0) => Kernel.HyperV.Plug(unit, Mac(unit));

    public void PlugVf(string name = "mce0", int unit = 0) => Kernel.Plug(name, Mac(unit));

    private static byte[] Mac(int unit) => [.. s_mac.AsSpan(0, 5), (byte)(s_mac[5] + unit)];

    /// <summary>ifconfig NAME create, by an administrator.</summary>
    public void CreateCloned(string name)
    {
        using var sockets = new Sockets(Waiting);
        var request = new HypervVfattach.FreeBSD.Abi.InterfaceRequest(
            new byte[HypervVfattach.FreeBSD.Abi.InterfaceRequest.Size], name);
        sockets.Ioctl(HypervVfattach.FreeBSD.Abi.IoctlRequest.CreateInterface, request.Bytes).ShouldBe(0);
    }

    /// <summary>ifconfig NAME up, by an administrator.</summary>
    public void SwitchOn(string name, bool on = true)
    {
        using FreeBsdBackend backend = Backend();
        backend.Apply([new SetUp(Index(name), on)], 0, repeat: false);
    }

    /// <summary>Runs our executable with these arguments.</summary>
    public ExitCode Run(params string[] arguments) => Run(CommandLine.Parse(arguments), null);

    /// <summary>Runs the programs started in the background, and those that they start, until none is left.</summary>
    public void RunBackground()
    {
        while (Programs.Started.TryDequeue(out string[]? program))
        {
            if (program is ["/usr/sbin/service", .. var service])
                StockAction(["service", .. service]);
            else if (program is ["/usr/bin/env", var index, Executable, .. var arguments])
                _ = Run(CommandLine.Parse(arguments), [index]);
        }
    }

    /// <summary>Runs devd's rules for the arrival of the VF, to the end.</summary>
    public void VfArrived()
    {
        Run("--event", "mce0").ShouldBe(ExitCode.Done, Programs.Log.LastOrDefault());
        RunBackground();
    }

    /// <summary>Runs devd(8) with the stock rules and ours for all events so far, to the end.</summary>
    public void RunDevd()
    {
        var rules = new DevdRules([.. StockRules.All, ("/usr/local/etc/devd/hyperv-vfattach.conf", DevdRulesText)]);
        for (int seen = _seen; seen < Kernel.Events.Devctl.Count; seen = ++_seen)
        {
            foreach (string command in rules.Handle(Kernel.Events.Devctl[seen])?.Commands ?? [])
            {
                string[] words = command.Replace("$'", "").Replace("'", "").Split("exec ")[^1].Split(' ');
                if (words[0] == Executable)
                    Run(words[1..]);
                else
                    StockAction(words);
            }
            RunBackground();
        }
    }

    public static string DevdRulesText => File.ReadAllText(Path.Combine(Repository.Root, "rules/devd/hyperv-vfattach.conf"));

    // service dhclient quietstart IF: only where rc.conf asks for DHCP (rc.d/dhclient).
    private void StockAction(string[] words)
    {
        if (words is ["service", "dhclient", "quietstart", var link] && Programs.RcConf.GetValueOrDefault(link, []).Contains("dhcp"))
            Programs.StartClient(link);
    }

    /// <summary>All relevant state, with names instead of indexes.</summary>
    public string State()
    {
        using FreeBsdBackend backend = Backend();
        Snapshot links = backend.ObserveLinks();
        Snapshot now = backend.ObserveAll([.. links.Links.Select(link => link.Index)]);
        string NameOf(int index) => index == 0 ? "-" : now.Find(index)?.Name ?? $"#{index}";
        var text = new StringBuilder();
        foreach (Link link in now.Links.Where(link => link.Name != "lo0").OrderBy(link => link.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{link.Name} {link.Address} {(link.IsUp ? "up" : "down")}")
                .Append(link is { Carrier: true, IsUp: true } ? " carrier" : "").Append(CultureInfo.InvariantCulture, $" mtu {link.Mtu}");
            if (link.Master != 0)
                text.Append(CultureInfo.InvariantCulture, $" port of {NameOf(link.Master)}");
            if (link.Bond is { } lagg)
                text.Append(CultureInfo.InvariantCulture,
                    $" mode {lagg.Mode} primary {NameOf(lagg.Primary)} active {NameOf(lagg.ActivePort)}");
            if (FreeBsdFacts.Of(now).Nd6.FirstOrDefault(state => state.Link == link.Index) is { } nd6)
                text.Append(CultureInfo.InvariantCulture, $" nd6 {nd6.Flags:x}");
            text.Append('\n');
        }
        IEnumerable<string> lines =
        [
            .. now.Addresses.Where(address => NameOf(address.Link) != "lo0")
                .Select(address => $"  {NameOf(address.Link)} {address.Local}/{address.PrefixLength}"),
            .. now.Routes.Where(route => route.Protocol != RouteProtocol.Kernel)
                .Select(route => $"  route {route.Destination}/{route.DestinationLength} via {route.Legs[0].Gateway} "
                    + NameOf(route.Legs[0].Link)),
            .. Programs.Clients.Select(client => $"  dhclient on {client}"),
        ];
        foreach (string line in lines.Order(StringComparer.Ordinal))
            text.Append(line).Append('\n');
        return text.ToString();
    }

    public FreeBsdBackend Backend() => new(Waiting, Programs, new FastClock());

    public int Index(string name)
    {
        using FreeBsdBackend backend = Backend();
        return backend.ObserveLinks().Find(name).ShouldNotBeNull(name).Index;
    }

    /// <summary>Pairs with a journal.</summary>
    public int Journals => _directory.GetFiles("*.journal").Length;

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        // The program may have handled the exception like any other failure.
        Kernel.Sysctls.Unknown.ShouldBeEmpty();
    }

    public static AddAddress Add(int link, string address, byte length) =>
        new(new Address { Link = link, Local = IPAddress.Parse(address), PrefixLength = length });

    public static AddRoute Route(int link, string destination, byte length, string gateway) => new(
        new HypervVfattach.Core.Model.Route
        {
            Destination = IPAddress.Parse(destination),
            DestinationLength = length,
            Table = 0,
            Protocol = RouteOrigin.Static,
            Legs = [new RouteLeg(link, IPAddress.Parse(gateway))],
        }, RoutePlace.Behind);

    private ExitCode Run(Request request, string[]? environment)
    {
        using var system = new FreeBsdSystem(Waiting, Programs, new FastClock())
        {
            StateDirectory = _directory.FullName,
            HistoryDirectory = Path.Combine(_directory.FullName, "db"),
            Executable = Executable,
            IsRoot = Kernel.IsRoot,
        };
        World usual = World.For(request, system, new FreeBsdPolicy(), Out, Out);
        return Dispatcher.Run(request, new World
        {
            Request = request,
            System = system,
            Policy = usual.Policy,
            Journals = usual.Journals,
            History = usual.History,
            Log = usual.Log,
            Out = Out,
            Clock = new FastClock(),
            Variable = environment is null ? usual.Variable
                : name => Array.Find(environment, variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?.Split('=')[1],
        });
    }

    /// <summary>A clock that advances with each reading.</summary>
    private sealed class FastClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 10;

        public override long GetTimestamp() => _now++;
    }
}

/// <summary>A kernel in which time passes during a wait for events, and which can refuse, or kill the process, at any call that changes
/// something.</summary>
internal sealed class WaitingKernel(ModelKernel kernel) : IKernel
{
    /// <summary>Called before each call that changes something; an errno other than 0 is its result.</summary>
    public Func<int> Moment { get; set; } = () => 0;

    public int Socket(int domain, int type, int protocol) => kernel.Socket(domain, type, protocol);

    public int Close(int descriptor) => kernel.Close(descriptor);

    public int Ioctl(int descriptor, ulong request, Span<byte> argument)
    {
        bool changes = (request & 0xc0000000) == 0x80000000
            || request is HypervVfattach.FreeBSD.Abi.IoctlRequest.CreateInterface
                or HypervVfattach.FreeBSD.Abi.IoctlRequest.SetNeighbourInfo6;
        return changes && Moment() is > 0 and var errno ? -errno : kernel.Ioctl(descriptor, request, argument);
    }

    /// <summary>Sysctls whose value differs from the model's.</summary>
    public Dictionary<string, byte[]> Values { get; } = [];

    /// <summary>Sysctls that this kernel does not have.</summary>
    public HashSet<string> Missing { get; } = [];

    public int SysctlByName(string name, Span<byte> value)
    {
        if (Missing.Contains(name))
            return -2;
        if (!Values.TryGetValue(name, out byte[]? bytes))
            return kernel.SysctlByName(name, value);
        if (bytes.Length > value.Length)
            return -12;
        bytes.CopyTo(value);
        return bytes.Length;
    }

    public int Sysctl(ReadOnlySpan<int> mib, Span<byte> value) => kernel.Sysctl(mib, value);

    public int KldLoad(string module) => kernel.KldLoad(module);

    public int ModFind(string module) => kernel.ModFind(module);

    public int Write(int descriptor, ReadOnlySpan<byte> message) =>
        Moment() is > 0 and var errno ? -errno : kernel.Write(descriptor, message);

    public int Read(int descriptor, Span<byte> message)
    {
        int length = kernel.Read(descriptor, message);
        if (length < 0)
            kernel.Settle();
        return length;
    }
}
