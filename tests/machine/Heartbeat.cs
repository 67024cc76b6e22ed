using System.Diagnostics;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>Asks the guest for a sign of life many times a second through a serial port, to tell a guest that stands still from a network
/// that does.</summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>The serial port's name in the guest.</summary>
    public const string Port = "echo";

    private const int UnderWay = 16;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(10);

    private readonly Socket _socket;
    private readonly Thread _thread;
    private readonly List<long> _beats = [];
    private volatile bool _stopped;

    private Heartbeat(Socket socket)
    {
        _socket = socket;
        _thread = new Thread(Run) { IsBackground = true, Name = "heartbeat" };
        _thread.Start();
    }

    /// <summary>Starts it; each machine has one at a time.</summary>
    public static async Task<Heartbeat> StartAsync(Machine machine, Socket socket)
    {
        // A port cannot be opened twice. No other program in the guest may delay this one.
        await machine.RunAsync($"mkdir /run/{Port} 2>/dev/null || exit 0; chrt -f 1 cat <>/dev/virtio-ports/{Port} >&0 2>/dev/null &");
        return new Heartbeat(socket);
    }

    /// <summary>The longest time without a sign of life between two moments.</summary>
    public TimeSpan Still(long start, long end)
    {
        lock (_beats)
            return Moments.LongestGap(_beats, start, end);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
    }

    private void Run()
    {
        var buffer = new byte[UnderWay];
        var underWay = 0;
        while (!_stopped)
        {
            if (underWay < UnderWay && _socket.Send(buffer.AsSpan(0, 1), SocketFlags.None, out _) == 1)
                underWay++;
            Thread.Sleep(s_interval);
            if (_socket.Available == 0)
                continue;
            underWay -= _socket.Receive(buffer, SocketFlags.None, out _);
            lock (_beats)
                _beats.Add(Stopwatch.GetTimestamp());
        }
    }
}
