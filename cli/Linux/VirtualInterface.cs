namespace HypervVfattach.Linux;

/// <summary>Tells an interface without a device from two names in sysfs, the cheapest check there is.</summary>
internal static class VirtualInterface
{
    /// <summary>Whether the interface of an event certainly has no device behind it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="index">Its index in digits. Without it the answer is false: sysfs may show another network namespace, or another
    /// interface of this name.</param>
    /// <param name="sysfs">Where sysfs is mounted.</param>
    public static bool Is(string name, string? index, string sysfs = "/sys")
    {
        if (string.IsNullOrEmpty(index))
            return false;
        string directory = $"{sysfs}/class/net/{name}";
        try
        {
            return File.ReadAllText($"{directory}/ifindex").AsSpan().Trim().SequenceEqual(index) && !Path.Exists($"{directory}/device");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
