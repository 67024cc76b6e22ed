using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Linux.Owners;

/// <summary>A DHCP client's process: what is needed to start it again, stopping, starting.</summary>
internal static class DhcpClientProcess
{
    // As much as a client takes for a lease from a server that answers. One that gets none goes on asking.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    private const int Pause = 10; // milliseconds

    /// <summary>A client as it can be started again on another interface; null for one that serves several, that is another
    /// program's child, or whose command line is lost and that is no service either.</summary>
    /// <param name="root">Where /proc is.</param>
    /// <param name="process">The client.</param>
    /// <param name="link">The interface it serves.</param>
    /// <param name="all">All interfaces.</param>
    /// <param name="mainProcess">Tells what process a service is about; 0 for none that lasts.</param>
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
            // In the foreground it is its parent's: NetworkManager's, for instance.
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

    /// <summary>Ends every client with this command line. Killed, it can neither release its lease nor have its script
    /// take the address away.</summary>
    public static void Stop(LeaseClient client)
    {
        if (client.Service is { } service)
        {
            ClientService.Hold(service);
            return;
        }
        foreach (int process in Running(client))
        {
            // A script that is at work would finish it by the interface's name, which may be the bond's by then.
            Signal(client, process, Libc.SIGSTOP);
            Await(() => Stat(process) is not [not "T", ..]);
            List<int> children = Children(process); // Held, it gets no others.
            Await(() => children.TrueForAll(child => Stat(child) is [] or ["Z", ..]));
            Signal(client, process, Libc.SIGKILL);
            // It is gone at once, but for one that waits for a disk.
            Await(() =>
            {
                _ = Libc.waitpid(process, out _, Libc.WNOHANG); // one that we started ourselves
                return Libc.kill(process, 0) != 0;
            });
        }
    }

    /// <summary>Starts a client and waits until it has its lease.</summary>
    /// <param name="start">The client and its interface.</param>
    /// <param name="name">The interface's name now.</param>
    public static void Start(StartClient start, string name)
    {
        LeaseClient client = start.Client;
        bool untouched = start.Link == client.Link && IsAlive(client);
        if (client.Service is { } service)
        {
            if (untouched)
                ClientService.Resume(service);
            else
                ClientService.Restart(service, start.Lease);
            return;
        }
        if (untouched)
        {
            // Whoever held it may have ended before the rest.
            foreach (int held in Running(client))
                Signal(client, held, Libc.SIGCONT);
            return;
        }
        if (!client.Arguments.Contains(name))
            throw new SystemRefusal(name, $"start {Program(client)}", 0,
                $"it is not the interface that the client asks for: {string.Join(' ', client.Arguments)}");
        Stop(client);
        int process = DetachedProcess.Start(client.Executable, Lasting(client.Arguments),
            ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]);
        MoveToGroup(process, client.Group);
        // It goes into the background when it has its lease, but the process that does has been there from its first moment
        // (dhclient.c, main): perhaps from before the move, and systemd would end it with our own service.
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
    /// <param name="name">The interface's name now.</param>
    /// <exception cref="SystemRefusal">None does.</exception>
    public static void Check(LeaseClient client, string name)
    {
        if (!Runs(client))
            throw new SystemRefusal(name, $"find its {Program(client)}", 0, "it does not run",
                $"see journalctl -t {Program(client)}, and start it: {client.Service ?? string.Join(' ', client.Arguments)}");
    }

    // A dhcpcd writes its state over its command line, so that one is known by the unit that it is the main process of. It has
    // none until it has gone into the background, which it does with its lease (Type=forking): until then it is asking.
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

    // With -1 it would end, for good, where the server is silent just then: right for a boot, which must not wait (dhclient(8)).
    private static ImmutableArray<string> Lasting(ImmutableArray<string> arguments) => arguments.Remove("-1");

    private static ImmutableArray<string> Arguments(string directory) =>
        [.. Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(directory, "cmdline"))).TrimEnd('\0').Split('\0')];

    private static string ProcOf(int process) => Path.Combine("/proc", process.ToString(CultureInfo.InvariantCulture));

    private static void Signal(LeaseClient client, int process, int signal)
    {
        if (Libc.kill(process, signal) < 0 && Errno() is not Libc.ESRCH and var errno)
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

    // In clock ticks since the boot; 0 for one that has ended.
    private static long Started(string directory) => Stat(directory) is { Length: > 19 } fields
        && long.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) ? ticks : 0;

    // The fields of proc(5)'s stat from the third on; the second is the program's name in parentheses, which may contain anything.
    // One that has ended is there until its parent takes notice (state Z).
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

    // "0::/system.slice/networking.service", or with version 1 "1:name=systemd:/system.slice/networking.service".
    private static string Group(string file)
    {
        foreach (string line in File.ReadAllLines(file))
        {
            if (line.StartsWith("0::", StringComparison.Ordinal) || line.Contains(":name=systemd:", StringComparison.Ordinal))
                return line[(line.IndexOf(':', line.IndexOf(':') + 1) + 1)..];
        }
        return "";
    }

    // Where its own group is gone, the root's: nobody ends what is there.
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
                // The next one.
            }
        }
    }

    private static int Errno() => System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
}
