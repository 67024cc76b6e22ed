using System.Collections.Concurrent;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>A queue of frames for a socket whose reader may stop for a while, and a thread that sends them until it is disposed
/// of.</summary>
/// <remarks>A datagram socket in the file system holds at most 10 unread datagrams (net.unix.max_dgram_qlen, unix(7)). With a probe every 2
/// ms it is full after a guest has stopped for 10 ms, as while a device is plugged in. Hyper-V's host buffers megabytes for a guest
/// (NETVSC_RECEIVE_BUFFER_SIZE, drivers/net/hyperv/hyperv_net.h).</remarks>
internal sealed class FrameQueue : IDisposable
{
    private const int Room = 1024;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly BlockingCollection<byte[]> _frames = new(Room);
    private readonly Socket _socket;
    private readonly FrameHandler _taken;
    private readonly Thread _thread;
    private volatile bool _closed;
    private long _sent, _dropped;

    /// <param name="socket">The socket for the frames.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="taken">Called for each frame that the socket accepted.</param>
    public FrameQueue(Socket socket, string name, FrameHandler taken)
    {
        _socket = socket;
        _taken = taken;
        socket.SendTimeout = (int)s_look.TotalMilliseconds;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Number of frames that the socket accepted.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Number of frames that it did not accept, or for which the queue had no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Sends a frame after those before it; never waits.</summary>
    public void Add(ReadOnlySpan<byte> frame)
    {
        if (!_frames.TryAdd(frame.ToArray()))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Ends the thread and closes the socket; queued frames are dropped.</summary>
    public void Dispose()
    {
        _closed = true;
        _frames.CompleteAdding();
        _thread.Join();
        _socket.Dispose();
        _frames.Dispose();
    }

    private void Run()
    {
        foreach (var frame in _frames.GetConsumingEnumerable())
            if (TrySend(frame))
            {
                Interlocked.Increment(ref _sent);
                _taken(frame);
            }
            else
                Interlocked.Increment(ref _dropped);
    }

    // The reader may be gone for good: after a timeout, check whether to stop.
    private bool TrySend(byte[] frame)
    {
        var error = SocketError.TimedOut;
        while (!_closed && error is SocketError.TimedOut or SocketError.WouldBlock)
            _socket.Send(frame, SocketFlags.None, out error);
        return error == SocketError.Success;
    }
}
