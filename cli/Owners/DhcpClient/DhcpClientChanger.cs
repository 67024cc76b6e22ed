using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Owners;

/// <summary>Stops and starts the process of a DHCP client, and describes it so that it can be started again.</summary>
internal static class DhcpClientChanger
{
    // Long enough to get a lease from a server that answers. A client without a lease keeps asking.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    private const int Pause = 10; // milliseconds

    /// <summary>Describes a client so that it can be started again on another interface. Null for a client that serves several interfaces,
    /// is the child of another program, or has overwritten its command line without being a service.</summary>
    /// <param name="root">Where /proc is.</param>
    /// <param name="process">The client.</param>
    /// <param name="link">The interface it serves.</param>
    /// <param name="all">All interfaces.</param>
    /// <param name="mainProcess">Returns the main process of a service; 0 if it has none.</param>
    public static LeaseClient? Of(
        string root, Process process, Link link, IReadOnlyList<Link> all, Func<string, int> mainProcess)
    {
        if (!process.Words.Contains(link.Name)
            || all.Any(other => other.Index != link.Index && process.Words.Contains(other.Name))
            || process.Words.Any(word => word is "-r" or "-x"))
            return null;
        string directory = Path.Combine(root, "proc", process.Id.ToString(CultureInfo.InvariantCulture));
        try
        {
            string group = Group(Path.Combine(directory, "cgroup"));
            string unit = group[(group.LastIndexOf('/') + 1)..];
            bool isService = unit.EndsWith(".service", StringComparison.Ordinal) && mainProcess(unit) == process.Id;
            // A client in the foreground belongs to its parent, NetworkManager for instance.
            if (!isService && (process.Program != "dhclient" || process.Words.Contains("-d")))
                return null;
            string executable = new FileInfo(Path.Combine(directory, "exe")).LinkTarget ?? "";
            const string replaced = " (deleted)"; // by an update
            if (executable.EndsWith(replaced, StringComparison.Ordinal))
                executable = executable[..^replaced.Length];
            return executable.Length == 0 ? null : new LeaseClient(
                link.Index, process.Id, Started(directory), executable, Arguments(directory), group)
            {
                Service = isService ? unit : null,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Kills every client with this command line. With SIGKILL it can neither release its lease nor let its script remove the
    /// address.</summary>
    public static void Stop(LeaseClient client)
    {
        if (client.Service is { } service)
        {
            DhcpClientUnit.Hold(service);
            return;
        }
        foreach (int process in Running(client))
        {
            // A running script would use the interface's name, which may be the bond's by the time it finishes: let it finish now.
            Signal(client, process, Libc.SIGSTOP);
            Await(() => Stat(process) is not [not "T", ..]);
            List<int> children = Children(process); // A stopped process starts no more.
            Await(() => children.TrueForAll(child => Stat(child) is [] or ["Z", ..]));
            Signal(client, process, Libc.SIGKILL);
            // It ends at once unless it waits for a disk.
            Await(() =>
            {
                _ = Libc.waitpid(process, out _, Libc.WNOHANG); // reaps a client that we started
                return Libc.kill(process, 0) != 0;
            });
        }
    }

    /// <summary>Starts a client and waits until it has its lease.</summary>
    /// <param name="start">The client and its interface.</param>
    /// <param name="name">Current name of the interface.</param>
    public static void Start(StartClient start, string name)
    {
        LeaseClient client = start.Client;
        bool untouched = start.Link == client.Link && IsAlive(client);
        if (client.Service is { } service)
        {
            if (untouched)
                DhcpClientUnit.Resume(service);
            else
                DhcpClientUnit.Restart(service, start.Lease);
            return;
        }
        if (untouched)
        {
            // The run that suspended it may have died before it killed it.
            foreach (int held in Running(client))
                Signal(client, held, Libc.SIGCONT);
            return;
        }
        if (!client.Arguments.Contains(name))
            throw new SystemRefusal(name, $"start {Program(client)}", 0,
                $"the client's command line does not name it: {string.Join(' ', client.Arguments)}");
        Stop(client);
        int process = DetachedProcess.Start(client.Executable, Lasting(client.Arguments),
            ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]);
        MoveToGroup(process, client.Group);
        // dhclient goes to the background when it has its lease, but the process that does so exists from the start (dhclient.c, main). It
        // may have been forked before the move to its group, and systemd would kill it together with our own service.
        int ended = 0, status = 0;
        Await(() => (ended = Libc.waitpid(process, out status, Libc.WNOHANG)) != 0);
        foreach (int each in Running(client))
            MoveToGroup(each, client.Group);
        if (ended == process && status != 0)
            throw new SystemRefusal(name, $"start {Program(client)}", 0, (status & 0x7F) == 0
                ? $"it ended with code {(status >> 8) & 0xFF}" : $"it was ended by signal {status & 0x7F}");
    }

    /// <summary>Checks that a client runs for an interface.</summary>
    /// <param name="client">How it was started.</param>
    /// <param name="name">Current name of the interface.</param>
    /// <exception cref="SystemRefusal">No client runs.</exception>
    public static void Check(LeaseClient client, string name)
    {
        if (!Runs(client))
            throw new SystemRefusal(name, $"find its {Program(client)}", 0, "it does not run",
                $"see journalctl -t {Program(client)}, and start it: {client.Service ?? string.Join(' ', client.Arguments)}");
    }

    // dhcpcd overwrites its command line with its state, so it is recognised as the main process of its unit. The unit has none until
    // dhcpcd has its lease and goes to the background (Type=forking): while it starts, it is asking.
    private static bool Runs(LeaseClient client) => client.Service is { } service
        ? ServiceManager.IsStarting(service) || ServiceManager.MainProcessOf(service) is not 0 and var main && Stat(main) is not ([] or ["Z", ..])
        : Running(client).Exists(process => Stat(process) is not ([] or ["Z", ..]));

    private static bool IsAlive(LeaseClient client) =>
        Started(ProcOf(client.Process)) is not 0 and var started && started == client.Started;

    private static List<int> Running(LeaseClient client)
    {
        List<int> found = [];
        foreach (Process process in Processes.Running("/", new HashSet<string> { Program(client) }))
        {
            try
            {
                if (Lasting(Arguments(ProcOf(process.Id))).AsSpan().SequenceEqual(Lasting(client.Arguments).AsSpan()))
                    found.Add(process.Id);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }
        return found;
    }

    private static string Program(LeaseClient client) => client.Arguments[0][(client.Arguments[0].LastIndexOf('/') + 1)..];

    // With -1 dhclient exits for good if the server is silent at that moment (dhclient(8)). That suits a boot, which must not wait.
    private static ImmutableArray<string> Lasting(ImmutableArray<string> arguments) => arguments.Remove("-1");

    private static ImmutableArray<string> Arguments(string directory) =>
        [.. Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(directory, "cmdline"))).TrimEnd('\0').Split('\0')];

    private static string ProcOf(int process) => Path.Combine("/proc", process.ToString(CultureInfo.InvariantCulture));

    private static void Signal(LeaseClient client, int process, int signal)
    {
        if (Libc.kill(process, signal) < 0 && LastError() is not Errno.ESRCH and var errno)
            throw new SystemRefusal(Program(client), $"send signal {signal} to process {process}", errno);
    }

    private static void Await(Func<bool> isSo)
    {
        for (long start = Stopwatch.GetTimestamp(); !isSo() && Stopwatch.GetElapsedTime(start) < s_patience;)
            Thread.Sleep(Pause);
    }

    private static List<int> Children(int process)
    {
        List<int> children = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), out int id) && Stat(directory) is [_, var parent, ..]
                && parent == process.ToString(CultureInfo.InvariantCulture))
                children.Add(id);
        }
        return children;
    }

    // Start time in clock ticks since boot; 0 if the process has ended.
    private static long Started(string directory) => Stat(directory) is { Length: > 19 } fields
        && long.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) ? ticks : 0;

    // The fields of /proc/PID/stat (proc(5)) from the third on; the second, the program's name in parentheses, may contain anything. A
    // process that has ended stays until its parent reaps it (state Z).
    private static string[] Stat(int process) => Stat(ProcOf(process));

    private static string[] Stat(string directory)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(directory, "stat"));
            return stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It has ended.
        }
    }

    // "0::/system.slice/networking.service", or with cgroup version 1 "1:name=systemd:/system.slice/networking.service".
    private static string Group(string file)
    {
        foreach (string line in File.ReadAllLines(file))
        {
            if (line.StartsWith("0::", StringComparison.Ordinal) || line.Contains(":name=systemd:", StringComparison.Ordinal))
                return line[(line.IndexOf(':', line.IndexOf(':') + 1) + 1)..];
        }
        return "";
    }

    // If its own group is gone, the root group, where systemd kills nothing.
    private static void MoveToGroup(int process, string group)
    {
        foreach (string directory in (string[])
            [$"/sys/fs/cgroup{group}", $"/sys/fs/cgroup/systemd{group}", "/sys/fs/cgroup", "/sys/fs/cgroup/systemd"])
        {
            try
            {
                File.WriteAllText($"{directory}/cgroup.procs", process.ToString(CultureInfo.InvariantCulture));
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Try the next one.
            }
        }
    }

    private static int LastError() => System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
}
