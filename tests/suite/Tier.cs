using System.Diagnostics;
using System.Globalization;
using HypervVfattach.Machines;

namespace HypervVfattach.Suite;

/// <summary>Tests of one kind in one program.</summary>
/// <param name="Name">The directory below tests/, and the program.</param>
internal sealed record Tier(string Name)
{
    /// <summary>Any system, no rights.</summary>
    public static readonly Tier Unit = new("unit");

    /// <summary>A kernel with every driver: the program runs inside a guest. Nothing can be missing there, so nothing may be skipped.</summary>
    public static readonly Tier Kernel = new("kernel");

    /// <summary>Guests that the program starts itself.</summary>
    public static readonly Tier Vm = new("vm");

    /// <summary>All of them, the quickest first.</summary>
    public static IReadOnlyList<Tier> All { get; } = [Unit, Kernel, Vm];

    /// <summary>The tests of a run without arguments: chosen ones of the vm tier, of the others all that are quick enough.</summary>
    public IReadOnlyList<string> Core => this == Vm ? ["-trait", "core=true"] : [.. Everything, "-trait-", "extensive=true"];

    /// <summary>All tests of this tier where it runs; others of its program run elsewhere.</summary>
    public IReadOnlyList<string> Everything => this == Kernel ? ["-trait-", "systemd=true"] : [];

    /// <summary>Whether a second attempt tells something: an emulated machine that waits for the processor is late.</summary>
    public bool MayBeLate => this != Unit;

    /// <summary>The directory of the program.</summary>
    public string Directory => Path.Combine(Repository.Top, "artifacts", "bin", Name, "debug");

    /// <summary>Runs the program and leaves its report.</summary>
    /// <param name="filter">Which tests.</param>
    /// <param name="report">Where xunit's XML goes.</param>
    /// <param name="noStartAfter">When it is to start no more tests.</param>
    public async Task RunAsync(IReadOnlyList<string> filter, string report, DateTimeOffset noStartAfter)
    {
        File.Delete(report);
        string[] options = ["-noLogo", "-noColor", "-noAutoReporters", "-reporter", this == Unit ? "default" : "verbose", .. filter, "-xml"];
        // What hangs is ended, with a report that is missing.
        var killAfter = noStartAfter + TimeSpan.FromMinutes(8) - DateTimeOffset.UtcNow;
        if (this == Kernel)
        {
            await KernelGuest.RunAsync(this, options, report, killAfter);
            return;
        }
        var start = new ProcessStartInfo(Path.Combine(Directory, Name), [.. options, report]);
        start.Environment["VFATTACH_NO_START_AFTER"] = noStartAfter.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync().WaitAsync(killAfter);
        }
        catch (TimeoutException)
        {
            Say.Step($"{Name}: ended, because it did not end by itself");
            process.Kill(entireProcessTree: true);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
