using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace HypervVfattach.Machines;

/// <summary>A TCP connection that a program in the guest opens to the peer. The peer sends random bytes and the guest sends them back; both
/// compute a checksum.</summary>
/// <remarks>It goes on slowly until it is stopped, so that it is open during everything that a scenario does.</remarks>
public sealed class GuestTransfer : IDisposable
{
    private const int Chunk = 16 << 10;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(60);

    // The kernel doubles the time between two attempts up to two minutes (RFC 6298), and an emulated guest is slow.
    private static readonly TimeSpan s_stall = TimeSpan.FromMinutes(4);

    private static int s_number;

    private readonly Machine _machine;
    private readonly Socket _socket;
    private readonly string _sum;
    private readonly Thread _sender, _receiver;
    private readonly IncrementalHash _sentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _returnedHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _sent, _returned, _hurryTo;
    private volatile bool _stopped;
    private volatile Exception? _failure;

    private GuestTransfer(Machine machine, Socket socket, string sum)
    {
        (_machine, _socket, _sum) = (machine, socket, sum);
        _sender = new Thread(() => Run(Send)) { IsBackground = true, Name = "stream out" };
        _receiver = new Thread(() => Run(Receive)) { IsBackground = true, Name = "stream in" };
        _sender.Start();
        _receiver.Start();
    }

    /// <summary>Bytes that the guest has sent back.</summary>
    public long Returned => Interlocked.Read(ref _returned);

    /// <summary>Opens it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="address">The peer's address.</param>
    /// <param name="inside">Words before the guest's program, such as <c>ip netns exec NAME</c>.</param>
    public static async Task<GuestTransfer> StartAsync(Machine machine, IPAddress address, string inside = "")
    {
        using var listener = machine.Peer.Namespace.Run(() =>
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            socket.Listen();
            return socket;
        });
        var sum = $"/run/stream-{Interlocked.Increment(ref s_number)}";
        var accepted = listener.AcceptAsync();
        await machine.RunAsync($"""
            setsid {inside} bash -c 'exec 3<>/dev/tcp/{address}/{((IPEndPoint)listener.LocalEndPoint!).Port} && tee <&3 >&3 >(sha256sum >{sum}.part; mv {sum}.part {sum})' >/dev/null 2>{sum}.error &
            """);
        return new GuestTransfer(machine, await accepted.Within(s_connect, "a connection from the guest"), sum);
    }

    /// <summary>Sends this many bytes as fast as the guest takes them, and returns when it has sent them back.</summary>
    public async Task PassAsync(long bytes)
    {
        var to = Interlocked.Read(ref _sent) + bytes;
        Interlocked.Exchange(ref _hurryTo, to);
        for (var (last, since) = (Returned, DateTime.UtcNow); Returned < to; await Task.Delay(20))
        {
            if (Returned > last)
                (last, since) = (Returned, DateTime.UtcNow);
            if (_failure is { } failure)
                throw new InvalidOperationException($"the stream broke after {Returned} bytes: {failure.Message}", failure);
            if (DateTime.UtcNow - since > s_stall)
                throw new TimeoutException($"nothing came back for {s_stall.TotalSeconds} s after {Returned} bytes");
        }
    }

    /// <summary>Ends it, and throws if a byte was lost or changed.</summary>
    /// <returns>The bytes that went each way.</returns>
    public async Task<long> StopAsync()
    {
        await PassAsync(Chunk);
        _stopped = true;
        _sender.Join();
        await Task.Run(_receiver.Join).Within(s_stall, "the end of the stream");
        if (_failure is { } failure)
            throw new InvalidOperationException($"the stream broke after {Returned} bytes: {failure.Message}", failure);
        var sent = Convert.ToHexStringLower(_sentHash.GetHashAndReset());
        var returned = Convert.ToHexStringLower(_returnedHash.GetHashAndReset());
        var seen = (await _machine.RunAsync($"until [ -e {_sum} ]; do sleep 0.1; done; cut -d ' ' -f 1 {_sum}")).Trim();
        if (_sent != _returned || sent != seen || sent != returned)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"the stream is damaged: sent {_sent} bytes, {sent}; the guest saw {seen} and sent back {_returned}, {returned}"));
        return _sent;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopped = true;
        _socket.Dispose();
        _sender.Join();
        _receiver.Join();
        _sentHash.Dispose();
        _returnedHash.Dispose();
    }

    private void Run(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            _failure = failure;
        }
    }

    private void Send()
    {
        var chunk = new byte[Chunk];
        while (!_stopped)
        {
            Random.Shared.NextBytes(chunk);
            for (var rest = chunk.AsSpan(); rest.Length > 0;)
                rest = rest[_socket.Send(rest)..];
            _sentHash.AppendData(chunk);
            if (Interlocked.Add(ref _sent, Chunk) >= Interlocked.Read(ref _hurryTo))
                Thread.Sleep(s_interval);
        }
        _socket.Shutdown(SocketShutdown.Send);
    }

    private void Receive()
    {
        var buffer = new byte[4 * Chunk];
        while (_socket.Receive(buffer) is > 0 and var length)
        {
            _returnedHash.AppendData(buffer, 0, length);
            Interlocked.Add(ref _returned, length);
        }
    }
}
