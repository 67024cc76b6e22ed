using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Core;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Posix;

/// <summary>Writes a file that other programs read, as a whole: under another name in the same directory, which then gets the file's name. If
/// that fails, the old file stays.</summary>
/// <remarks>Root may write where other users may, too. So no symbolic link is followed that another user could have made: each directory is
/// opened below the one before it, and nothing is looked up twice.</remarks>
internal static partial class OutputFile
{
    private const uint Readable = 0b110_100_100;
    private const int Interrupted = 4; // EINTR
    private const int LinksAtMost = 40;
    private const uint GroupOrOtherWrite = 0b010_010;

    // O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, and O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC (fcntl.h).
    private static int DirectoryFlags => OperatingSystem.IsFreeBSD() ? 0x20000 | 0x100 | 0x100000 : IsArm ? 0x4000 | 0x8000 | 0x80000 : 0x10000 | 0x20000 | 0x80000;

    private static int CreateFlags => OperatingSystem.IsFreeBSD() ? 0x1 | 0x200 | 0x800 | 0x100 | 0x100000
        : IsArm ? 0x1 | 0x40 | 0x80 | 0x8000 | 0x80000 : 0x1 | 0x40 | 0x80 | 0x20000 | 0x80000;

    private const int WorkingDirectory = -100; // AT_FDCWD

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Writes the file, with mode 0644.</summary>
    /// <exception cref="SystemRefusal">It cannot be written; the old file is as it was.</exception>
    public static void Write(string path, string text)
    {
        string name = Path.GetFileName(path);
        if (name is "" or "." or "..")
            throw new SystemRefusal(path, "write", 0, "it is a directory");
        using SafeFileHandle directory = DirectoryOf(path);
        if (IsLink(directory, name) is not null)
            throw new SystemRefusal(path, "write", 0, "it is a symbolic link", "name the file that it points to");
        string draft = $".{name}.{Environment.ProcessId}.new";
        using (SafeFileHandle file = openat(directory, draft, CreateFlags, Readable))
        {
            Check(!file.IsInvalid, path, "create a file beside it");
            try
            {
                Check(fchmod(file, Readable) == 0, path, "set the mode");
                Write(file, Encoding.UTF8.GetBytes(text), path);
                // A directory of that name is refused here.
                Check(renameat(directory, draft, directory, name) == 0, path, "replace");
            }
            catch (SystemRefusal)
            {
                _ = unlinkat(directory, draft, 0);
                throw;
            }
        }
    }

    private static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, string path)
    {
        while (!bytes.IsEmpty)
        {
            nint written = write(file, bytes, (nuint)bytes.Length);
            if (written >= 0)
                bytes = bytes[(int)written..];
            else if (Marshal.GetLastPInvokeError() != Interrupted)
                throw new SystemRefusal(path, "write", Marshal.GetLastPInvokeError());
        }
    }

    // The directory of a file, opened name by name.
    private static SafeFileHandle DirectoryOf(string path)
    {
        SafeFileHandle directory = Open(path.StartsWith('/') ? "/" : ".", path);
        List<string> names = Names(path);
        names.RemoveAt(names.Count - 1);
        int links = 0;
        while (names.Count > 0)
        {
            string name = names[0];
            names.RemoveAt(0);
            SafeFileHandle next = openat(directory, name, DirectoryFlags, 0);
            int errno = Marshal.GetLastPInvokeError();
            if (next.IsInvalid && IsLink(directory, name) is { } target)
            {
                // A link that only root or this user can have made is as good as the directory.
                if (!IsOurs(directory) || ++links > LinksAtMost)
                {
                    directory.Dispose();
                    throw new SystemRefusal(path, "open", 0, $"{name} is a symbolic link in a directory where other users can write", "name the directory itself");
                }
                if (target.StartsWith('/'))
                    next = Open("/", path);
                names.InsertRange(0, Names(target));
            }
            else if (next.IsInvalid)
            {
                directory.Dispose();
                throw new SystemRefusal(path, $"open the directory {name}", errno);
            }
            if (next.IsInvalid)
                continue;
            directory.Dispose();
            directory = next;
        }
        return directory;
    }

    private static SafeFileHandle Open(string name, string path)
    {
        // The working directory may be reached by a link, but it is open already.
        SafeFileHandle directory = openat(WorkingDirectory, name, DirectoryFlags, 0);
        Check(!directory.IsInvalid, path, $"open the directory {name}");
        return directory;
    }

    private static List<string> Names(string path) => [.. path.Split('/').Where(name => name is not ("" or "."))];

    private static string? IsLink(SafeFileHandle directory, string name)
    {
        Span<byte> target = stackalloc byte[4096];
        nint length = readlinkat(directory, name, target, (nuint)target.Length);
        return length > 0 && length < target.Length ? Encoding.UTF8.GetString(target[..(int)length]) : null;
    }

    private static bool IsOurs(SafeFileHandle directory)
    {
        Span<byte> status = stackalloc byte[256];
        if (fstat(directory, status) != 0)
            return false;
        // struct stat (sys/stat.h): FreeBSD and Linux on x64 have st_mode (16 and 32 bits) and st_uid at the same places.
        uint mode = BitConverter.ToUInt16(status[(IsArm && !OperatingSystem.IsFreeBSD() ? 16 : 24)..]);
        uint owner = BitConverter.ToUInt32(status[(IsArm && !OperatingSystem.IsFreeBSD() ? 24 : 28)..]);
        return (owner == 0 || owner == geteuid()) && (mode & GroupOrOtherWrite) == 0;
    }

    private static void Check(bool isDone, string path, string operation)
    {
        if (!isDone)
            throw new SystemRefusal(path, operation, Marshal.GetLastPInvokeError());
    }

    // int openat(int fd, const char *path, int flags, ...): variadic in C; an integer as the fourth argument is passed alike (x64, arm64).
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle openat(SafeFileHandle fd, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle openat(int fd, string path, int flags, uint mode);

    // ssize_t readlinkat(int fd, const char *path, char *buffer, size_t size);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlinkat(SafeFileHandle fd, string path, Span<byte> buffer, nuint size);

    // int renameat(int fromfd, const char *from, int tofd, const char *to);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat(SafeFileHandle fromfd, string from, SafeFileHandle tofd, string to);

    // int unlinkat(int fd, const char *path, int flag);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(SafeFileHandle fd, string path, int flag);

    // ssize_t write(int fd, const void *buf, size_t count);
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle fd, ReadOnlySpan<byte> buffer, nuint count);

    // int fchmod(int fd, mode_t mode); 32 bits on Linux, 16 on FreeBSD: passed in the same way.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchmod(SafeFileHandle fd, uint mode);

    // int fstat(int fd, struct stat *status);
    [LibraryImport("libc")]
    private static partial int fstat(SafeFileHandle fd, Span<byte> status);

    // uid_t geteuid(void);
    [LibraryImport("libc")]
    private static partial uint geteuid();
}
