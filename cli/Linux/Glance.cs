using System.Globalization;

namespace HypervVfattach.Linux;

/// <summary>The look that costs least: two names in sysfs.</summary>
internal static class Glance
{
    /// <summary>Whether an interface certainly has no device behind it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="index">Its index; where it is not known, nothing is certain, for sysfs may show another network
    /// namespace.</param>
    /// <param name="sysfs">Where sysfs is mounted.</param>
    public static bool IsVirtual(string name, int? index, string sysfs = "/sys")
    {
        if (index is not { } known)
            return false;
        string directory = Path.Combine(sysfs, "class/net", name);
        try
        {
            return File.ReadAllText(Path.Combine(directory, "ifindex")).AsSpan().Trim()
                    .SequenceEqual(known.ToString(CultureInfo.InvariantCulture))
                && !Path.Exists(Path.Combine(directory, "device"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
