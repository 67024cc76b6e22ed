using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>A guest that has nothing but a first file system in memory: busybox, one program and the kernel's own files.</summary>
public static class Initramfs
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    /// <summary>Boots a release's kernel, runs the program with each set of arguments and powers the guest off.</summary>
    /// <param name="release">Debian's name of the release.</param>
    /// <param name="program">The program's file on the host.</param>
    /// <param name="commands">The arguments of each run.</param>
    /// <returns>The console: for each run a line "[ARGUMENTS]", the program's output and a line "[exit CODE]".</returns>
    public static async Task<string> RunAsync(string release, string program, params string[] commands)
    {
        var image = await Image.GetAsync(release);
        var directory = Directory.CreateTempSubdirectory("initramfs");
        try
        {
            var root = directory.CreateSubdirectory("root");
            var init = Path.Combine(root.FullName, "init");
            await File.WriteAllTextAsync(init, $"""
                #!/bin/busybox sh
                /bin/busybox --install -s /bin
                mkdir -p /proc /sys
                mount -t proc proc /proc
                mount -t sysfs sys /sys
                {string.Concat(commands.Select(command => $"echo '[{command}]'\n/program {command}\necho \"[exit $?]\"\n"))}
                poweroff -f

                """);
            File.SetUnixFileMode(init, (UnixFileMode)Convert.ToInt32("755", 8));
            File.Copy(program, Path.Combine(root.FullName, "program"));
            var initrd = Path.Combine(directory.FullName, "initrd");
            // The kernel unpacks archives one after the other, and the last file of a name stays.
            using (var archive = Process.Start(Command.Info("sh", "-c",
                $"cp '{image.Initrd}' '{initrd}' && cd '{root.FullName}' && find . | cpio -o -H newc --quiet >>'{initrd}'"))!)
                (await archive.FinishAsync()).Succeeded("cpio");
            using var qemu = Process.Start(Command.Info(Qemu.Program,
                ["-no-user-config", "-nodefaults", "-display", "none", "-no-reboot", "-M", "q35", "-m", "512M", .. Accelerator.Here,
                "-serial", "stdio", "-kernel", image.Kernel, "-initrd", initrd, "-append", "console=ttyS0 quiet panic=-1 mitigations=off"]))!;
            try
            {
                return (await qemu.FinishAsync().Within(s_patience, $"an initramfs of {release}")).Succeeded(Qemu.Program).ReplaceLineEndings("\n");
            }
            finally
            {
                if (!qemu.HasExited)
                    qemu.Kill();
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
