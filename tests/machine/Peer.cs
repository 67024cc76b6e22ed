using System.Net;
using System.Runtime.InteropServices;

namespace HypervVfattach.Machines;

/// <summary>The host at the other end of the wire: a real Linux network stack in its own namespace.</summary>
/// <remarks>Its interface is one end of a veth pair; the wire reads and writes the other. Servers are started with <see cref="Namespace"/>;
/// see <see cref="Router"/>.</remarks>
public sealed partial class Peer : IDisposable
{
    private const string Far = "wire";

    /// <summary>The interface's name in the namespace.</summary>
    public const string Interface = "peer";

    /// <summary>The peer's IPv4 address; the prefix length is 24.</summary>
    public static IPAddress V4 { get; } = IPAddress.Parse("10.77.0.1");

    /// <summary>The peer's IPv6 address; the prefix length is 64.</summary>
    public static IPAddress V6 { get; } = IPAddress.Parse("fd77::1");

    private readonly bool _hasOffloads;

    private Peer(NetworkNamespace ns, bool hasOffloads) => (Namespace, _hasOffloads) = (ns, hasOffloads);

    /// <summary>The namespace of the peer's programs and sockets.</summary>
    public NetworkNamespace Namespace { get; }

    /// <param name="hasOffloads">Whether checksums and segmentation are left to the other end of the wire.</param>
    internal static async Task<Peer> StartAsync(bool hasOffloads = false)
    {
        var ns = new NetworkNamespace();
        await ns.RunAsync("ip", "link", "set", "lo", "up");
        await ns.RunAsync("ip", "link", "add", Interface, "mtu", "9000", "type", "veth", "peer", "name", Far, "mtu", "9000");
        ns.Run(() =>
        {
            Sysctl("ipv6/conf/wire/disable_ipv6", "1");
            Sysctl($"ipv6/conf/{Interface}/accept_dad", "0");
            // Frames waiting for qemu: as many as in a NIC's ring, not the default of 10.
            if (File.Exists("/proc/sys/net/unix/max_dgram_qlen")) // Older kernels hide it from user namespaces.
                Sysctl("unix/max_dgram_qlen", "1024");
            return 0;
        });
        // Otherwise the stack leaves checksums and segmentation to a NIC that does not exist.
        if (!hasOffloads)
            await ns.RunAsync("ethtool", "-K", Interface, "tx", "off", "tso", "off", "gso", "off");
        await ns.RunAsync("ip", "address", "add", $"{V4}/24", "dev", Interface);
        await ns.RunAsync("ip", "address", "add", $"{V6}/64", "dev", Interface, "nodad");
        await ns.RunAsync("ip", "link", "set", Far, "up");
        await ns.RunAsync("ip", "link", "set", Interface, "up");
        return new Peer(ns, hasOffloads);
    }

    internal FrameSocket OpenWire() => Open(Far, _hasOffloads);

    /// <summary>Receives everything that the peer itself receives and sends.</summary>
    internal FrameSocket OpenInterface() => Open(Interface, hasOffloads: false);

    private FrameSocket Open(string name, bool hasOffloads) => Open(Namespace, name, hasOffloads);

    internal static FrameSocket Open(NetworkNamespace ns, string name, bool hasOffloads) =>
        ns.Run(() => new FrameSocket(if_nametoindex(name), hasOffloads));

    /// <inheritdoc/>
    public void Dispose() => Namespace.Dispose();

    private static void Sysctl(string name, string value) => File.WriteAllText($"/proc/sys/net/{name}", value);

    // unsigned int if_nametoindex(const char *ifname);
    [LibraryImport("libc.so.6", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int if_nametoindex(string name);
}
