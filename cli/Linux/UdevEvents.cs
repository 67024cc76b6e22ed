using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Waits until udevd has finished with an interface: udevd forwards each event to its listeners when all rules and programs of the
/// event have run (<c>worker_process_device</c>, src/udev/udev-worker.c).</summary>
internal sealed class UdevEvents : IDisposable
{
    private const int NETLINK_KOBJECT_UEVENT = 15; // linux/netlink.h
    private const uint FromUdevd = 2; // MONITOR_GROUP_UDEV, src/libsystemd/sd-device/device-monitor.c

    private readonly NetlinkDescriptor _descriptor;

    private UdevEvents(NetlinkDescriptor descriptor) => _descriptor = descriptor;

    /// <summary>Starts to listen; null if no udevd handles the interfaces of this network namespace.</summary>
    public static UdevEvents? TryListen()
    {
        // udevd gets events only for the interfaces of its own network namespace.
        if (!File.Exists("/run/udev/control") || KernelFile.Target("/proc/self/ns/net") is not { } own || own != KernelFile.Target("/proc/1/ns/net"))
            return null;
        NetlinkDescriptor descriptor = NetlinkLibc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
        var address = new NetlinkAddress(AF_NETLINK, 0, 0, FromUdevd);
        if (!descriptor.IsInvalid && NetlinkLibc.bind(descriptor, address, (uint)Unsafe.SizeOf<NetlinkAddress>()) == 0)
            return new UdevEvents(descriptor);
        descriptor.Dispose();
        return null;
    }

    /// <summary>Waits until udevd has handled an event of an interface.</summary>
    /// <param name="index">Index of the interface.</param>
    /// <param name="patience">Longest wait. It is no failure if udevd is late or does not run.</param>
    public void Await(int index, TimeSpan patience)
    {
        byte[] property = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\0IFINDEX={index}\0"));
        byte[] buffer = new byte[16 * 1024];
        long start = Stopwatch.GetTimestamp();
        while (patience - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } left && _descriptor.Poll(left))
        {
            uint size = (uint)Unsafe.SizeOf<NetlinkAddress>();
            int length = (int)NetlinkLibc.recvfrom(_descriptor, ref MemoryMarshal.GetReference(buffer.AsSpan()), (nuint)buffer.Length, MSG_DONTWAIT, out _, ref size);
            if (length > 0 && buffer.AsSpan(0, length).IndexOf(property) >= 0)
                return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();
}
