using System.Collections.Concurrent;

namespace HypervVfattach.Machines;

/// <summary>A machine that was booted once and stopped; any number of machines resume from it within a second or two.</summary>
/// <remarks>The guest's memory is a file that the booted machine writes and the resumed ones map privately
/// (<c>x-ignore-shared</c>), so that only the state of the devices has to be loaded.</remarks>
internal sealed record SavedMachine(string Directory)
{
    // Each is some 200 MB.
    private const int Kept = 24;

    private static readonly ConcurrentDictionary<string, Lazy<Task<SavedMachine>>> s_saved = [];

    /// <summary>The guest's memory.</summary>
    public string Memory => Path.Combine(Directory, "memory");

    private string Devices => Path.Combine(Directory, "devices");

    /// <summary>The equal saved machine; if there is none yet, the function boots and saves one.</summary>
    public static Task<SavedMachine> GetAsync(MachineOptions options, Image image, Func<SavedMachine, Task> create)
    {
        var key = Cache.Hash(Qemu.Make(options, image), Machine.SavedMark);
        return s_saved.GetOrAdd(key, _ => new(async () => new SavedMachine(
            await Cache.GetAsync("saved", key, Kept, directory => create(new SavedMachine(directory)))))).Value;
    }

    /// <summary>Stops the machine and writes the state of its devices.</summary>
    public async Task SaveAsync(Qmp monitor)
    {
        await monitor.ExecuteAsync("stop");
        await Migration.SetAsync(monitor, ignoreShared: true);
        await Migration.SendAsync(monitor, $"exec:cat > '{Devices}'");
    }

    /// <summary>Loads the state of the devices into a machine that waits for it, and starts it.</summary>
    public async Task ResumeAsync(Qmp monitor)
    {
        await Migration.SetAsync(monitor, ignoreShared: true);
        // Otherwise qemu itself sends from every NIC for a second, and the wire takes that for the guest's choice of a port.
        await monitor.ExecuteAsync("migrate-set-parameters", new Dictionary<string, object> { ["announce-rounds"] = 0 });
        await await Migration.ReceiveAsync(monitor, $"exec:cat '{Devices}'");
        await monitor.ExecuteAsync("cont");
    }
}
