namespace HypervVfattach.Report;

/// <summary>The message for a bug in this program.</summary>
internal static class InternalError
{
    /// <summary>One line for an unexpected exception.</summary>
    public static string Words(Exception e) => $"internal error: {e.GetType().Name}: {e.Message}";
}
