using System.Globalization;
using System.Net;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>The programs of a FreeBSD machine that are used here, on a model kernel.</summary>
internal sealed class FakePrograms(IKernel kernel, bool oldPidFiles) : IPrograms
{
    private const int NoSuchProcess = 3; // ESRCH
    private int _lastProcess = 800;

    /// <summary>Programs run and started, except those that only read.</summary>
    public List<string> Ran { get; } = [];

    /// <summary>Programs started in the background, for the test to run.</summary>
    public Queue<string[]> Started { get; } = new();

    /// <summary>The messages to syslog.</summary>
    public List<string> Log { get; } = [];

    public Dictionary<int, string> Processes { get; } = [];
    public Dictionary<string, string> Files { get; } = [];
    public Dictionary<string, FileFacts> Facts { get; } = [];

    /// <summary>The records that the shell prints for an interface, one per line: a keyword and its words.</summary>
    public Dictionary<string, string[]> RcConf { get; } = [];

    /// <summary>hyperv_vf_delay.</summary>
    public string Delay { get; set; } = "";

    /// <summary>The error of sh about rc.conf.</summary>
    public string? RcConfFault { get; set; }

    /// <summary>Output of programs that only read, by their whole command line.</summary>
    public Dictionary<string, string> Outputs { get; } = [];

    /// <summary>Selects programs that fail.</summary>
    public Func<string, bool> Fails { get; set; } = _ => false;

    /// <summary>Called before each program that changes something and each signal: a moment at which to be killed.</summary>
    public Action<string> Moment { get; set; } = _ => { };

    public ProgramResult Run(params ReadOnlySpan<string> program)
    {
        string[] words = program.ToArray();
        string line = string.Join(' ', words);
        if (words is ["/bin/sh", "-c", RcConfReader.Script, _, var name])
            return Conf(name);
        if (words is ["/bin/ps", "-o", "comm=", "-p", var pid])
            return Processes.TryGetValue(int.Parse(pid, CultureInfo.InvariantCulture), out string? command)
                ? Printed(command + "\n") : new ProgramResult(1, [], "");
        if (words is ["/usr/bin/logger", "-t", "hyperv-vfattach", "-p", var priority, "--", var message])
        {
            Log.Add($"{priority} {message}");
            return Printed("");
        }
        if (Outputs.TryGetValue(line, out string? output))
            return Printed(output);
        if (words is ["/usr/sbin/arp", ..] or ["/sbin/ifconfig", _])
            return Printed("");

        Moment(line);
        Ran.Add(line);
        if (Fails(line))
            return new ProgramResult(1, [], $"{words[0]}: no");
        switch (words)
        {
            case ["/sbin/dhclient", "-b", .., var link]:
                StartClient(link);
                break;
            case ["/sbin/ifconfig", var link, "inet", var address, ..]:
                Add(link, address);
                break;
        }
        return Printed("");
    }

    /// <summary>Starts a dhclient.</summary>
    public int StartClient(string link, string program = "dhclient")
    {
        int process = ++_lastProcess;
        Processes[process] = program;
        Files[PidFile(link)] = $"{process}\n";
        return process;
    }

    /// <summary>The interfaces with a running dhclient.</summary>
    public IEnumerable<string> Clients => Files
        .Where(file => file.Key.EndsWith(".pid", StringComparison.Ordinal)
            && Processes.ContainsKey(int.Parse(file.Value, CultureInfo.InvariantCulture)))
        .Select(file => file.Key.Split('.')[^2]).Order(StringComparer.Ordinal);

    public void Start(params ReadOnlySpan<string> program)
    {
        string line = string.Join(' ', program!);
        Moment(line);
        Ran.Add(line);
        Started.Enqueue(program.ToArray());
    }

    public int Signal(int process, int signal)
    {
        if (!Processes.ContainsKey(process))
            return -NoSuchProcess;
        if (signal == 0)
            return 0;
        Moment($"kill {process}");
        Ran.Add($"kill -{signal} dhclient");
        Processes.Remove(process);
        return 0;
    }

    public string? ReadFile(string path) => Files.GetValueOrDefault(path);

    // An unlisted directory is as the base system creates it.
    public FileFacts? Look(string path) => Facts.GetValueOrDefault(path)
        ?? (Facts.Keys.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal)) ? new FileFacts(0, (UnixFileMode)0b111_101_101, false) : null);

    public OpenedFile? Open(string path) => Look(path) is not { } facts ? null : new OpenedFile(
        facts.IsRegular ? File.OpenHandle(path) : new SafeFileHandle(-1, ownsHandle: false), facts.IsRegular, facts.Owner, facts.Mode);

    public void Sleep(TimeSpan time)
    {
    }

    private string PidFile(string link) =>
        oldPidFiles ? $"/var/run/dhclient.{link}.pid" : $"/var/run/dhclient/dhclient.{link}.pid";

    private void Add(string link, string address)
    {
        using var backend = new FreeBsdBackend(kernel);
        int index = backend.ObserveLinks().Find(link)!.Index;
        IPNetwork network = IPNetwork.Parse($"{address.Split('/')[0]}/32");
        backend.Apply(
            [new AddAddress(new Address
            {
                Link = index,
                Local = network.BaseAddress,
                PrefixLength = byte.Parse(address.Split('/')[1], CultureInfo.InvariantCulture),
            })], 0, repeat: false);
    }

    private ProgramResult Conf(string name)
    {
        if (RcConfFault is { } fault)
            return new ProgramResult(2, [], fault);
        var text = new StringBuilder();
        foreach (string record in RcConf.GetValueOrDefault(name, []).Append("delay " + Delay).Append("end"))
        {
            string[] words = record.Split(' ');
            text.Append(CultureInfo.InvariantCulture, $"{words[0]}\0{words.Length - 1}\0");
            foreach (string word in words[1..])
                text.Append(word).Append('\0');
        }
        return Printed(text.ToString());
    }

    private static ProgramResult Printed(string text) => new(0, Encoding.UTF8.GetBytes(text), "");
}
