using HypervVfattach.Core;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Handles one event.</summary>
internal delegate void EventVisitor(in Message message);

/// <summary>An rtnetlink socket that receives the changes of one multicast group.</summary>
internal sealed class NetlinkEvents : IDisposable
{
    private readonly NetlinkDescriptor _descriptor = NetlinkDescriptor.OpenRoute();
    private readonly byte[] _buffer = new byte[32 * 1024];

    /// <summary>Starts to listen.</summary>
    /// <param name="group">RTNLGRP_*.</param>
    public NetlinkEvents(int group)
    {
        if (!_descriptor.TrySet(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group))
        {
            int errno = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            _descriptor.Dispose();
            throw new SystemRefusal("rtnetlink", "listen for changes", errno);
        }
    }

    /// <summary>Waits for an event and reads all that have arrived.</summary>
    /// <param name="timeout">Longest wait.</param>
    /// <param name="visit">Called for each event.</param>
    /// <returns>False if there was no event. True without a call if events were lost (ENOBUFS): the caller has to check the state itself in
    /// any case.</returns>
    public bool Wait(TimeSpan timeout, EventVisitor? visit = null)
    {
        if (!_descriptor.Poll(timeout))
            return false;
        bool any = false;
        while (true)
        {
            int errno = _descriptor.Receive(_buffer, wait: false, out int length);
            if (errno == EAGAIN)
                return any;
            if (errno is not (0 or ENOBUFS))
                throw new SystemRefusal("rtnetlink", "wait for changes", errno);
            any = true;
            if (errno == ENOBUFS || length > _buffer.Length || visit is null)
                continue;
            var reader = new MessageReader(_buffer.AsSpan(0, length));
            while (reader.TryRead(out Message message))
                visit(message);
        }
    }

    /// <summary>Discards the events so far.</summary>
    public void Skip() => Wait(TimeSpan.Zero);

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();
}
