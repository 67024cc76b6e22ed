using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Posix;

/// <summary>Makes sure that descriptors 0 to 2 are open.</summary>
internal static class StandardDescriptors
{
    /// <summary>Opens the closed ones on /dev/null (a daemon may have closed them). Otherwise the next socket would get one of these
    /// numbers, and our output would be sent to the kernel.</summary>
    public static void Open()
    {
        try
        {
            while (true)
            {
                // The lowest number that is free.
                SafeFileHandle file = File.OpenHandle("/dev/null", access: FileAccess.ReadWrite, share: FileShare.ReadWrite);
                if (file.DangerousGetHandle() > 2)
                {
                    file.Dispose();
                    return;
                }
                file.SetHandleAsInvalid(); // keeps the descriptor open
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /dev/null nothing better is possible.
        }
    }

    /// <summary>Standard output. Console would link terminal capabilities and encodings, a tenth of a megabyte that is not
    /// needed.</summary>
    public static TextWriter Output { get; } = Writer(1);

    /// <summary>Standard error.</summary>
    public static TextWriter Error { get; } = Writer(2);

    private static StreamWriter Writer(int descriptor) => new(new DescriptorStream(descriptor)) { AutoFlush = true };
}
