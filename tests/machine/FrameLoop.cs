using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>Handles one Ethernet frame or packet.</summary>
internal delegate void FrameHandler(ReadOnlySpan<byte> frame);

/// <summary>A thread that passes everything a socket receives to a handler, until it is disposed of together with the socket.</summary>
/// <remarks>A thread of its own rather than the pool: a probe every 2 ms leaves no room for a queue behind other work.</remarks>
internal sealed class FrameLoop : IDisposable
{
    // A frame that waits for its segmentation, and its headers.
    private const int LongestFrame = 65536 + 256;

    private const int SOL_SOCKET = 1, SO_RCVBUFFORCE = 33; // asm-generic/socket.h

    // Only a timeout ends a receive on AF_PACKET: it has no shutdown.
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly Socket _socket;
    private readonly FrameHandler _handler;
    private readonly Thread _thread;
    private volatile bool _closed;
    private Exception? _failure;

    public FrameLoop(Socket socket, string name, FrameHandler handler)
    {
        _socket = socket;
        _handler = handler;
        MakeRoom(socket);
        socket.ReceiveTimeout = (int)s_look.TotalMilliseconds;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Ends the thread and closes the socket; throws the handler's exception.</summary>
    public void Dispose()
    {
        _closed = true;
        _thread.Join();
        _socket.Dispose();
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
            throw new InvalidOperationException($"{_thread.Name} failed: {failure.Message}", failure);
    }

    // The runner keeps a process alive whose thread has failed, but that thread then never ends: no exception may escape from here.
    private void Run()
    {
        try
        {
            Receive();
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    private void Receive()
    {
        var buffer = new byte[LongestFrame];
        while (!_closed)
        {
            var length = _socket.Receive(buffer, SocketFlags.None, out var error);
            // Ignore errors: a timeout, an ICMP error, an interface that is down for a while.
            if (error == SocketError.Success && !_closed)
                _handler(buffer.AsSpan(0, length));
        }
    }

    // On a busy host nothing may run for half a second, and by default there is room for 270 small frames.
    private static void MakeRoom(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(SOL_SOCKET, SO_RCVBUFFORCE, BitConverter.GetBytes(2 << 20));
        }
        catch (SocketException)
        {
            // Not allowed in a user namespace.
        }
    }
}
