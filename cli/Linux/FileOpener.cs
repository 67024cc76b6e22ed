using System.Runtime.InteropServices;
using HypervVfattach.Core;
using HypervVfattach.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Linux;

/// <summary>Opens files and reads type, owner and mode from the same descriptor.</summary>
internal static class FileOpener
{
    /// <summary>Opens a file or directory for reading, without waiting for a FIFO's writer; null if it does not exist.</summary>
    /// <exception cref="SystemRefusal">It cannot be opened.</exception>
    public static OpenedFile? Open(string path)
    {
        SafeFileHandle handle = Libc.open(path, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        if (handle.IsInvalid)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno is Errno.ENOENT or Errno.ENOTDIR ? null : throw new SystemRefusal(path, "open", errno);
        }

        Span<byte> status = stackalloc byte[StatLayout.Bytes];
        if (Libc.fstat(handle, status) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw new SystemRefusal(path, "fstat", errno);
        }
        uint mode = MemoryMarshal.Read<uint>(status[StatLayout.Mode..]);
        uint owner = MemoryMarshal.Read<uint>(status[StatLayout.Uid..]);
        return new OpenedFile(handle, (mode & Libc.S_IFMT) == Libc.S_IFREG, owner, (UnixFileMode)(mode & 0xFFF));
    }
}
