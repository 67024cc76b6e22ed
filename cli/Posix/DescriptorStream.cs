using System.Runtime.InteropServices;

namespace HypervVfattach.Posix;

/// <summary>Output that cannot be written, because the file system is full or the reader is gone. Unlike any other
/// <see cref="IOException"/>, it has nothing to do with the network.</summary>
internal sealed class OutputRefusal(int descriptor, string words) : IOException($"{(descriptor == 1 ? "standard output" : "standard error")}: write: {words}");

/// <summary>Writes to an open descriptor that other processes write to as well.</summary>
/// <remarks>FileStream keeps an offset of its own and would overwrite the output of other processes in the same file.</remarks>
internal sealed partial class DescriptorStream(int descriptor) : Stream
{
    private const int Interrupted = 4; // EINTR, of both systems

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written = write(descriptor, buffer, (nuint)buffer.Length);
            if (written >= 0)
                buffer = buffer[(int)written..];
            else if (Marshal.GetLastPInvokeError() is var errno and not Interrupted)
                throw new OutputRefusal(descriptor, Marshal.GetPInvokeErrorMessage(errno));
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    // ssize_t write(int fd, const void *buf, size_t count);
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, ReadOnlySpan<byte> bytes, nuint count);
}
