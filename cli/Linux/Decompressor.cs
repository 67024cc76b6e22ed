using System.IO.Pipes;
using System.Runtime.InteropServices;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Posix;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Linux;

/// <summary>Has a program of the system decompress a part of a file.</summary>
internal static class Decompressor
{
    /// <summary>What the program makes of a file from a position on; null if the program is not installed.</summary>
    /// <remarks>All of them take <c>-dcq</c>: gzip(1), zstd(1), xz(1), lz4(1), bzip2(1).</remarks>
    /// <exception cref="Core.SystemRefusal">The program cannot be started.</exception>
    public static Stream? Start(string program, SafeFileHandle file, long position)
    {
        if (Array.Find([$"/usr/bin/{program}", $"/bin/{program}"], File.Exists) is not { } path)
            return null;
        if (Libc.lseek(file, position, Libc.SEEK_SET) < 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        SpawnedProcess.Start(path, [program, "-dcq"], [], DetachedProcess.POSIX_SPAWN_SETSIGDEF, SpawnedProcess.AllSignals,
            [file, output.ClientSafePipeHandle], directory: null, "decompress the boot image");
        output.DisposeLocalCopyOfClientHandle();
        // The reader asks for single bytes, and an image may end with millions of zeros.
        return new BufferedStream(output, 1 << 16);
    }
}
