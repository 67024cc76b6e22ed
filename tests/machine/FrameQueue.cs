using System.Collections.Concurrent;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>Frames on their way into a socket whose reader may stand still for a while, and a thread that sends them, until it is
/// disposed of.</summary>
/// <remarks>A datagram socket of the file system takes no more than 10 that were not read yet (net.unix.max_dgram_qlen, unix(7)):
/// with a probe every 2 ms a guest need not run for 10 ms only, as while a device is plugged in. What Hyper-V's host keeps for a
/// guest are megabytes (NETVSC_RECEIVE_BUFFER_SIZE, drivers/net/hyperv/hyperv_net.h).</remarks>
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

    /// <param name="socket">Where the frames go.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="taken">Told of each frame that the socket took.</param>
    public FrameQueue(Socket socket, string name, FrameHandler taken)
    {
        _socket = socket;
        _taken = taken;
        socket.SendTimeout = (int)s_look.TotalMilliseconds;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Frames that the socket took.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Frames that it did not take, or for which there was no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Sends a frame when those before it are sent; never waits.</summary>
    public void Add(ReadOnlySpan<byte> frame)
    {
        if (!_frames.TryAdd(frame.ToArray()))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Ends the thread and closes the socket; what waits is dropped.</summary>
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

    // Nobody may read at all any more: a timeout is the moment to look whether the end has come.
    private bool TrySend(byte[] frame)
    {
        var error = SocketError.TimedOut;
        while (!_closed && error is SocketError.TimedOut or SocketError.WouldBlock)
            _socket.Send(frame, SocketFlags.None, out error);
        return error == SocketError.Success;
    }
}
