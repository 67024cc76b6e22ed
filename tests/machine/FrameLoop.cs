using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>Takes one Ethernet frame.</summary>
internal delegate void FrameHandler(ReadOnlySpan<byte> frame);

/// <summary>A thread that hands every frame of a socket to a handler until the socket is closed.</summary>
/// <remarks>A thread of its own rather than the pool: a probe every 2 ms leaves no room for a queue behind other work.</remarks>
internal static class FrameLoop
{
    private const int LongestFrame = 65536;

    public static void Start(Socket socket, string name, FrameHandler handler) =>
        new Thread(() => Run(socket, handler)) { IsBackground = true, Name = name }.Start();

    private static void Run(Socket socket, FrameHandler handler)
    {
        var buffer = new byte[LongestFrame];
        try
        {
            while (true)
            {
                var length = socket.Receive(buffer, SocketFlags.None, out var error);
                if (error == SocketError.Success)
                    handler(buffer.AsSpan(0, length));
                else if (!IsPassing(error))
                    return;
            }
        }
        catch (ObjectDisposedException)
        {
            // Ours or the one the handler writes to: the machine is being taken down.
        }
    }

    // What an ICMP error or an interface that is down makes of a receive.
    private static bool IsPassing(SocketError error) => error
        is SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown
        or SocketError.ConnectionRefused or SocketError.Interrupted;
}
