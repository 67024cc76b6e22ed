using System.Diagnostics;
using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class FileOpenerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_file_is_opened_with_its_facts()
    {
        OnLinux.OrSkip();
        string path = Path.Combine(_directory, "file");
        File.WriteAllText(path, "content");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupWrite | UnixFileMode.OtherExecute);

        using OpenedFile file = FileOpener.Open(path)!;
        file.IsRegular.ShouldBeTrue();
        file.Mode.ShouldBe(UnixFileMode.UserRead | UnixFileMode.GroupWrite | UnixFileMode.OtherExecute);
        file.Owner.ShouldBe(uint.Parse(Shell($"stat -c %u '{path}'"), CultureInfo.InvariantCulture));
        byte[] content = new byte[7];
        RandomAccess.Read(file.Handle, content, 0).ShouldBe(7);
    }

    [Fact]
    public void A_directory_is_not_a_regular_file()
    {
        OnLinux.OrSkip();
        using OpenedFile? directory = FileOpener.Open(_directory);
        directory!.IsRegular.ShouldBeFalse();
    }

    [Fact]
    public void A_FIFO_without_a_writer_does_not_make_us_wait()
    {
        OnLinux.OrSkip();
        string path = Path.Combine(_directory, "fifo");
        Shell($"mkfifo '{path}'");
        using OpenedFile? fifo = FileOpener.Open(path);
        fifo!.IsRegular.ShouldBeFalse();
    }

    [Fact]
    public void A_missing_file_is_null()
    {
        OnLinux.OrSkip();
        FileOpener.Open(Path.Combine(_directory, "missing")).ShouldBeNull();
        FileOpener.Open("/dev/null/missing").ShouldBeNull();
    }

    [Fact]
    public void A_refusal_names_file_and_errno()
    {
        OnLinux.OrSkip();
        string path = Path.Combine(_directory, "loop");
        File.CreateSymbolicLink(path, path);
        SystemRefusal refusal = Should.Throw<SystemRefusal>(() => FileOpener.Open(path));
        refusal.Message.ShouldBe($"{path}: open: Too many levels of symbolic links (errno 40)");
    }

    private static string Shell(string command)
    {
        using Process shell = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true })!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output;
    }
}
