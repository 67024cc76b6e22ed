using HypervVfattach.Core;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>Names that NetworkManager leaves alone (NetworkManager.conf(5), unmanaged-devices), in a file below /run.</summary>
internal static class NetworkManagerExclusion
{
    private const string Directory = "/run/NetworkManager/conf.d/";

    /// <summary>Writes or removes the file, and has NetworkManager read it if it runs: it may also be started later.</summary>
    public static void Make(ExcludeName change)
    {
        string path = $"{Directory}hyperv-vfattach-{change.Name}.conf";
        try
        {
            if (File.Exists(path) == change.Exclude)
                return;
            if (change.Exclude)
            {
                System.IO.Directory.CreateDirectory(Directory);
                File.WriteAllText(path, $"# hyperv-vfattach(8), until the next boot or detach\n[keyfile]\nunmanaged-devices+=interface-name:{change.Name}\n");
            }
            else
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, path, change.Exclude ? "write" : "remove");
        }
        if (Processes.Running("/", new HashSet<string> { NetworkManager.Daemon }).Count == 0)
            return;
        using var bus = new NetworkManagerBus();
        bus.ReadConfiguration();
    }
}
