using System.Runtime.InteropServices;

namespace HypervVfattach.Posix;

/// <summary>The terminal that shows a descriptor's output.</summary>
internal sealed partial class Terminal(int columns, int rows)
{
    /// <summary>Its width; 80 if it does not know, as serial consoles.</summary>
    public int Columns => columns;

    /// <summary>Its height; 24 if it does not know.</summary>
    public int Rows => rows;

    // TIOCGWINSZ, asm-generic/ioctls.h and sys/ttycom.h.
    private static nuint GetWindowSize => OperatingSystem.IsFreeBSD() ? 0x40087468u : 0x5413u;

    /// <summary>That of a descriptor; null if it is none.</summary>
    public static Terminal? Of(int descriptor)
    {
        if (isatty(descriptor) == 0)
            return null;
        // struct winsize: rows, columns, two sizes in pixels, 16 bits each.
        Span<ushort> size = stackalloc ushort[4];
        size.Clear();
        if (ioctl(descriptor, GetWindowSize, size) != 0)
            size.Clear();
        return new Terminal(size[1] == 0 ? 80 : size[1], size[0] == 0 ? 24 : size[0]);
    }

    // int isatty(int fd);
    [LibraryImport("libc")]
    private static partial int isatty(int fd);

    // int ioctl(int fd, unsigned long request, ...): variadic in C; with one pointer both calling conventions (x64, arm64) pass it alike.
    [LibraryImport("libc")]
    private static partial int ioctl(int fd, nuint request, Span<ushort> argument);
}
