using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Linux.Interop;

// fcntl.h, sys/stat.h and unistd.h of Linux, glibc and musl. Names and values as in C.
internal static partial class Libc
{
    public const int O_RDONLY = 0;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const uint S_IFMT = 0xF000;
    public const uint S_IFREG = 0x8000;

    // int open(const char *path, int flags, ...); the third argument is for O_CREAT only.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle open(string path, int flags);

    public const int SEEK_SET = 0;

    // off_t lseek(int fd, off_t offset, int whence); on 64-bit Linux off_t is a long.
    [LibraryImport("libc", SetLastError = true)]
    public static partial long lseek(SafeFileHandle fd, long offset, int whence);

    // int fstat(int fd, struct stat *status);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fstat(SafeFileHandle fd, Span<byte> status);

    // fnmatch.h: int fnmatch(const char *pattern, const char *string, int flags);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int fnmatch(string pattern, string text, int flags);

    // sys/klog.h: int klogctl(int type, char *buffer, int length);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int klogctl(int type, Span<byte> buffer, int length);

    // dirent.h: DIR *opendir(const char *name);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint opendir(string name);

    // struct dirent *readdir(DIR *directory);
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint readdir(nint directory);

    // int closedir(DIR *directory);
    [LibraryImport("libc")]
    public static partial int closedir(nint directory);

    /// <summary>Offset of d_name in struct dirent, which ends with a 0: behind ino_t, off_t, unsigned short and unsigned char, on 64-bit
    /// Linux of any architecture.</summary>
    public const int DirectoryEntryName = 19;

    // int close(int fd);
    [LibraryImport("libc")]
    public static partial int close(int fd);
}

/// <summary>Offsets in struct stat of sys/stat.h, which differ between architectures.</summary>
internal static class StatLayout
{
    /// <summary>Buffer size for struct stat: 144 bytes on x64, 128 on arm64.</summary>
    public const int Bytes = 144;

    private static readonly bool s_isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Offset of the uint st_mode.</summary>
    public static int Mode => s_isX64 ? 24 : 16;

    /// <summary>Offset of the uint st_uid.</summary>
    public static int Uid => s_isX64 ? 28 : 24;
}
