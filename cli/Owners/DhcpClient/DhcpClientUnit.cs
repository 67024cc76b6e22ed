using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Owners;

/// <summary>A DHCP client that runs as a systemd service. It is suspended where a plain client is killed, because systemd would restart it
/// at once, and restarted where a plain client is started.</summary>
internal static class DhcpClientUnit
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    // Ends a client so that it neither releases its lease nor removes its address.
    private const string Silently = """
        # hyperv-vfattach(8), temporary
        [Service]
        ExecStop=
        ExecStopPost=
        KillMode=control-group
        KillSignal=SIGKILL

        """;

    /// <summary>Suspends all processes of the service.</summary>
    public static void Hold(string unit)
    {
        using ServiceManager manager = Connect(unit);
        if (manager.MainProcess(unit) != 0)
            manager.Signal(unit, Libc.SIGSTOP);
    }

    /// <summary>Resumes the suspended processes.</summary>
    public static void Resume(string unit)
    {
        using ServiceManager manager = Connect(unit);
        try
        {
            TakeAway(manager, unit);
        }
        finally
        {
            manager.Signal(unit, Libc.SIGCONT);
        }
    }

    /// <summary>Restarts the service without giving the old process a chance to clean up.</summary>
    /// <param name="unit">The service.</param>
    /// <param name="lease">Remaining lifetime of its lease, in seconds.</param>
    public static void Restart(string unit, uint lease)
    {
        using ServiceManager manager = Connect(unit);
        try
        {
            Put(manager, unit, Silently + Patient(manager.FilesOf(unit), lease));
            manager.Restart(unit, s_patience);
        }
        finally
        {
            TakeAway(manager, unit);
        }
    }

    /// <summary>For a dhcpcd service: drop-in lines that make it wait for an answer about its lease as long as the lease lasts; otherwise
    /// empty. By default dhcpcd removes the address and starts over after 5 seconds without an answer (dhcpcd(8), --reboot), which a lost
    /// packet or a silent server must not cause.</summary>
    /// <param name="files">The unit's files, drop-ins last.</param>
    /// <param name="lease">Remaining lifetime of its lease, in seconds.</param>
    internal static string Patient(IEnumerable<string> files, uint lease)
    {
        string[] commands = IniFile.Read(files).Values("Service", "ExecStart") ?? [];
        string[] patient = [.. commands.Select(command => Patient(command, lease))];
        return patient.SequenceEqual(commands) ? "" : $"ExecStart=\n{string.Concat(patient.Select(command => $"ExecStart={command}\n"))}";
    }

    // Special characters may precede the program (systemd.service(5)); with @ the next word is its argv[0].
    private static string Patient(string command, uint lease)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string path = words.Length == 0 ? "" : words[0].TrimStart('@', '-', ':', '+', '!');
        if (!path[(path.LastIndexOf('/') + 1)..].StartsWith("dhcpcd", StringComparison.Ordinal)
            || words.Any(word => word.StartsWith("-y", StringComparison.Ordinal) || word.StartsWith("--reboot", StringComparison.Ordinal)))
            return command;
        int end = words[0].Length;
        if (words[0].IndexOf('@') is >= 0 and var at && at < words[0].Length - path.Length)
            end = command.IndexOf(words[1], end, StringComparison.Ordinal) + words[1].Length;
        return $"{command[..end]} --reboot={lease}{command[end..]}";
    }

    private static string Directory(string unit) => $"/run/systemd/system/{unit}.d";

    private static string DropIn(string unit) => $"{Directory(unit)}/90-hyperv-vfattach.conf";

    private static void TakeAway(ServiceManager manager, string unit)
    {
        if (File.Exists(DropIn(unit)))
            Put(manager, unit, null);
    }

    private static void Put(ServiceManager manager, string unit, string? text)
    {
        string directory = Directory(unit);
        try
        {
            if (text is not null)
            {
                System.IO.Directory.CreateDirectory(directory);
                File.WriteAllText(DropIn(unit), text);
            }
            else
            {
                File.Delete(DropIn(unit));
                if (!System.IO.Directory.EnumerateFileSystemEntries(directory).GetEnumerator().MoveNext())
                    System.IO.Directory.Delete(directory);
            }
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, DropIn(unit), text is null ? "remove" : "write");
        }
        manager.Reload(unit);
    }

    private static ServiceManager Connect(string unit) => ServiceManager.Connect()
        ?? throw new SystemRefusal(unit, "reach systemd", 0, "this system does not run it");
}
