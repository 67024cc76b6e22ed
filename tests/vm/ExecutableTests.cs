using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The executable where a system has nothing yet, and on the other processor.</summary>
[Part(Part.Releases)]
public class ExecutableTests
{
    [Theory]
    [InlineData("bullseye")]
    [InlineData("bookworm")]
    [InlineData("trixie")]
    [InlineData("forky")]
    public async Task It_runs_in_an_initramfs_with_busybox_and_nothing_else(string release)
    {
        var console = await Initramfs.RunAsync(release, Product.Executable, "--version", "status", "--dry-run lo", "--event lo", "import lo");
        console.ShouldMatch(@"\[--version\]\nhyperv-vfattach \S+\n\[exit 0\]");
        console.ShouldMatch(@"\[status\]\n.+\n\[exit 0\]");
        console.ShouldMatch(@"\[--dry-run lo\]\n(.*\n)*\[exit 0\]");
        console.ShouldContain("[--event lo]\n[exit 0]");
        console.ShouldContain("[import lo]\n[exit 0]");
    }

    [Fact]
    public async Task The_arm64_executable_runs_under_an_emulator_of_that_processor()
    {
        const string emulator = "qemu-aarch64-static";
        var executable = await Product.CrossBuildAsync("arm64", emulator);
        using var ns = new NetworkNamespace();
        (await ns.RunAsync(emulator, executable, "--version")).ShouldBe(await ns.RunAsync(Product.Executable, "--version"));
        (await ns.RunAsync(emulator, executable, "status")).ShouldBe(await ns.RunAsync(Product.Executable, "status"));
        (await ns.RunAsync(emulator, executable, "--event", "lo")).ShouldBe("");
    }
}
