using System.Net.Sockets;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

public sealed class SystemLogTests : IDisposable
{
    private static readonly LogLine s_line = new(LogPriority.Notice, "eth1: joined with eth0")
    {
        MessageId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        Fields = [new("HYPERV_VF", "eth1"), new("HYPERV_SYNTHETIC", "eth0")],
    };

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    private string Journal => Path.Combine(_directory, "journal");

    private string Syslog => Path.Combine(_directory, "syslog");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Journald_gets_the_message_with_its_fields()
    {
        OnLinux.OrSkip();
        using Socket journal = Listen(Journal);
        new SystemLog(Journal, Syslog).Send(s_line).ShouldBeTrue();
        Receive(journal).ShouldBe("""
            MESSAGE=eth1: joined with eth0
            PRIORITY=5
            SYSLOG_FACILITY=3
            SYSLOG_IDENTIFIER=hyperv-vfattach
            MESSAGE_ID=00112233445566778899aabbccddeeff
            HYPERV_VF=eth1
            HYPERV_SYNTHETIC=eth0

            """);
    }

    [Fact]
    public void A_value_of_several_lines_goes_with_its_length()
    {
        OnLinux.OrSkip();
        using Socket journal = Listen(Journal);
        new SystemLog(Journal, Syslog).Send(new LogLine(LogPriority.Error, "ä\nPRIORITY=0")).ShouldBeTrue();
        Receive(journal).ShouldStartWith("MESSAGE\n\u000D\0\0\0\0\0\0\0ä\nPRIORITY=0\nPRIORITY=3\n");
    }

    [Fact]
    public void A_long_value_is_cut_between_two_characters()
    {
        OnLinux.OrSkip();
        using Socket journal = Listen(Journal);
        new SystemLog(Journal, Syslog).Send(new LogLine(LogPriority.Info, "x" + new string('ä', 10_000))).ShouldBeTrue();
        Receive(journal).ShouldStartWith("MESSAGE=x" + new string('ä', (SystemLog.MaxValueBytes - 1) / 2) + "\nPRIORITY=6\n");
    }

    [Fact]
    public void Without_journald_syslog_gets_the_message_on_one_line()
    {
        OnLinux.OrSkip();
        using Socket syslog = Listen(Syslog);
        new SystemLog(Journal, Syslog).Send(new LogLine(LogPriority.Notice, "one\ntwo")).ShouldBeTrue();
        Receive(syslog).ShouldBe($"<29>hyperv-vfattach[{Environment.ProcessId}]: one two");
    }

    [Fact]
    public void Without_both_nobody_takes_it()
    {
        OnLinux.OrSkip();
        new SystemLog(Journal, Syslog).Send(s_line).ShouldBeFalse();
        new SystemLog(Journal, new string('x', 200)).Send(s_line).ShouldBeFalse();
    }

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.ReceiveTimeout = 5000;
        return socket;
    }

    private static string Receive(Socket socket)
    {
        byte[] datagram = new byte[65536];
        return Encoding.UTF8.GetString(datagram, 0, socket.Receive(datagram));
    }
}
