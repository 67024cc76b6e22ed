using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Core;

/// <summary>An opened file with what .NET does not tell of it, from fstat(2) on its descriptor.</summary>
/// <param name="Handle">The descriptor, to read from; the caller disposes of it.</param>
/// <param name="IsRegular">Whether it is a regular file.</param>
/// <param name="Owner">User id of the owner.</param>
/// <param name="Mode">The permission bits.</param>
internal sealed record OpenedFile(SafeFileHandle Handle, bool IsRegular, uint Owner, UnixFileMode Mode) : IDisposable
{
    /// <summary>Closes the descriptor.</summary>
    public void Dispose() => Handle.Dispose();
}
