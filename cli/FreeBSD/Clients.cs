using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>The DHCP clients of interfaces.</summary>
internal sealed class Clients(IPrograms programs)
{
    private const string Dhclient = "dhclient";
    private const int Terminate = 15; // SIGTERM
    private const int Kill = 9; // SIGKILL
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>The process id of an interface's dhclient(8), or null. Its pid file is in /var/run/dhclient since FreeBSD 12, and was in
    /// /var/run before (weakness 1 in install/freebsd/README.md).</summary>
    public int? Of(string name)
    {
        foreach (string path in (string[])[$"/var/run/dhclient/dhclient.{name}.pid", $"/var/run/dhclient.{name}.pid"])
            if (Process(path, Dhclient) is { } process)
                return process;
        return null;
    }

    /// <summary>Another client than dhclient and the evidence for it, or null: dhcpcd(8), which renews its lease by itself.</summary>
    public (string Program, string Evidence)? OtherOf(string name)
    {
        foreach (string path in (string[])
            ["/var/run/dhcpcd/pid", $"/var/run/dhcpcd/{name}.pid", "/var/run/dhcpcd.pid", $"/var/run/dhcpcd-{name}.pid"])
            if (Process(path, "dhcpcd") is { } process)
                return ("dhcpcd", $"process {process}");
        return null;
    }

    /// <summary>Starts dhclient(8) in the background, because it may wait for a lease for minutes.</summary>
    public void Start(string name, ImmutableArray<string> program)
    {
        if (Of(name) is not null)
            return;
        ProgramResult result = programs.Run([program[0], "-b", .. program[1..], name]);
        // It may have lost a race against one that devd started.
        if (result.Status != 0 && Of(name) is null)
            throw new SystemRefusal(name, "start dhclient", 0, Words(result));
    }

    /// <summary>Stops dhclient(8), which leaves its configuration in place.</summary>
    /// <returns>False if there is none.</returns>
    public bool Stop(string name)
    {
        if (Of(name) is not { } process)
            return false;
        Send(Terminate);
        for (TimeSpan waited = TimeSpan.Zero; programs.Signal(process, 0) == 0; waited += Pause)
        {
            if (waited >= Patience)
                Send(Kill);
            if (waited >= Patience * 2)
                throw new SystemRefusal(name, "stop dhclient", 0, $"process {process} does not end");
            programs.Sleep(Pause);
        }
        return true;

        void Send(int signal)
        {
            int answer = programs.Signal(process, signal);
            if (answer < 0 && answer != -Errno.ESRCH)
                throw Refused.By(answer, name, $"stop dhclient (process {process})");
        }
    }

    /// <summary>Why a program failed: its errors, else its output, else its status.</summary>
    public static string Words(ProgramResult result) =>
        result.Errors.Length > 0 ? result.Errors.ReplaceLineEndings("; ")
        : Encoding.UTF8.GetString(result.Output).Trim() is { Length: > 0 } output ? output.ReplaceLineEndings("; ")
        : $"it ended with status {result.Status}";

    // A pid file may outlive its process, and another process may have its number by now.
    private int? Process(string path, string program) =>
        programs.ReadFile(path) is { } text
        && int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int process) && process > 1
        && programs.Signal(process, 0) is 0 or -Errno.EPERM
        && programs.Run("/bin/ps", "-o", "comm=", "-p", text.Trim()) is { Status: 0 } ps
        && Encoding.UTF8.GetString(ps.Output).Trim() == program
            ? process : null;
}
