using System.Globalization;

namespace HypervVfattach.Commands;

/// <summary>Which interface an event is about: its index, because its name changes under us.</summary>
internal static class EventIdentity
{
    /// <summary>The index that udev gives, and our own background runs get in the same way; null by hand, and for devd, which knows
    /// none.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="variable">Reads environment variables.</param>
    public static int? Index(Request request, Func<string, string?> variable) =>
        (request.IsEvent || request is ImportRequest)
        && int.TryParse(variable("IFINDEX"), NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index > 0
            ? index : null;
}
