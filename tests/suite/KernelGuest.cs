using System.Diagnostics;
using System.Globalization;
using System.Text;
using HypervVfattach.Machines;

namespace HypervVfattach.Suite;

/// <summary>Runs a test program of the host inside a guest, whose kernel has the drivers that the host's may lack.</summary>
internal static class KernelGuest
{
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2);

    /// <summary>Boots a guest with a disk that has the .NET runtime, the tier's program and the executable under test.</summary>
    public static async Task RunAsync(Tier tier, IEnumerable<string> options, string report, TimeSpan limit)
    {
        var disk = Path.Combine(Repository.Top, "artifacts", $"{tier.Name}.squashfs");
        await MakeDiskAsync(disk, tier.Directory, Path.Combine(Repository.Top, "artifacts", "hyperv-vfattach"));
        await using var machine = await Machine.StartAsync(
            new MachineOptions
            {
                // The fault matrix joins them.
                Synthetics = [Nic.Synthetic()], VfsAtBoot = [Nic.Vf()],
                Init = Init.Plain, Boot = true, ExtraDisk = disk, Memory = 1536, Processors = 1,
                // Beside it run scenarios that count lost probes.
                Niceness = 5,
            }, Say.Step);
        await machine.RunAsync("mkdir /run/host && mount -o ro /dev/disk/by-id/virtio-extra /run/host");
        await machine.RunAsync($"""
            cd /run/host && export DOTNET_ROOT=/run/host/dotnet HOME=/root HYPERV_VFATTACH=/run/host/hyperv-vfattach
            setsid sh -c "unshare -nm sh -c 'mount -t sysfs sysfs /sys && exec \"\$@\"' sh debug/{tier.Name} {string.Join(' ', options.Select(Quoted))} /run/report.xml >/run/log 2>&1; echo \$? >/run/ended" >/dev/null 2>&1 &
            """);
        var shown = 0;
        var line = "";
        for (var end = DateTimeOffset.UtcNow + limit; ; await Task.Delay(s_poll))
        {
            // Asked first, so that nothing is missed that came before the end.
            var ended = (await machine.TryAsync("test -e /run/ended")).ExitCode == 0;
            var text = await machine.RunAsync(string.Create(CultureInfo.InvariantCulture, $"tail -c +{shown + 1} /run/log | base64 -w0"));
            var bytes = Convert.FromBase64String(text);
            shown += bytes.Length;
            // Whole lines only: another tier may be writing, too.
            line += Encoding.UTF8.GetString(bytes);
            var whole = line.LastIndexOf('\n') + 1;
            Console.Out.Write(line[..whole]);
            line = line[whole..];
            if (ended)
                break;
            if (DateTimeOffset.UtcNow > end)
            {
                Say.Step($"{tier}: ended, because it did not end by itself\n{await machine.JournalAsync()}");
                return;
            }
        }
        if ((await machine.TryAsync("test -s /run/report.xml")).ExitCode == 0)
            await File.WriteAllTextAsync(report, await machine.RunAsync("cat /run/report.xml"));
        else
            Say.Step($"{tier}: no report; the guest's kernel:\n{await machine.JournalAsync()}");
    }

    private static async Task MakeDiskAsync(string disk, string program, string executable)
    {
        // DIRECTORY/shared/Microsoft.NETCore.App/VERSION/System.Private.CoreLib.dll
        var runtime = new FileInfo(typeof(object).Assembly.Location).Directory!;
        var dotnet = runtime.Parent!.Parent!.Parent!;
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

    private static string Quoted(string argument) => $"'{argument}'";
}
