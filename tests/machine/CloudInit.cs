using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>Debian's cloud-init in a machine, unpacked as its package would be, with a seed of the data source NoCloud.</summary>
public static class CloudInit
{
    private const int Kept = 2;

    // Below /usr, because busybox would replace the guest's link /lib with a directory.
    private const string Unpack = """
        set -euo pipefail; cd "$1"
        mmdebstrap --quiet --variant=extract --include=cloud-init "$2" - |
            tar -x --wildcards './etc/cloud*' './usr/bin/cloud-*' './usr/lib/cloud-init*' './usr/lib/python3/dist-packages*' './lib/systemd/*cloud-*'
        cp -r lib/. usr/lib; rm -r lib
        """;

    /// <summary>The package's files and the seed.</summary>
    /// <param name="network">The seed's network configuration; null if there is none.</param>
    /// <param name="userData">The seed's user-data; its last stages, which run the commands in it, are enabled then.</param>
    /// <param name="release">The guest's Debian release.</param>
    public static async Task<IReadOnlyList<GuestFile>> FilesAsync(string? network, string? userData = null, string release = "bookworm")
    {
        var root = await Cache.GetAsync("cloud-init", Cache.Hash(Unpack, release), Kept, async directory =>
        {
            using var process = Process.Start(Command.Info("bash", "-c", Unpack, "unpack", directory, release))!;
            (await process.FinishAsync()).Succeeded("mmdebstrap cloud-init");
        });
        return
        [
            .. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).LinkTarget is null)
                .Select(file => GuestFile.Copy($"/{Path.GetRelativePath(root, file)}", file)),
            GuestFile.Text("/etc/cloud/cloud.cfg.d/90_dpkg.cfg", "datasource_list: [ NoCloud, None ]\n"),
            // The result of the package's "systemctl enable".
            GuestFile.Text("/etc/systemd/system/cloud-init.target.d/enabled.conf", "[Unit]\nWants=cloud-init-local.service cloud-init.service" + (userData is null ? "\n" : " cloud-config.service cloud-final.service\n")),
            GuestFile.Text("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: guest\n"),
            GuestFile.Text("/var/lib/cloud/seed/nocloud/user-data", userData ?? "#cloud-config\n"),
            .. network is null ? Array.Empty<GuestFile>() : [GuestFile.Text("/var/lib/cloud/seed/nocloud/network-config", network)],
        ];
    }
}
