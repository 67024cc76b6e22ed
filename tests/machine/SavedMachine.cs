using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace HypervVfattach.Machines;

/// <summary>A machine that was booted once and stopped; any number of machines resume from it within a second or two.</summary>
/// <remarks>The guest's memory is a file that the booted machine writes and the resumed ones map privately
/// (<c>x-ignore-shared</c>), so that only the state of the devices has to be loaded.</remarks>
internal sealed record SavedMachine(string Directory)
{
    // Each is some 200 MB.
    private const int Kept = 24;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);
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
        await SetCapabilitiesAsync(monitor);
        var done = monitor.EventAsync("MIGRATION", data => (string?)data["status"] is "completed" or "failed", s_patience);
        await monitor.ExecuteAsync("migrate", new { uri = $"exec:cat > '{Devices}'" });
        Succeeded(await done);
    }

    /// <summary>Loads the state of the devices into a machine that waits for it, and starts it.</summary>
    public async Task ResumeAsync(Qmp monitor)
    {
        await SetCapabilitiesAsync(monitor);
        // Otherwise qemu itself sends from every NIC for a second, and the wire takes that for the guest's choice of a port.
        await monitor.ExecuteAsync("migrate-set-parameters", new Dictionary<string, object> { ["announce-rounds"] = 0 });
        var done = monitor.EventAsync("MIGRATION", data => (string?)data["status"] is "completed" or "failed", s_patience);
        await monitor.ExecuteAsync("migrate-incoming", new { uri = $"exec:cat '{Devices}'" });
        Succeeded(await done);
        await monitor.ExecuteAsync("cont");
    }

    private static async Task SetCapabilitiesAsync(Qmp monitor) => await monitor.ExecuteAsync("migrate-set-capabilities", new
    {
        capabilities = new[]
        {
            new { capability = "events", state = true },
            new { capability = "x-ignore-shared", state = true },
        },
    });

    private static void Succeeded(JsonObject migration)
    {
        if ((string?)migration["data"]!["status"] != "completed")
            throw new InvalidOperationException($"qemu could not save or load the machine: {migration.ToJsonString()}");
    }
}
