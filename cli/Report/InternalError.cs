namespace HypervVfattach.Report;

/// <summary>How a mistake of ours is called in the log.</summary>
internal static class InternalError
{
    /// <summary>One line for an unexpected exception.</summary>
    public static string Words(Exception e) => $"internal error: {e.GetType().Name}: {e.Message}";
}
