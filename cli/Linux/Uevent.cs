namespace HypervVfattach.Linux;

/// <summary>Makes udev process an interface again.</summary>
internal static class Uevent
{
    /// <summary>Triggers a "change" event. Does nothing if the interface is gone or sysfs is read-only (in a container).</summary>
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
