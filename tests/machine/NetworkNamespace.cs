using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace HypervVfattach.Machines;

/// <summary>A new network namespace, and the thread that lives in it as long as this object exists.</summary>
/// <remarks>A socket belongs to the namespace of the thread that opens it, a child process to that of the thread that starts it; so this
/// thread does both. The network of the host is never touched.</remarks>
public sealed partial class NetworkNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000; // linux/sched.h

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <summary>Creates the namespace. Needs root, or a user namespace (<c>unshare -Ur</c>).</summary>
    public NetworkNamespace()
    {
        var made = new TaskCompletionSource();
        _thread = new Thread(() => Live(made)) { IsBackground = true, Name = "network namespace" };
        _thread.Start();
        made.Task.GetAwaiter().GetResult();
    }

    /// <summary>Runs the function on the thread inside the namespace.</summary>
    public T Run<T>(Func<T> function)
    {
        var result = new TaskCompletionSource<T>();
        _work.Add(() =>
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
        return result.Task.GetAwaiter().GetResult();
    }

    /// <summary>Starts a program inside the namespace. The kernel kills it when our thread ends, so that even a killed test leaves no
    /// machines behind.</summary>
    public Process Start(string program, params IEnumerable<string> arguments) =>
        Run(() => Process.Start(Command.Info("setpriv", ["--pdeathsig", "KILL", program, .. arguments]))!);

    /// <summary>Runs a program inside the namespace and returns its output; an exit code other than 0 throws.</summary>
    public async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        using var process = Start(program, arguments);
        var result = await process.FinishAsync().Within(TimeSpan.FromSeconds(30), program);
        return result.Succeeded($"{program} {string.Join(' ', arguments)}");
    }

    /// <summary>Ends the thread, and with it every program started here.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Live(TaskCompletionSource made)
    {
        if (unshare(CLONE_NEWNET) != 0)
        {
            made.SetException(new InvalidOperationException(
                $"unshare(CLONE_NEWNET): {Marshal.GetLastPInvokeErrorMessage()}; run as root or inside unshare -Ur"));
            return;
        }
        made.SetResult();
        foreach (var action in _work.GetConsumingEnumerable())
            action();
    }

    // int unshare(int flags);
    [LibraryImport("libc.so.6", SetLastError = true)]
    private static partial int unshare(int flags);
}
