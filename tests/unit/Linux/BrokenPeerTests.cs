using System.Net.Sockets;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Linux.Systemd;
using Shouldly;
using Xunit;
using static HypervVfattach.Tests.Unit.Linux.ScriptedPeer;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>A D-Bus peer that hangs, disconnects or sends garbage leads to no connection, or to a refusal in time, never to another
/// exception.</summary>
public class BrokenPeerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    /// <summary>The peer's behaviours by name.</summary>
    private static readonly Dictionary<string, Action<NetworkStream>> s_peers = new()
    {
        ["hangs at once"] = Hang,
        ["closes at once"] = _ => { },
        ["hangs in the handshake"] = stream =>
        {
            stream.Write("DATA\r\n"u8);
            Hang(stream);
        },
        ["closes in the handshake"] = stream => stream.Write("DATA\r\nOK 0123"u8),
        ["rejects"] = stream => stream.Write("REJECTED EXTERNAL\r\nERROR\r\nERROR\r\n"u8),
        ["answers the handshake with nonsense"] = stream => stream.Write("HTTP/1.1 400 Bad Request\r\n\r\n\r\n"u8),
        ["answers the handshake without an end"] = stream => stream.Write(Encoding.ASCII.GetBytes(new string('x', 100_000))),
        ["hangs at Hello"] = stream => Answer(stream, 0, _ => []),
        ["closes at Hello"] = DBusPeer.Handshake,
        ["answers Hello with nonsense"] = stream => Answer(stream, 1, _ => Encoding.ASCII.GetBytes(new string('n', 64))),
        ["hangs at the call"] = stream => Answer(stream, 1, Error),
        ["closes at the call"] = stream =>
        {
            DBusPeer.Handshake(stream);
            stream.Write(Error(ReadCall(stream)));
            ReadCall(stream);
        },
        ["closes within the answer"] = stream =>
        {
            DBusPeer.Handshake(stream);
            stream.Write(Error(ReadCall(stream)));
            stream.Write(Reply(ReadCall(stream), "v", Version("252")).AsSpan(0, 40));
        },
        ["answers with nonsense"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial) : Encoding.ASCII.GetBytes(new string('n', 64))),
        ["answers with an error"] = stream => Answer(stream, 2, Error),
        ["answers with another type"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial) : Reply(serial, "s", Text("252"))),
        ["answers with another type in the variant"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial) : Reply(serial, "v", Number())),
        ["answers with nothing"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial) : Reply(serial, "", [])),
        ["answers with a body that is too short"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial) : Reply(serial, "v", [1])),
        ["answers with a length beyond the end"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial)
            : Reply(serial, "v", [1, (byte)'s', 0, 0, 255, 255, 255, 0, 0, 0, 0, 0])),
        ["answers with 10 MB"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial)
            : Reply(serial, "v", Version(new string('9', 10_000_000)))),
        ["answers with a version that is none"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial) : Reply(serial, "v", Version("new"))),
        ["answers another call"] = stream => Answer(stream, 2, serial => serial == 1 ? Error(serial) : Reply(serial + 7, "v", Version("252"))),
    };

    public static TheoryData<string> Peers => [.. s_peers.Keys];

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task Is_no_connection_or_a_refusal(string peer)
    {
        Task call = Task.Run(() =>
        {
            using ScriptedPeer systemd = new(s_peers[peer]);
            using ServiceManager? manager = ServiceManager.TryConnect(systemd.SocketPath, s_patience);
            if (manager is not null)
                Should.Throw<SystemRefusal>(() => manager.Version()).Message.ShouldStartWith("systemd: read Version: ");
        }, TestContext.Current.CancellationToken);
        await call.WaitAsync(s_longest, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_signal_right_behind_the_handshake_is_no_answer()
    {
        // systemd sends its signals to every peer on the private socket.
        using ScriptedPeer systemd = new(stream =>
        {
            DBusPeer.Handshake(stream);
            stream.Write(Signal());
            Answers(stream, 2, serial => serial == 1 ? Error(serial) : [.. Signal(), .. Reply(serial, "v", Version("252"))]);
        });
        using ServiceManager manager = ServiceManager.TryConnect(systemd.SocketPath, s_longest)!;
        manager.Version().ShouldBe(252);
    }

    private static void Answer(NetworkStream stream, int calls, Func<uint, byte[]> answer)
    {
        DBusPeer.Handshake(stream);
        Answers(stream, calls, answer);
        Hang(stream);
    }

    private static void Answers(NetworkStream stream, int calls, Func<uint, byte[]> answer)
    {
        for (int i = 0; i < calls; i++)
            stream.Write(answer(ReadCall(stream)));
    }

    private static byte[] Version(string version)
    {
        var body = new DBusWriter();
        body.Signature("s");
        body.Text(version);
        return body.ToArray();
    }

    private static byte[] Number()
    {
        var body = new DBusWriter();
        body.Signature("u");
        body.UInt32(252);
        return body.ToArray();
    }

    private static byte[] Signal() => Message(4, "s", Text("x"), fields =>
    {
        fields.Field(1, "o", writer => writer.Text("/org/freedesktop/systemd1"));
        fields.Field(2, "s", writer => writer.Text("org.freedesktop.systemd1.Manager"));
        fields.Field(3, "s", writer => writer.Text("UnitNew"));
    });
}
