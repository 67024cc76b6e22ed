using System.Net.Sockets;
using System.Text;
using Tmds.DBus.Protocol;

namespace HypervVfattach.Linux.DBus;

/// <summary>Connects to a server of libsystemd as libsystemd's own client does (sd-bus/bus-socket.c, bus_socket_start_auth_client).</summary>
/// <remarks>The library (Tmds.DBus) sends BEGIN and directly after it its first call. If systemd receives both at once, it does not read
/// the call before more bytes arrive (seen with 252), so that each side waits for the other. libsystemd's client sends BEGIN together with
/// AUTH; when the answers have arrived, BEGIN has been read.</remarks>
internal sealed class PrivateSocket(string path, TimeSpan patience) : DBusConnectionOptions
{
    private const string Handshake = "\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";

    // One each for AUTH, DATA and NEGOTIATE_UNIX_FD.
    private const int Answers = 3;

    /// <inheritdoc/>
    protected override ValueTask<SetupResult> SetupAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            SendTimeout = (int)patience.TotalMilliseconds,
            ReceiveTimeout = (int)patience.TotalMilliseconds,
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Send(Encoding.ASCII.GetBytes(Handshake));
            return ValueTask.FromResult(new SetupResult { ConnectionStream = new BegunStream(socket, ReadAnswers(socket)) });
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads the answers and returns the bytes after them: systemd sends signals to every peer on this socket.</summary>
    private static byte[] ReadAnswers(Socket socket)
    {
        List<byte> received = [];
        byte[] buffer = new byte[512];
        while (received.Count(octet => octet == '\n') < Answers)
        {
            int length = socket.Receive(buffer);
            if (length == 0 || received.Count > buffer.Length)
                throw new IOException("the server broke off the handshake");
            received.AddRange(buffer.AsSpan(0, length));
        }
        int end = 0;
        for (int line = 0; line < Answers; line++)
            end = received.IndexOf((byte)'\n', end) + 1;
        // A server may accept AUTH at once, and then DATA is an error.
        string answers = Encoding.ASCII.GetString([.. received[..end]]);
        return answers.Split('\n').Any(line => line.StartsWith("OK ", StringComparison.Ordinal))
            ? [.. received[end..]] : throw new IOException("the server refused the handshake");
    }

    /// <summary>A connection whose handshake is done: answers the library's handshake itself and passes on everything after it.</summary>
    private sealed class BegunStream(Socket socket, byte[] received) : NetworkStream(socket, ownsSocket: true)
    {
        private readonly MemoryStream _first = new([.. "OK 00000000000000000000000000000000\r\n"u8, .. received]);
        private string? _handshake = "";

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _first.Position < _first.Length ? ValueTask.FromResult(_first.Read(buffer.Span)) : base.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_handshake is null)
                return base.WriteAsync(buffer, cancellationToken);
            _handshake += Encoding.ASCII.GetString(buffer.Span);
            if (_handshake.EndsWith("BEGIN\r\n", StringComparison.Ordinal))
                _handshake = null;
            return ValueTask.CompletedTask;
        }
    }
}
