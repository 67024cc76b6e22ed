using System.Globalization;

namespace HypervVfattach.Commands;

/// <summary>Which interface an event is about: its index, because its name changes under us.</summary>
internal static class EventIdentity
{
    /// <summary>The index that udev (or our own background unit, which says it in the same way) gives for an interface;
    /// null by hand.</summary>
    /// <param name="name">The argument. udev expands $name to the name that it knows at that moment, so with DEVPATH the
    /// index counts even when the names differ.</param>
    /// <param name="variable">Reads environment variables.</param>
    public static int? Index(string name, Func<string, string?> variable) =>
        int.TryParse(variable("IFINDEX"), NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index > 0
        && (variable("DEVPATH") is not null || variable("INTERFACE") == name)
            ? index : null;
}
