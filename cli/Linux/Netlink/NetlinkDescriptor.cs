using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HypervVfattach.Core;
using HypervVfattach.Linux.Interop;
using Microsoft.Win32.SafeHandles;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Descriptor of a socket, and the calls on it that both requests and events need.</summary>
internal sealed class NetlinkDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>For the marshaller; use <see cref="OpenRoute"/>.</summary>
    public NetlinkDescriptor() : base(ownsHandle: true)
    {
    }

    /// <summary>Opens a NETLINK_ROUTE socket and lets the kernel choose its port.</summary>
    public static NetlinkDescriptor OpenRoute() => Open(NETLINK_ROUTE, "rtnetlink");

    /// <summary>Opens a socket of a netlink protocol and lets the kernel choose its port.</summary>
    /// <param name="protocol">NETLINK_*.</param>
    /// <param name="name">Its name, for errors.</param>
    public static NetlinkDescriptor Open(int protocol, string name)
    {
        NetlinkDescriptor descriptor = NetlinkLibc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
        var address = new NetlinkAddress(AF_NETLINK, 0, 0, 0);
        if (descriptor.IsInvalid || NetlinkLibc.bind(descriptor, address, (uint)Unsafe.SizeOf<NetlinkAddress>()) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            descriptor.Dispose();
            throw new SystemRefusal(name, "open a socket", errno);
        }
        return descriptor;
    }

    /// <summary>The port that answers are addressed to.</summary>
    public uint Port
    {
        get
        {
            uint size = (uint)Unsafe.SizeOf<NetlinkAddress>();
            if (NetlinkLibc.getsockname(this, out NetlinkAddress address, ref size) < 0)
                throw new SystemRefusal("rtnetlink", "read the socket's port", Marshal.GetLastPInvokeError());
            return address.Port;
        }
    }

    /// <summary>Sets an option.</summary>
    /// <returns>False if the kernel does not have it or does not allow it.</returns>
    public bool TrySet(int level, int option, int value) =>
        NetlinkLibc.setsockopt(this, level, option, value, sizeof(int)) == 0;

    /// <summary>Reads an option; 0 if the kernel does not have it.</summary>
    public int Get(int level, int option)
    {
        uint size = sizeof(int);
        return NetlinkLibc.getsockopt(this, level, option, out int value, ref size) == 0 ? value : 0;
    }

    /// <summary>Sends bytes to the kernel, which has processed them when this returns.</summary>
    /// <returns>The errno, 0 for none.</returns>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        while (NetlinkLibc.send(this, MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, 0) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != EINTR)
                return errno;
        }
        return 0;
    }

    /// <summary>Receives one datagram.</summary>
    /// <param name="buffer">The buffer; a longer datagram is cut off.</param>
    /// <param name="wait">Whether to block until there is one; call <see cref="Poll"/> before.</param>
    /// <param name="length">Its true length, also when the buffer is shorter (MSG_TRUNC).</param>
    /// <returns>The errno, 0 for none.</returns>
    public int Receive(Span<byte> buffer, bool wait, out int length)
    {
        while (true)
        {
            uint size = (uint)Unsafe.SizeOf<NetlinkAddress>();
            length = (int)NetlinkLibc.recvfrom(
                this, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length,
                MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT), out NetlinkAddress sender, ref size);
            if (length < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno == EINTR)
                    continue;
                return errno;
            }
            // Any process may send to our port; only port 0 is the kernel.
            if (sender.Port == 0)
                return 0;
        }
    }

    /// <summary>Waits until there is something to receive.</summary>
    /// <returns>False if the time is over.</returns>
    public bool Poll(TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
            int milliseconds = (int)Math.Clamp(Math.Ceiling(left.TotalMilliseconds), 0, int.MaxValue);
            var poll = new PollDescriptor { Descriptor = (int)handle, Events = POLLIN };
            int found = NetlinkLibc.poll(ref poll, 1, milliseconds);
            if (found >= 0)
                return found > 0;
            int errno = Marshal.GetLastPInvokeError();
            if (errno != EINTR)
                throw new SystemRefusal("rtnetlink", "wait for the kernel", errno);
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NetlinkLibc.close(handle) == 0;
}
