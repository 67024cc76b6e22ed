using HypervVfattach.Owners;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Owners;

/// <summary>A dhcpcd that is restarted keeps asking about its lease as long as the lease lasts.</summary>
public sealed class DhcpClientUnitTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("/usr/sbin/dhcpcd -q -b %i", "/usr/sbin/dhcpcd --reboot=90 -q -b %i")]
    [InlineData("-/sbin/dhcpcd5 %I", "-/sbin/dhcpcd5 --reboot=90 %I")]
    [InlineData("dhcpcd", "dhcpcd --reboot=90")]
    [InlineData("@/usr/sbin/dhcpcd dhcpcd  -w \"%i\"", "@/usr/sbin/dhcpcd dhcpcd --reboot=90  -w \"%i\"")]
    public void It_is_told_so(string command, string told) =>
        Patient($"[Service]\nType=forking\nExecStart={command}\n").ShouldBe($"ExecStart=\nExecStart={told}\n");

    [Theory]
    [InlineData("/usr/sbin/dhcpcd -y 20 %i")]
    [InlineData("/usr/sbin/dhcpcd --reboot=0 %i")]
    [InlineData("/usr/sbin/udhcpc -f -i %i")]
    [InlineData("/usr/local/bin/start dhcpcd %i")]
    public void A_command_of_its_own_is_left_alone(string command) => Patient($"[Service]\nExecStart={command}\n").ShouldBe("");

    [Fact]
    public void A_drop_in_decides() => Patient("[Service]\nExecStart=/sbin/udhcpc %i\n", "[Service]\nExecStart=\nExecStart=/sbin/dhcpcd %i\n")
        .ShouldBe("ExecStart=\nExecStart=/sbin/dhcpcd --reboot=90 %i\n");

    private string Patient(params string[] texts)
    {
        string[] files = [.. texts.Select((_, number) => Path.Combine(_directory, $"{number}.conf"))];
        foreach ((string file, string text) in files.Zip(texts))
            File.WriteAllText(file, text);
        return DhcpClientUnit.Patient(files, 90);
    }
}
