using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>A disk with a test program of the host, the .NET runtime and the executable under test, for a guest that has neither
/// (<see cref="MachineOptions.ExtraDisk"/>).</summary>
public static class ProgramDisk
{
    /// <summary>Mounts it, in the guest.</summary>
    public const string Mount = "mkdir /run/host && mount -o ro /dev/disk/by-id/virtio-extra /run/host";

    /// <summary>The shell words before the program's name, in the guest.</summary>
    public const string Enter = "cd /run/host && export DOTNET_ROOT=/run/host/dotnet HOME=/root HYPERV_VFATTACH=/run/host/hyperv-vfattach";

    /// <summary>Creates the disk.</summary>
    /// <param name="disk">The file.</param>
    /// <param name="program">The program's directory, whose last name becomes its directory on the disk.</param>
    public static async Task MakeAsync(string disk, string program)
    {
        // DIRECTORY/shared/Microsoft.NETCore.App/VERSION/System.Private.CoreLib.dll
        var runtime = new FileInfo(typeof(object).Assembly.Location).Directory!;
        var dotnet = runtime.Parent!.Parent!.Parent!;
        var executable = Path.Combine(Repository.Top, "artifacts", "hyperv-vfattach");
        File.Delete(disk);
        using var process = Process.Start(new ProcessStartInfo("mksquashfs",
        [
            dotnet.FullName, program, .. File.Exists(executable) ? [executable] : Array.Empty<string>(), disk,
            "-quiet", "-no-progress", "-noI", "-noD", "-noF", "-noX", "-no-xattrs",
            "-e", "dotnet/sdk", "dotnet/sdk-manifests", "dotnet/packs", "dotnet/templates", "dotnet/library-packs",
            "dotnet/shared/Microsoft.AspNetCore.App", "dotnet/shared/Microsoft.WindowsDesktop.App",
        ]) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"mksquashfs {disk}: exit code {process.ExitCode}");
    }
}
