namespace HypervVfattach.Machines;

/// <summary>Where this checkout is.</summary>
public static class Repository
{
    /// <summary>The top directory, found upwards from the running program.</summary>
    public static string Top { get; } = FindTop(AppContext.BaseDirectory);

    private static string FindTop(string start)
    {
        for (DirectoryInfo? directory = new(start); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "hyperv-vfattach.csproj")))
                return directory.FullName;
        throw new InvalidOperationException($"{start} is not inside the repository");
    }
}
