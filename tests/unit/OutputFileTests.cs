using HypervVfattach.Core;
using HypervVfattach.Posix;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>A file that other programs read, written where others may write, too.</summary>
public sealed class OutputFileTests : IDisposable
{
    private const UnixFileMode All = (UnixFileMode)0b111_111_111;

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public OutputFileTests() => OnLinux.OrSkip();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string In(string name) => Path.Combine(_directory, name);

    private string Refusal(string path)
    {
        string[] before = Directory.GetFileSystemEntries(_directory, "*", SearchOption.AllDirectories);
        string words = Should.Throw<SystemRefusal>(() => OutputFile.Write(path, "new")).Message;
        Directory.GetFileSystemEntries(_directory, "*", SearchOption.AllDirectories).ShouldBe(before, ignoreOrder: true);
        return words;
    }

    [Fact]
    public void It_replaces_the_old_file_as_a_whole_and_everybody_may_read_it()
    {
        string file = In("a");
        File.WriteAllText(file, "old, and longer");
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        using (FileStream reader = File.OpenRead(file))
        {
            OutputFile.Write(file, "new\n");
            new StreamReader(reader).ReadToEnd().ShouldBe("old, and longer");
        }
        File.ReadAllText(file).ShouldBe("new\n");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Directory.GetFileSystemEntries(_directory).ShouldBe([file]);
    }

    [Fact]
    public void A_relative_path_is_below_the_working_directory()
    {
        string name = $"{Guid.NewGuid()}";
        OutputFile.Write($"./../{Path.GetFileName(Environment.CurrentDirectory)}//{name}", "x");
        File.ReadAllText(name).ShouldBe("x");
        File.Delete(name);
    }

    [Fact]
    public void A_directory_is_refused()
    {
        Directory.CreateDirectory(In("d"));
        Refusal(In("d")).ShouldBe($"{In("d")}: replace: Is a directory (errno 21)");
        Refusal(In("d/")).ShouldBe($"{In("d/")}: write: it is a directory");
        Refusal(In("none/a")).ShouldBe($"{In("none/a")}: open the directory none: No such file or directory (errno 2)");
        File.WriteAllText(In("f"), "");
        Refusal(In("f/a")).ShouldBe($"{In("f/a")}: open the directory f: Not a directory (errno 20)");
    }

    [Fact]
    public void A_file_that_is_a_link_is_refused_and_its_target_stays()
    {
        File.WriteAllText(In("target"), "old");
        File.CreateSymbolicLink(In("link"), In("target"));
        Refusal(In("link")).ShouldBe($"{In("link")}: write: it is a symbolic link; name the file that it points to");
        File.ReadAllText(In("target")).ShouldBe("old");
    }

    [Fact]
    public void A_link_to_a_directory_is_followed_only_where_nobody_else_could_make_it()
    {
        Directory.CreateDirectory(In("target/below"));
        Directory.CreateDirectory(In("ours"));
        Directory.CreateDirectory(In("theirs"));
        File.SetUnixFileMode(In("theirs"), All | UnixFileMode.StickyBit);
        foreach (string place in (string[])["ours", "theirs"])
        {
            File.CreateSymbolicLink(In($"{place}/absolute"), In("target"));
            File.CreateSymbolicLink(In($"{place}/relative"), "../target/below");
            File.CreateSymbolicLink(In($"{place}/loop"), "loop");
        }
        OutputFile.Write(In("ours/absolute/a"), "1");
        OutputFile.Write(In("ours/relative/b"), "2");
        OutputFile.Write(In("theirs/c"), "3");
        File.ReadAllText(In("target/a")).ShouldBe("1");
        File.ReadAllText(In("target/below/b")).ShouldBe("2");
        File.ReadAllText(In("theirs/c")).ShouldBe("3");
        Refusal(In("theirs/absolute/a")).ShouldContain("absolute is a symbolic link in a directory where other users can write; name the directory itself");
        Refusal(In("theirs/relative/a")).ShouldContain("relative is a symbolic link");
        Refusal(In("ours/loop/a")).ShouldContain("loop is a symbolic link");
        File.ReadAllText(In("target/a")).ShouldBe("1");
    }

    [Fact]
    public void A_directory_that_is_not_writable_is_refused()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        Directory.CreateDirectory(In("d"));
        File.SetUnixFileMode(In("d"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Refusal(In("d/a")).ShouldBe($"{In("d/a")}: create a file beside it: Permission denied (errno 13)");
    }

    [Fact]
    public void A_file_system_that_cannot_be_written_is_refused() =>
        Should.Throw<SystemRefusal>(() => OutputFile.Write("/proc/self/status-of-pairs", "x")).Message.ShouldContain("create a file beside it: ");
}
