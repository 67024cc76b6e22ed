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
}
