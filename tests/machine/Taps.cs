namespace HypervVfattach.Machines;

/// <summary>The network namespace in which qemu makes a tap for each NIC, so that the frames of the wire carry offloads: a checksum that is
/// still to be computed, or a segment that is still to be cut.</summary>
internal sealed class Taps : IDisposable
{
    /// <summary>The namespace; nothing in it has an address.</summary>
    public NetworkNamespace Namespace { get; } = new();

    public Taps() => Namespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
        return 0;
    });

    /// <summary>The argument of <c>-netdev</c> and <c>netdev_add</c>.</summary>
    public static Dictionary<string, object> Netdev(string id) => new()
    {
        ["type"] = "tap", ["id"] = id, ["ifname"] = Name(id), ["script"] = "no", ["downscript"] = "no", ["vnet_hdr"] = true,
    };

    /// <summary>Switches the host's end of a NIC on, when qemu has made it.</summary>
    /// <remarks>Not in the context of the tests, whose few threads may all wait here.</remarks>
    public void SwitchOn(string id) =>
        Task.Run(() => Namespace.RunAsync("ip", "link", "set", Name(id), "mtu", "9000", "up")).GetAwaiter().GetResult();

    /// <summary>Opens the host's end of a NIC.</summary>
    public FrameSocket Open(string id) => Peer.Open(Namespace, Name(id), hasOffloads: true);

    /// <inheritdoc/>
    public void Dispose() => Namespace.Dispose();

    private static string Name(string id) => $"t-{id}";
}
