namespace HypervVfattach.Machines;

/// <summary>The state of a machine on its way from a qemu process into a file, or into another process.</summary>
internal static class Migration
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Prepares an end of a migration; both ends need the same.</summary>
    /// <param name="monitor">The process.</param>
    /// <param name="ignoreShared">Whether memory that is a shared file stays where it is.</param>
    public static async Task SetAsync(Qmp monitor, bool ignoreShared) => await monitor.ExecuteAsync("migrate-set-capabilities", new
    {
        capabilities = new[]
        {
            new { capability = "events", state = true },
            new { capability = "x-ignore-shared", state = ignoreShared },
        },
    });

    /// <summary>Sends the state, and returns when all of it has left.</summary>
    public static Task SendAsync(Qmp monitor, string uri) => EndedAsync(monitor, "migrate", uri, "completed");

    /// <summary>Receives the state into a process that waits for it. It listens when the outer task has ended, and has everything when the inner
    /// one has.</summary>
    public static Task<Task> ReceiveAsync(Qmp monitor, string uri) => BegunAsync(monitor, "migrate-incoming", uri, "completed");

    /// <summary>Begins to send the state, and cancels that a moment later: the machine goes on in this process.</summary>
    public static async Task AbortAsync(Qmp monitor, string uri)
    {
        const string bandwidth = "max-bandwidth";
        var before = (long)(await monitor.ExecuteAsync("query-migrate-parameters"))![bandwidth]!;
        await monitor.ExecuteAsync("migrate-set-parameters", new Dictionary<string, object> { [bandwidth] = 1 << 20 });
        await EndedAsync(monitor, "migrate", uri, "active");
        await Task.Delay(TimeSpan.FromSeconds(2));
        var cancelled = monitor.EventAsync("MIGRATION", data => (string?)data["status"] == "cancelled", s_patience);
        await monitor.ExecuteAsync("migrate_cancel");
        await cancelled;
        await monitor.ExecuteAsync("migrate-set-parameters", new Dictionary<string, object> { [bandwidth] = before });
    }

    private static async Task EndedAsync(Qmp monitor, string command, string uri, string status) =>
        await await BegunAsync(monitor, command, uri, status);

    private static async Task<Task> BegunAsync(Qmp monitor, string command, string uri, string status)
    {
        var ended = monitor.EventAsync("MIGRATION", data => (string?)data["status"] is var now && (now == status || now == "failed"), s_patience);
        await monitor.ExecuteAsync(command, new { uri });
        return SucceededAsync();

        async Task SucceededAsync()
        {
            var migration = await ended;
            if ((string?)migration["data"]!["status"] != status)
                throw new InvalidOperationException($"qemu could not send or load the machine: {migration.ToJsonString()}");
        }
    }
}
