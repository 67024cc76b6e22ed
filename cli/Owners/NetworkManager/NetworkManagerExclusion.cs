using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>Names that NetworkManager leaves alone (NetworkManager.conf(5), unmanaged-devices), in a file below /run.</summary>
internal static class NetworkManagerExclusion
{
    private const string Directory = "/run/NetworkManager/conf.d/";

    /// <summary>Writes or removes the file, and has NetworkManager read it if it runs: it may also be started later.</summary>
    public static void Make(ExcludeName change)
    {
        bool changed = RuntimeFile.Put($"{Directory}hyperv-vfattach-{change.Name}.conf", !change.Exclude ? null
            : $"# hyperv-vfattach(8), until the next boot or detach\n[keyfile]\nunmanaged-devices+=interface-name:{change.Name}\n");
        if (!changed || Processes.Running("/", new HashSet<string> { NetworkManager.Daemon }).Count == 0)
            return;
        using var bus = new NetworkManagerBus();
        bus.ReadConfiguration();
    }
}
