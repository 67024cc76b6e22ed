using Microsoft.Win32.SafeHandles;

namespace HypervVfattach;

/// <summary>Makes sure that descriptors 0 to 2 are open.</summary>
internal static class StandardDescriptors
{
    /// <summary>Opens those that are closed (a daemon may have started us so) on /dev/null. Otherwise the next socket
    /// would be one of them, and what we print would be sent to the kernel.</summary>
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
                file.SetHandleAsInvalid(); // it stays open
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /dev/null there is nothing better to do.
        }
    }

    /// <summary>Standard output. Not Console's: that brings terminals' capabilities and encodings along, for which nobody
    /// here asks, and a tenth of a megabyte.</summary>
    public static TextWriter Output { get; } = Writer(1);

    /// <summary>Standard error.</summary>
    public static TextWriter Error { get; } = Writer(2);

    private static StreamWriter Writer(int descriptor) => new(new DescriptorStream(descriptor)) { AutoFlush = true };
}
