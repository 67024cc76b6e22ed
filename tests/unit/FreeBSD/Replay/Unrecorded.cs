using HypervVfattach.Tests.Unit.FreeBSD.Model;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Replay;

/// <summary>Changes on the machines between records: parts of the recordings are not in the file (the numbers skip). The state that they
/// must have left follows from the records after them; nothing here is compared.</summary>
internal static class Unrecorded
{
    /// <summary>A change of state before the record with this number.</summary>
    private sealed record Gap(string Kernel, int Before, Action<ModelKernel> Happened);

    private static readonly List<Gap> s_gaps =
    [
        .. Level15("renux15-builtin", 842, 917, 1816, 2068),
        .. Level15("renux15-module", 848, 926, 1825, 2077),

        new("freebsd14cur2022-builtin", 829, k => Join(k, "lagg0", "epair0a")),
        new("freebsd14cur2022-builtin", 891, k =>
        {
            Join(k, "lagg0", "epair1a", "epair0a");
            Flag(k, "epair0a", up: false);
        }),
        new("freebsd14cur2022-builtin", 1733, k =>
        {
            foreach (var nic in new[] { "vtnet0", "em0" })
            {
                Flag(k, nic, up: true);
                Flag(k, nic, up: false);
            }
            k.Inet6.SetNeighbourFlags(k.Interfaces["vtnet0"], Nd6.PerformNud | Nd6.AutoLinkLocal);
        }),
        new("freebsd14cur2022-builtin", 1941, k => PassThroughLagg(k, "vtnet0")),

        new("freebsd12.1-builtin", 290, k =>
        {
            k.Cloners.Create("epair");
            k.Cloners.Create("epair");
            Flag(k, "epair0b", up: true);
            Flag(k, "epair1b", up: true);
        }),
        new("freebsd12.1-builtin", 435, k =>
        {
            Flag(k, "epair0a", up: true);
            Join(k, "lagg0", "epair0a", "epair1a");
        }),
        new("freebsd12.1-builtin", 627, k =>
        {
            foreach (var (address, length, broadcast) in new[]
            {
                ("192.0.2.10", 24, "192.0.2.255"), ("192.0.2.11", 32, "192.0.2.11"), ("192.0.2.12", 24, "192.0.2.255"),
                ("198.51.100.5", 24, "198.51.100.255"), ("0.0.0.0", 8, "0.255.255.255"),
            })
                k.Inet.Add(k.Interfaces["lagg0"],
                    new InterfaceAddress(Ip.Parse(address), length) { Broadcast = Ip.Parse(broadcast) });
        }),
    ];

    /// <summary>Applies the unrecorded changes up to this record.</summary>
    public static void CatchUp(ModelKernel kernel, string name, int previous, int next)
    {
        foreach (var gap in s_gaps.Where(g => g.Kernel == name && g.Before > previous && g.Before <= next))
        {
            gap.Happened(kernel);
            kernel.Events.Clear();
        }
    }

    private static Gap[] Level15(string kernel, int rejoin, int bothJoin, int hardware, int last) =>
    [
        new(kernel, rejoin, k => Join(k, "lagg0", "epair0a")),
        new(kernel, bothJoin, k =>
        {
            Join(k, "lagg0", "epair1a", "epair0a");
            Flag(k, "lagg0", up: false);
            Flag(k, "lagg0", up: true);
        }),
        new(kernel, hardware, k =>
        {
            k.Inet6.SetNeighbourFlags(k.Interfaces["vtnet0"], Nd6.PerformNud | Nd6.AutoLinkLocal);
            PassThroughLagg(k, "vtnet0", "em0");
        }),
        new(kernel, last, k => PassThroughLagg(k, "vtnet0")),
    ];

    private static void Join(ModelKernel kernel, string lagg, params string[] ports)
    {
        foreach (var port in ports)
            kernel.Interfaces[lagg].Lagg!.Add(kernel.Interfaces[port]);
    }

    private static void Flag(ModelKernel kernel, string name, bool up)
    {
        var of = kernel.Interfaces[name];
        kernel.Link.SetFlags(of, up ? of.Flags | Iff.Up : of.Flags & ~Iff.Up);
    }

    /// <summary>Makes interfaces ports of a lagg that is then removed again.</summary>
    private static void PassThroughLagg(ModelKernel kernel, params string[] ports)
    {
        var (_, lagg) = kernel.Cloners.Create("lagg");
        Join(kernel, lagg, ports);
        if (ports.Length > 1)
            Flag(kernel, lagg, up: true);
        kernel.Cloners.Destroy(lagg);
    }
}
