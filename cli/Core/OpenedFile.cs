using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Core;

/// <summary>An opened file, with the properties from fstat(2) that .NET does not offer for a descriptor.</summary>
/// <param name="handle">The descriptor to read from.</param>
/// <param name="isRegular">Whether it is a regular file.</param>
/// <param name="owner">User id of the owner.</param>
/// <param name="mode">The permission bits.</param>
internal sealed class OpenedFile(SafeFileHandle handle, bool isRegular, uint owner, UnixFileMode mode) : IDisposable
{
    public SafeFileHandle Handle => handle;
    public bool IsRegular => isRegular;
    public uint Owner => owner;
    public UnixFileMode Mode => mode;

    public void Dispose() => Handle.Dispose();
}
