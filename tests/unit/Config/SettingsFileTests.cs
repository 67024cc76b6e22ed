using HypervVfattach.Config;
using HypervVfattach.Core;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Config;

public sealed class SettingsFileTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_file_of_root_is_read() =>
        SettingsFile.Load(File("delay = 60"), Opener(), LinuxSystem.Scope).Delay.ShouldBe(TimeSpan.FromMinutes(1));

    [Fact]
    public void The_default_file_may_be_missing()
    {
        string? asked = null;
        SettingsFile.Load(null, path => { asked = path; return null; }, LinuxSystem.Scope).Delay.ShouldBe(Settings.UsualDelay);
        asked.ShouldBe("/etc/hyperv-vfattach.toml");
    }

    [Fact]
    public void A_named_file_must_be_there() =>
        Refusal(() => SettingsFile.Load("/no/such.toml", _ => null, LinuxSystem.Scope)).ShouldBe("/no/such.toml: no such file");

    [Fact]
    public void An_error_in_it_names_the_file_and_the_place()
    {
        string file = File("delay = 60\nx = 1");
        Refusal(() => SettingsFile.Load(file, Opener(), LinuxSystem.Scope)).ShouldStartWith($"{file}:2:1: unknown key \"x\"");
    }

    [Fact]
    public void It_must_be_a_regular_file()
    {
        string file = File("");
        Refusal(() => SettingsFile.Load(file, Opener(isRegular: false), LinuxSystem.Scope)).ShouldBe($"{file}: is not a regular file");
    }

    [Fact]
    public void It_must_belong_to_root()
    {
        string file = File("");
        Refusal(() => SettingsFile.Load(file, Opener(owner: 1000), LinuxSystem.Scope))
            .ShouldBe($"{file}: belongs to user 1000, must belong to root (chown root {file})");
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Nobody_else_may_write_it(UnixFileMode extra)
    {
        string file = File("");
        Refusal(() => SettingsFile.Load(file, Opener(mode: Private | extra), LinuxSystem.Scope))
            .ShouldBe($"{file}: is writable by others than root (chmod go-w {file})");
    }

    [Fact]
    public void Nobody_else_may_exchange_it_in_its_directory()
    {
        string file = File("");
        Refusal(() => SettingsFile.Load(file, Opener(directoryMode: Private | UnixFileMode.OtherWrite | UnixFileMode.StickyBit), LinuxSystem.Scope))
            .ShouldBe($"{_directory}: is writable by others than root (chmod go-w {_directory})");
    }

    [Fact]
    public void It_is_not_larger_than_a_MiB()
    {
        string comment = new('#', SettingsFile.MaxBytes);
        SettingsFile.Load(File(comment), Opener(), LinuxSystem.Scope);
        string file = File(comment + "#");
        Refusal(() => SettingsFile.Load(file, Opener(), LinuxSystem.Scope)).ShouldBe($"{file}: is larger than 1048576 bytes");
    }

    private string File(string content)
    {
        string path = Path.Combine(_directory, "my.toml");
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    // The file and its directory as the OS would describe them: tests do not run as root.
    private Func<string, OpenedFile?> Opener(
        uint owner = 0, UnixFileMode mode = Private, UnixFileMode directoryMode = Private, bool isRegular = true) =>
        path => path == _directory
            ? new OpenedFile(System.IO.File.OpenHandle(Path.Combine(path, "my.toml")), false, 0, directoryMode)
            : new OpenedFile(System.IO.File.OpenHandle(path), isRegular, owner, mode);

    private static string Refusal(Action load) => Should.Throw<ConfigurationError>(load).Message;
}
