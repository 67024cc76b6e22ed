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

    /// <summary>A kernel with every driver: the program runs inside a guest, which has all that the tests need, so none may be
    /// skipped.</summary>
    public static readonly Tier Kernel = new("kernel");

    /// <summary>Guests that the program starts itself.</summary>
    public static readonly Tier Vm = new("vm");

    /// <summary>All of them, the quickest first.</summary>
    public static IReadOnlyList<Tier> All { get; } = [Unit, Kernel, Vm];

    /// <summary>The tests of a run without arguments: chosen ones of the vm tier, all quick ones of the others.</summary>
    public IReadOnlyList<string> Core => this == Vm
        // A scenario of the core that runs on a KVM host, too, is in the core once.
        ? ["-trait", "core=true", "-trait-", "part=kvm", "-trait-", "part=kvm-owners-bond", "-trait-", "part=kvm-owners-redirect"]
        : [.. Everything, "-trait-", "extensive=true"];

    /// <summary>All tests that run in this tier; some tests of its program run elsewhere.</summary>
    public IReadOnlyList<string> Everything => this == Kernel ? ["-trait-", "systemd=true"] : [];

    /// <summary>Whether a second attempt makes sense: an emulated machine that waits for the processor is late.</summary>
    public bool MayBeLate => this != Unit;

    /// <summary>The directory of the program.</summary>
    public string Directory => Path.Combine(Repository.Top, "artifacts", "bin", Name, "debug");

    /// <summary>Runs the program and leaves its report.</summary>
    /// <param name="filter">Which tests.</param>
    /// <param name="report">The file for xunit's XML report.</param>
    /// <param name="noStartAfter">When to stop starting tests.</param>
    public async Task RunAsync(IReadOnlyList<string> filter, string report, DateTimeOffset noStartAfter)
    {
        File.Delete(report);
        string[] options = ["-noLogo", "-noColor", "-noAutoReporters", "-preEnumerateTheories", "-reporter", this == Unit ? "default" : "verbose", .. filter, "-xml"];
        // A program that hangs is killed, and then its report is missing.
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
