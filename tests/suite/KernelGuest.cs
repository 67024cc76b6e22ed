using System.Diagnostics;
using System.Globalization;
using System.Text;
using HypervVfattach.Machines;

namespace HypervVfattach.Suite;

/// <summary>Runs a test program of the host inside a guest, whose kernel has drivers that the host's may lack.</summary>
internal static class KernelGuest
{
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2);

    /// <summary>Boots a guest with a disk that has the .NET runtime, the tier's program and the executable under test.</summary>
    public static async Task RunAsync(Tier tier, IEnumerable<string> options, string report, TimeSpan limit)
    {
        var disk = Path.Combine(Repository.Top, "artifacts", $"{tier.Name}.squashfs");
        await ProgramDisk.MakeAsync(disk, tier.Directory);
        await using var machine = await Machine.StartAsync(
            new MachineOptions
            {
                // Used by the fault matrix.
                Synthetics = [Nic.Synthetic()], VfsAtBoot = [Nic.Vf()],
                Init = Init.Plain, Boot = true, ExtraDisk = disk, Memory = 1536, Processors = 1,
                // Scenarios that count lost probes run at the same time.
                Niceness = 5,
            }, Say.Step);
        await machine.RunAsync(ProgramDisk.Mount);
        await machine.RunAsync($"""
            {ProgramDisk.Enter}
            setsid sh -c "unshare -nm sh -c 'mount -t sysfs sysfs /sys && exec \"\$@\"' sh debug/{tier.Name} {string.Join(' ', options.Select(Quoted))} /run/report.xml >/run/log 2>&1; echo \$? >/run/ended" >/dev/null 2>&1 &
            """);
        var shown = 0;
        var line = "";
        for (var end = DateTimeOffset.UtcNow + limit; ; await Task.Delay(s_poll))
        {
            // Checked first, so that nothing is missed that was written before the end.
            var ended = (await machine.TryAsync("test -e /run/ended")).ExitCode == 0;
            var text = await machine.RunAsync(string.Create(CultureInfo.InvariantCulture, $"tail -c +{shown + 1} /run/log | base64 -w0"));
            var bytes = Convert.FromBase64String(text);
            shown += bytes.Length;
            // Whole lines only: another tier may be writing too.
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

    private static string Quoted(string argument) => $"'{argument}'";
}
