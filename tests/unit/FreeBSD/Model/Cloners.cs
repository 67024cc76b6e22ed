using System.Globalization;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>Interfaces created and destroyed by name (net/if_clone.c).</summary>
internal sealed class Cloners(ModelKernel kernel)
{
    private const int MaxUnit = 0x7fff;

    private int _made;

    /// <summary>MAC addresses for interfaces that get a random one, in the order of creation; if empty, the model generates them.</summary>
    public Queue<byte[]> RandomMacs { get; } = [];

    /// <summary>The cloners that SIOCIFGCLONERS lists.</summary>
    public IEnumerable<string> Names => kernel.Modules.LaggPresent && !kernel.Profile.LaggCompiledIn
        ? kernel.Profile.Cloners.Prepend("lagg")
        : kernel.Profile.Cloners;

    /// <summary>SIOCIFCREATE and SIOCIFCREATE2: the name of the new interface, or an errno.</summary>
    public (int Errno, string Name) Create(string name, byte? laggType = null)
    {
        var cloner = Names.FirstOrDefault(c => name.StartsWith(c, StringComparison.Ordinal)
            && name.AsSpan(c.Length).IndexOfAnyExceptInRange('0', '9') < 0);
        if (cloner is null)
            return (Errno.EINVAL, name);
        var digits = name[cloner.Length..];
        if (digits.Length > 1 && digits[0] == '0' || digits.Length > 9)
            return (Errno.EINVAL, name);
        if (digits.Length > 0 && Exists(cloner, digits))
            return (Errno.EEXIST, name);
        var unit = digits.Length > 0 ? int.Parse(digits, CultureInfo.InvariantCulture) : FreeUnit(cloner);
        if (unit > MaxUnit)
            return (Errno.ENOSPC, name);
        if (cloner == "lagg" && laggType is not (null or 0) && kernel.Profile.LaggParameter)
            return (Errno.EINVAL, name);
        return (0, Make(cloner, unit));
    }

    /// <summary>SIOCIFDESTROY: only for interfaces that a cloner created.</summary>
    public int Destroy(string name)
    {
        if (kernel.Interfaces.Find(name) is not { } leaving)
            return Errno.ENXIO;
        switch (leaving.Kind)
        {
            case InterfaceKind.Hardware:
            case InterfaceKind.Loopback when leaving.Name == "lo0":
                return Errno.EINVAL;
            case InterfaceKind.Epair:
                DestroyPair(leaving);
                return 0;
            default:
                leaving.Lagg?.Dissolve();
                kernel.Interfaces.Detach(leaving);
                return 0;
        }
    }

    private bool Exists(string cloner, string unit) =>
        kernel.Interfaces.Find(cloner + unit + (cloner == "epair" ? "a" : "")) is not null;

    private int FreeUnit(string cloner)
    {
        var unit = 0;
        while (Exists(cloner, unit.ToString(CultureInfo.InvariantCulture)))
            unit++;
        return unit;
    }

    private string Make(string cloner, int unit)
    {
        var name = cloner + unit.ToString(CultureInfo.InvariantCulture);
        const int broadcast = Iff.Broadcast | Iff.Simplex | Iff.Multicast;
        switch (cloner)
        {
            case "lagg":
                var lagg = new Lagg(kernel);
                // Zero MAC address, Ethernet MTU, failover, not up.
                lagg.Interface = Attach(name, InterfaceKind.Lagg, Ift.Ether, broadcast, new byte[6], lagg: lagg);
                return name;
            case "epair":
                return MakePair(name);
            case "tap" or "vmnet":
                kernel.Events.Notify("DEVFS", "CDEV", "CREATE", $"cdev={name}");
                Attach(name, InterfaceKind.Tap, Ift.Ether, broadcast, RandomMac(), LinkState.Down);
                return name;
            case "tun":
                kernel.Events.Notify("DEVFS", "CDEV", "CREATE", $"cdev={name}");
                Attach(name, InterfaceKind.Tun, Ift.Ppp, Iff.PointToPoint | Iff.Multicast, [], addressType: Ift.Ppp);
                return name;
            case "bridge":
                Attach(name, InterfaceKind.Bridge, Ift.Bridge, broadcast, RandomMac(), LinkState.Down);
                return name;
            case "vlan":
                Attach(name, InterfaceKind.Vlan, Ift.L2Vlan, broadcast, new byte[6]);
                return name;
            default:
                Attach(name, InterfaceKind.Loopback, Ift.Loop, Iff.Loopback | Iff.Multicast, [], addressType: Ift.Loop);
                return name;
        }
    }

    private Interface Attach(string name, InterfaceKind kind, byte type, int flags, byte[] mac,
        LinkState link = LinkState.Unknown, Lagg? lagg = null, byte addressType = Ift.Ether) =>
        kernel.Interfaces.Attach(new Interface
        {
            Name = name,
            Index = kernel.Interfaces.FreeIndex(),
            Kind = kind,
            Type = type,
            AddressType = addressType,
            Flags = flags,
            Mac = mac,
            HardwareMac = mac,
            LinkState = link,
            Lagg = lagg,
        });

    /// <summary>Both ends run and have a link from the start.</summary>
    private string MakePair(string name)
    {
        var ends = new List<Interface>();
        foreach (var end in new[] { "a", "b" })
        {
            var mac = RandomMac();
            ends.Add(kernel.Interfaces.Attach(new Interface
            {
                Name = name + end,
                Index = kernel.Interfaces.FreeIndex(),
                Kind = InterfaceKind.Epair,
                Type = Ift.Ether,
                Flags = Iff.Broadcast | Iff.Simplex | Iff.Multicast | Iff.Running
                    | (kernel.Profile.EpochFlag ? Iff.KnowsEpoch : 0),
                Mac = mac,
                HardwareMac = mac,
                HeaderLength = (byte)(kernel.Profile.EpairOffloads || kernel.Profile.OldRadix ? 18 : 14),
                Baudrate = 10_000_000_000,
                Capabilities = kernel.Profile.EpairOffloads ? 0x6000_1bu : 8u,
                HwAssist = kernel.Profile.EpairOffloads ? 1542u : 0u,
            }));
        }
        (ends[0].Peer, ends[1].Peer) = (ends[1], ends[0]);
        foreach (var end in ends)
            kernel.Link.SetLinkState(end, LinkState.Up);
        return ends[0].Name;
    }

    private void DestroyPair(Interface one)
    {
        Interface[] ends = one.Name.EndsWith('a') ? [one, one.Peer!] : [one.Peer!, one];
        foreach (var end in ends)
            kernel.Link.SetLinkState(end, LinkState.Down);
        foreach (var end in ends)
            kernel.Interfaces.Detach(end);
    }

    private byte[] RandomMac() => RandomMacs.TryDequeue(out var mac)
        ? mac
        : [0x02, 0x0f, 0xb5, 0xd0, (byte)(_made >> 8), (byte)_made++];
}
