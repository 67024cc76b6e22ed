using System.Net.Sockets;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>Accepts one connection and handles it with the given function.</summary>
internal sealed class ScriptedPeer : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task _serving;

    public ScriptedPeer(Action<NetworkStream> script)
    {
        SocketPath = Path.Combine(_directory, "private");
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _serving = Task.Run(() =>
        {
            try
            {
                using var stream = new NetworkStream(_listener.Accept(), ownsSocket: true);
                script(stream);
            }
            catch (Exception e) when (e is SocketException or EndOfStreamException or IOException)
            {
                // The client has disconnected.
            }
        });
    }

    public string SocketPath { get; }

    public void Dispose()
    {
        _listener.Dispose();
        _serving.Wait();
        Directory.Delete(_directory, recursive: true);
    }

    // Until the other side closes.
    public static void Hang(NetworkStream stream)
    {
        byte[] buffer = new byte[4096];
        while (stream.Read(buffer) > 0)
            ;
    }

    public static uint ReadCall(NetworkStream stream) => ReadCallWithBody(stream).Serial;

    public static (uint Serial, byte[] Body) ReadCallWithBody(NetworkStream stream)
    {
        byte[] start = new byte[16];
        stream.ReadExactly(start);
        stream.ReadExactly(new byte[(BitConverter.ToInt32(start, 12) + 7) / 8 * 8]);
        byte[] body = new byte[BitConverter.ToInt32(start, 4)];
        stream.ReadExactly(body);
        return (BitConverter.ToUInt32(start, 8), body);
    }

    public static byte[] Text(string text)
    {
        var body = new DBusWriter();
        body.Text(text);
        return body.ToArray();
    }

    public static byte[] Error(uint serial) => Error(serial, "org.freedesktop.DBus.Error.Failed", "Not today.");

    public static byte[] Error(uint serial, string name, string words) => Message(3, "s", Text(words), fields =>
    {
        fields.Field(5, "u", writer => writer.UInt32(serial));
        fields.Field(4, "s", writer => writer.Text(name));
    });

    public static byte[] Reply(uint serial, string signature, byte[] body) =>
        Message(2, signature, body, fields => fields.Field(5, "u", writer => writer.UInt32(serial)));

    public static byte[] Message(byte type, string signature, byte[] body, Action<DBusWriter> more)
    {
        var fields = new DBusWriter();
        more(fields);
        if (signature != "")
            fields.Field(8, "g", writer => writer.Signature(signature));
        var message = new DBusWriter();
        message.Bytes([(byte)'l', type, 1, 1]);
        message.UInt32((uint)body.Length);
        message.UInt32(1000);
        message.UInt32((uint)fields.Length);
        message.Bytes(fields.ToArray());
        message.Align(8);
        message.Bytes(body);
        return message.ToArray();
    }
}
