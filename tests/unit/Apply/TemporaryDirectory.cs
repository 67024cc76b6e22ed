namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>A directory for one test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("vfattach-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
