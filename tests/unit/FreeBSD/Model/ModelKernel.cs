using HypervVfattach.FreeBSD;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>A model of a FreeBSD kernel's network, behind the raw system calls. It is derived from the kernel's sources and from
/// recordings, one rule per place; <see cref="KernelProfile"/> selects the rules.</summary>
internal sealed class ModelKernel : IKernel
{
    private const int SockRaw = 3;

    private readonly Dictionary<int, int> _descriptors = [];
    private readonly InterfaceRequests _interfaceRequests;
    private readonly LaggRequests _laggRequests;
    private readonly InetRequests _inetRequests;
    private readonly Inet6Requests _inet6Requests;
    private readonly RoutingSocket _routing;
    private int _lastDescriptor = 2;

    /// <summary>Creates a machine with only its loopback.</summary>
    public ModelKernel(KernelProfile profile)
    {
        Profile = profile;
        Interfaces = new InterfaceTable(this);
        Link = new LinkLayer(this);
        Inet = new Inet(this);
        Inet6 = new Inet6(this);
        Routes = new Routes(this);
        HyperV = new HyperV(this);
        Modules = new Modules(this);
        Sysctls = new Sysctls(this);
        Cloners = new Cloners(this);
        Lists = new InterfaceLists(this);
        _interfaceRequests = new InterfaceRequests(this);
        _laggRequests = new LaggRequests(this);
        _inetRequests = new InetRequests(this);
        _inet6Requests = new Inet6Requests(this);
        _routing = new RoutingSocket(this);
    }

    public KernelProfile Profile { get; }
    public Events Events { get; } = new();
    public InterfaceTable Interfaces { get; }
    public LinkLayer Link { get; }
    public Inet Inet { get; }
    public Inet6 Inet6 { get; }
    public Routes Routes { get; }
    public HyperV HyperV { get; }
    public Modules Modules { get; }
    public Sysctls Sysctls { get; }
    public Cloners Cloners { get; }
    public InterfaceLists Lists { get; }

    /// <summary>Whether the caller is root.</summary>
    public bool IsRoot { get; set; } = true;

    /// <summary>Whether the caller is in a jail that shares the host's network: it may look, but not change anything.</summary>
    public bool IsJailed { get; set; }

    /// <summary>kern.securelevel: no module can be loaded above 0.</summary>
    public int SecureLevel { get; set; }

    public uint ProcessId { get; set; } = 1;

    public bool MayConfigureNetwork => IsRoot && !IsJailed;
    public bool MayLoadModules => IsRoot && !IsJailed && SecureLevel <= 0;

    /// <summary>lo0.</summary>
    public Interface Loopback => Interfaces.Find("lo0") ?? PlugLoopback();

    /// <summary>Every call with its result, for tests of the order of calls.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Sees each call before the kernel does ("SIOCSLAGGPORT lagg0"); an errno other than 0 becomes the call's result. It can also
    /// change the machine.</summary>
    public Func<string, int>? Before { get; set; }

    /// <summary>Plugs a NIC: first the interface, then, with a location, the device on its bus.</summary>
    public Interface Plug(string name, byte[] mac, DriverTraits? driver = null, byte headerLength = 18,
        string? location = null)
    {
        var nic = Interfaces.Attach(new Interface
        {
            Name = name,
            Index = Interfaces.FreeIndex(),
            Kind = InterfaceKind.Hardware,
            Type = Ift.Ether,
            Flags = Iff.Broadcast | Iff.Simplex | Iff.Multicast | (Profile.EpochFlag ? Iff.KnowsEpoch : 0),
            Mac = mac,
            HardwareMac = mac,
            HeaderLength = headerLength,
            Driver = driver ?? DriverTraits.Plain,
            Capabilities = driver?.Capabilities ?? 0,
            HwAssist = driver?.HwAssist ?? 0,
            Location = location,
        });
        if (location is not null)
            Events.Devctl.Add($"+{name} at {location}");
        return nic;
    }

    /// <summary>lo0, which every machine has.</summary>
    public Interface PlugLoopback() => Interfaces.Attach(new Interface
    {
        Name = "lo0",
        Index = Interfaces.FreeIndex(),
        Kind = InterfaceKind.Loopback,
        Type = Ift.Loop,
        AddressType = Ift.Loop,
        Flags = Iff.Loopback | Iff.Multicast,
        Mtu = 16384,
        HeaderLength = 0,
        Baudrate = 0,
        HwAssist = 3599,
    });

    /// <summary>Unplugs a NIC.</summary>
    public void Unplug(string name)
    {
        var nic = Interfaces[name];
        Interfaces.Detach(nic);
        if (nic.Location is not null)
            Events.Devctl.Add($"-{name} at {nic.Location}");
    }

    /// <summary>Lets time pass: link negotiation and duplicate address detection end.</summary>
    public void Settle()
    {
        Link.Settle();
        Inet6.Settle();
    }

    public int Socket(int domain, int type, int protocol)
    {
        var errno = domain switch
        {
            Af.Local or Af.Inet or Af.Inet6 or Af.Route => 0,
            Af.Netlink when Profile.Netlink => 0,
            _ => Errno.EAFNOSUPPORT,
        };
        errno = Intercept($"socket {domain}", errno);
        if (errno != 0)
            return -errno;
        _descriptors[++_lastDescriptor] = domain;
        if (domain == Af.Route && (type & 0xf) == SockRaw)
            Events.Sockets[_lastDescriptor] = [];
        return _lastDescriptor;
    }

    public int Close(int descriptor)
    {
        Events.Sockets.Remove(descriptor);
        return _descriptors.Remove(descriptor) ? 0 : -Errno.EBADF;
    }

    /// <summary>open("/dev/devctl"): 0 or an errno.</summary>
    public int OpenDevctl() => IsRoot ? 0 : -Errno.EACCES;

    public int Ioctl(int descriptor, ulong request, Span<byte> argument)
    {
        if (!_descriptors.TryGetValue(descriptor, out var family))
            return -Errno.EBADF;
        if ((int)(request >> 16 & 0x1fff) != argument.Length)
            throw new ArgumentException($"{Requests.Name(request)} takes {request >> 16 & 0x1fff} bytes, not {argument.Length}");
        var call = Requests.Name(request);
        if (request is not (Requests.SIOCIFGCLONERS or Requests.SIOCGIFCONF))
            call = $"{call} {Bytes.Name(argument, 0)}";
        if (Intercept(call, 0) is var refused and not 0)
            return -refused;
        return -Log(call, Perform(family, request, argument));
    }

    public int SysctlByName(string name, Span<byte> value)
    {
        var (errno, all) = Sysctls.Get(name);
        errno = Intercept($"sysctl {name}", errno);
        return errno != 0 ? -errno : Store(all, value);
    }

    public int Sysctl(ReadOnlySpan<int> mib, Span<byte> value)
    {
        if (Intercept($"sysctl {string.Join('.', mib.ToArray())}", 0) is var refused and not 0)
            return -refused;
        // IFDATA_DRIVERNAME (net/if_mib.c)
        if (mib is [4, Af.Link, 0, 2, var index, 3])
            return Interfaces.ByIndex(index) is { } of ? Store(Model.Sysctls.Text(of.Unit!), value) : -Errno.ENOENT;
        if (mib.Length != 6 || mib[0] != 4 || mib[1] != Af.Route)
            throw Sysctls.Ask(string.Join('.', mib.ToArray()));
        byte[]? all = mib[4] switch
        {
            Rt.SysctlDump => _routing.Dump(mib[3]),
            Rt.SysctlIfList => Lists.Short(mib[5]),
            Rt.SysctlIfListL => Lists.Long(mib[5]),
            _ => null,
        };
        return all is null ? -Errno.EINVAL : Store(all, value);
    }

    public int KldLoad(string module)
    {
        var refused = Intercept($"kldload {module}", 0);
        return refused != 0 ? -refused : Log($"kldload {module}", Modules.Load(module));
    }

    public int ModFind(string module) => Modules.FindModule(module);

    public int Write(int descriptor, ReadOnlySpan<byte> message)
    {
        if (!Events.Sockets.ContainsKey(descriptor))
            return -Errno.EBADF;
        var call = $"route {(message.Length > 3 ? message[3] : 0)}";
        if (Intercept(call, 0) is var refused and not 0)
            return -refused;
        return Log(call, _routing.Write(message));
    }

    public int Read(int descriptor, Span<byte> message)
    {
        if (!Events.Sockets.TryGetValue(descriptor, out var queue))
            return -Errno.EBADF;
        if (!queue.TryDequeue(out var next))
            return -Errno.EAGAIN;
        // A message that does not fit is truncated, as on any datagram socket.
        var length = Math.Min(next.Length, message.Length);
        next.AsSpan(0, length).CopyTo(message);
        return length;
    }

    private int Perform(int family, ulong request, Span<byte> argument)
    {
        switch (request)
        {
            case Requests.SIOCIFCREATE:
                return _interfaceRequests.Create(argument, withParameter: false);
            case Requests.SIOCIFCREATE2:
                return _interfaceRequests.Create(argument, withParameter: true);
            case Requests.SIOCIFDESTROY:
                return _interfaceRequests.Destroy(argument);
            case Requests.SIOCIFGCLONERS:
                return _interfaceRequests.ListCloners(argument);
            case Requests.SIOCGIFCONF:
                return _interfaceRequests.Configuration(argument);
            default:
                return Interfaces.Find(Bytes.Name(argument, 0)) is { } of
                    ? Perform(of, family, request, argument)
                    : Errno.ENXIO;
        }
    }

    /// <summary>The socket's family decides about address requests; an unknown request ends in ether_ioctl(): EINVAL.</summary>
    private int Perform(Interface of, int family, ulong request, Span<byte> argument) => request switch
    {
        Requests.SIOCGIFFLAGS => InterfaceRequests.GetFlags(of, argument),
        Requests.SIOCSIFFLAGS => _interfaceRequests.SetFlags(of, argument),
        Requests.SIOCGIFMTU => InterfaceRequests.GetMtu(of, argument),
        Requests.SIOCSIFMTU => _interfaceRequests.SetMtu(of, argument),
        Requests.SIOCGIFCAP => InterfaceRequests.GetCapabilities(of, argument),
        Requests.SIOCGIFINDEX => InterfaceRequests.GetIndex(of, argument),
        Requests.SIOCGHWADDR => InterfaceRequests.GetHardwareMac(of, argument),
        Requests.SIOCSIFLLADDR => _interfaceRequests.SetMac(of, argument),
        Requests.SIOCSIFNAME => _interfaceRequests.Rename(of, argument),
        Requests.SIOCGIFFIB => InterfaceRequests.GetFib(of, argument),
        Requests.SIOCSIFFIB => _interfaceRequests.SetFib(of, argument),
        Requests.SIOCGIFMEDIA => InterfaceRequests.GetMedia(of, argument, extended: false),
        Requests.SIOCGIFXMEDIA => InterfaceRequests.GetMedia(of, argument, extended: true),
        Requests.SIOCGLAGG => LaggRequests.Get(of, argument),
        Requests.SIOCSLAGG => _laggRequests.Set(of, argument),
        Requests.SIOCSLAGGPORT => _laggRequests.AddPort(of, argument),
        Requests.SIOCSLAGGDELPORT => _laggRequests.RemovePort(of, argument),
        Requests.SIOCGLAGGPORT => _laggRequests.GetPort(of, argument),
        Requests.SIOCGLAGGFLAGS => LaggRequests.GetFlags(of, argument),
        Requests.SIOCGLAGGOPTS => _laggRequests.GetOptions(of, argument),
        Requests.SIOCAIFADDR when family == Af.Inet => _inetRequests.Add(of, argument),
        Requests.SIOCDIFADDR when family == Af.Inet => _inetRequests.Remove(of, argument),
        Requests.SIOCGIFADDR or Requests.SIOCGIFNETMASK or Requests.SIOCGIFBRDADDR when family == Af.Inet =>
            InetRequests.Get(of, request, argument),
        Requests.SIOCAIFADDR_IN6 when family == Af.Inet6 => _inet6Requests.Add(of, argument),
        Requests.SIOCDIFADDR_IN6 when family == Af.Inet6 => _inet6Requests.Remove(of, argument),
        Requests.SIOCGIFAFLAG_IN6 when family == Af.Inet6 => Inet6Requests.GetFlags(of, argument),
        Requests.SIOCGIFINFO_IN6 when family == Af.Inet6 => Inet6Requests.GetInfo(of, argument),
        Requests.SIOCSIFINFO_IN6 when family == Af.Inet6 => _inet6Requests.SetInfo(of, argument, flagsOnly: false),
        Requests.SIOCSIFINFO_FLAGS when family == Af.Inet6 => _inet6Requests.SetInfo(of, argument, flagsOnly: true),
        _ => Errno.EINVAL,
    };

    private static int Store(byte[] all, Span<byte> value)
    {
        if (value.Length == 0)
            return all.Length;
        if (value.Length < all.Length)
        {
            all.AsSpan(0, value.Length).CopyTo(value);
            return -Errno.ENOMEM;
        }
        all.CopyTo(value);
        return all.Length;
    }

    private int Intercept(string call, int errno)
    {
        var forced = Before?.Invoke(call) ?? 0;
        if (forced != 0)
            Log(call, forced);
        return forced != 0 ? forced : errno;
    }

    private int Log(string call, int result)
    {
        Calls.Add($"{call} = {result}");
        return result;
    }
}
