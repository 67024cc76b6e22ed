namespace HypervVfattach.Tests.Kernel;

/// <summary>The executable under test.</summary>
internal static class Executable
{
    /// <summary>Why a test that needs it is skipped.</summary>
    public const string Missing = "needs the executable: run install/build.sh, or name it in HYPERV_VFATTACH";

    /// <summary>Its path; null if it was not built.</summary>
    public static string? Path { get; } = Find();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("HYPERV_VFATTACH") is { Length: > 0 } named)
            return named;
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = System.IO.Path.GetDirectoryName(directory))
        {
            if (System.IO.Path.Combine(directory, "artifacts", "hyperv-vfattach") is var built && File.Exists(built))
                return built;
        }
        return null;
    }
}
