namespace HypervVfattach.Commands;

/// <summary>Tells a person why a command does not answer: hv_netvsc can hold the kernel's network lock while it waits for the host, and then
/// each request about interfaces waits with it and cannot be interrupted.</summary>
internal sealed class LockWait : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _over = new();

    /// <summary>Starts to watch the time.</summary>
    public LockWait(World world) => new Thread(() =>
    {
        if (_over.Wait(world.LockPatience))
            return;
        lock (_gate)
        {
            if (!_over.IsSet)
                world.Log.Warning("still waiting for the kernel's network lock, which a driver or another program holds; if hv_netvsc waits for the host with "
                    + "it, dmesg says \"Waiting for the VF association from host\"");
        }
    })
    { IsBackground = true }.Start();

    /// <summary>The answer has come. After this, nothing is said.</summary>
    public void Dispose()
    {
        lock (_gate)
            _over.Set();
    }
}
