using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Core;

/// <summary>An opened file, with the properties from fstat(2) that .NET does not offer for a descriptor.</summary>
/// <param name="Handle">The descriptor to read from.</param>
/// <param name="IsRegular">Whether it is a regular file.</param>
/// <param name="Owner">User id of the owner.</param>
/// <param name="Mode">The permission bits.</param>
internal sealed record OpenedFile(SafeFileHandle Handle, bool IsRegular, uint Owner, UnixFileMode Mode) : IDisposable
{
    public void Dispose() => Handle.Dispose();
}
