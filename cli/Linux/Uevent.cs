namespace HypervVfattach.Linux;

/// <summary>Has udev process an interface again.</summary>
internal static class Uevent
{
    /// <summary>Asks the kernel for a "change" event; an interface that is gone or a read-only sysfs (a container) needs
    /// none.</summary>
    /// <param name="name">The interface's name.</param>
    /// <param name="sysfs">Where sysfs is mounted.</param>
    public static void Change(string name, string sysfs = "/sys")
    {
        try
        {
            File.WriteAllText(Path.Combine(sysfs, "class/net", name, "uevent"), "change");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
