using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Linux.Interop;

/// <summary>The descriptor of a socket.</summary>
internal sealed class SocketHandle() : SafeHandleMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
