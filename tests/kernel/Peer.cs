using System.Diagnostics;
using System.Globalization;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Another network namespace, which lives until it is disposed of.</summary>
public sealed class Peer : IDisposable
{
    // A process that holds the namespace open.
    private readonly Process _holder = Process.Start("unshare", ["-n", "sleep", "600"]);

    /// <summary>Creates the namespace.</summary>
    public Peer()
    {
        string? own = Target("/proc/self/ns/net");
        while (Target($"/proc/{ProcessId}/ns/net") is not string theirs || theirs == own)
            Thread.Sleep(5);

        static string? Target(string file) => new FileInfo(file).LinkTarget;
    }

    /// <summary>The process that identifies the namespace for <c>ip</c>.</summary>
    public int ProcessId => _holder.Id;

    private string[] Enter => ["-t", ProcessId.ToString(CultureInfo.InvariantCulture), "-n"];

    /// <summary>Runs commands of <c>ip</c> there, in one process.</summary>
    /// <param name="commands">The arguments of <c>ip</c>.</param>
    /// <returns>Their output.</returns>
    public string Ip(params IReadOnlyList<string> commands)
    {
        (int status, string output, string error) = KernelTest.Batch("nsenter", [.. Enter, "ip", "-batch", "-"], commands);
        return status == 0 ? output : throw new InvalidOperationException($"ip: {string.Join("; ", commands)}: {error}");
    }

    /// <summary>Runs a program there.</summary>
    /// <returns>Its output.</returns>
    public string Run(string program, params string[] arguments) => KernelTest.TryRun("nsenter", [.. Enter, program, .. arguments]).Output;

    /// <inheritdoc/>
    public void Dispose()
    {
        _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
