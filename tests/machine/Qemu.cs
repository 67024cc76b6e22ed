using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace HypervVfattach.Machines;

/// <summary>One qemu process with its monitor, its agent and its directory of sockets and logs.</summary>
internal sealed class Qemu : IAsyncDisposable
{
    internal const string Program = "qemu-system-x86_64";
    private const int ConsoleLines = 25;

    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);
    private static readonly ConcurrentDictionary<string, string> s_versions = [];

    private readonly Process _process;
    private readonly string _directory;
    private readonly Task<CommandResult> _finished;

    private Qemu(Process process, string directory)
    {
        _process = process;
        _directory = directory;
        _finished = process.FinishAsync();
    }

    /// <summary>The monitor.</summary>
    public Qmp Monitor { get; private set; } = null!;

    /// <summary>The guest agent.</summary>
    public GuestAgent Agent { get; private set; } = null!;

    /// <summary>The port through which files go to the guest.</summary>
    public Socket Files { get; private set; } = null!;

    /// <summary>The port on which the guest echoes its input (<see cref="Heartbeat"/>).</summary>
    public Socket Echo { get; private set; } = null!;

    /// <summary>The complete output of the guest's kernel on its serial line.</summary>
    public string Console => File.Exists(ConsolePath(_directory)) ? File.ReadAllText(ConsolePath(_directory)) : "";

    /// <summary>All properties that a saved machine must have in common with this one; sockets and files are not part of it.</summary>
    public static string Make(MachineOptions options, Image image) => string.Join('\n',
        [image.Key, s_versions.GetOrAdd(options.Program, ReadVersion), options.Setup?.Key ?? "", .. Hardware(options), .. Software(options, image), .. options.Files.Select(file => file.Description)]);

    /// <summary>Starts qemu with the processors stopped.</summary>
    /// <param name="options">The parts of the machine.</param>
    /// <param name="image">The image to boot.</param>
    /// <param name="wire">The wire for its NICs.</param>
    /// <param name="ns">Where qemu runs; it does not use the network there.</param>
    /// <param name="saved">Where its memory is kept, if it is to be saved or was saved.</param>
    /// <param name="resume">Whether the machine was saved and waits for its state.</param>
    /// <remarks>A NIC that has a port at the wire stays with the process that uses it until its <see cref="WirePort.Connect"/>.</remarks>
    public static async Task<Qemu> StartAsync(MachineOptions options, Image image, Wire wire, NetworkNamespace ns,
        SavedMachine? saved, bool resume)
    {
        var directory = Directory.CreateTempSubdirectory("vfattach-").FullName;
        using var monitor = Listen(directory, "monitor");
        using var agent = Listen(directory, "agent");
        using var files = Listen(directory, "files");
        using var echo = Listen(directory, Heartbeat.Port);
        List<string> arguments = [.. Hardware(options), .. Software(options, image)];
        arguments.AddRange(["-S", "-chardev", $"file,id=console,path={ConsolePath(directory)}"]);
        foreach (var name in new[] { "monitor", "agent", "files", Heartbeat.Port })
            arguments.AddRange(["-chardev", $"socket,id={name},path={Path.Combine(directory, name)}"]);
        arguments.AddRange(["-mon", "chardev=monitor,mode=control"]);
        arguments.AddRange(["-object", saved is null
            ? $"memory-backend-ram,id=memory,size={options.Memory}M"
            : $"memory-backend-file,id=memory,size={options.Memory}M,mem-path={saved.Memory},share={(resume ? "off" : "on")}"]);
        arguments.AddRange(["-drive", $"id=root,if=none,format=raw,readonly=on,file={image.Root}"]);
        if (options.Files.Count > 0)
        {
            var archive = Path.Combine(directory, "files.tar");
            await File.WriteAllBytesAsync(archive, GuestFile.Archive(options.Files));
            arguments.AddRange(["-drive", $"id=files,if=none,format=raw,readonly=on,file={archive}"]);
        }
        if (options.ExtraDisk is { } disk)
            arguments.AddRange(["-drive", $"id=extra,if=none,format=raw,readonly=on,file={disk}"]);
        if (resume)
            arguments.AddRange(["-incoming", "defer"]);

        List<WirePort> ports = [];
        foreach (var nic in options.Synthetics.Concat(options.VfsAtBoot))
        {
            var port = wire.Has(nic) ? wire[nic.Id] : wire.Add(nic, directory);
            if (!port.Plugged)
                ports.Add(port);
            arguments.AddRange(["-netdev", JsonSerializer.Serialize(port.Netdev)]);
        }

        var qemu = new Qemu(ns.Start("nice", ["-n", $"{options.Niceness}", options.Program, .. arguments]), directory);
        try
        {
            qemu.Monitor = await Qmp.ConnectAsync(await qemu.AcceptAsync(monitor, "monitor"), qemu.LastWords);
            qemu.Agent = new GuestAgent(await qemu.AcceptAsync(agent, "agent"), qemu.LastWords);
            qemu.Files = await qemu.AcceptAsync(files, "files");
            qemu.Echo = await qemu.AcceptAsync(echo, Heartbeat.Port);
            ports.ForEach(port => port.Connect());
            return qemu;
        }
        catch (Exception exception)
        {
            // qemu reports invalid arguments only after it has connected.
            await Task.WhenAny(qemu._finished, Task.Delay(s_lastWords));
            var words = qemu.LastWords();
            await qemu.DisposeAsync();
            throw new InvalidOperationException($"qemu did not start\n{words}", exception);
        }
    }

    /// <summary>Directory for the sockets of a NIC that is plugged in later.</summary>
    public string SocketDirectory => _directory;

    /// <summary>The end of the console, and qemu's output if it has ended: for error messages.</summary>
    public string LastWords() =>
        (_finished.IsCompletedSuccessfully ? $"--- qemu exited with {_finished.Result.ExitCode}\n{_finished.Result.Error}" : "") +
        "--- last lines of the console\n" + string.Join('\n', Console.TrimEnd().Split('\n').TakeLast(ConsoleLines));

    /// <summary>Ends the process; the sockets of NICs stay.</summary>
    public async Task EndAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _finished;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _process.Dispose();
        Monitor?.Dispose();
        Agent?.Dispose();
        Files?.Dispose();
        Echo?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string ConsolePath(string directory) => Path.Combine(directory, "console.log");

    private static Socket Listen(string directory, string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory, name)));
        socket.Listen();
        return socket;
    }

    /// <summary>The connection from qemu to a socket of ours; if qemu ends instead, its output is the error.</summary>
    private async Task<Socket> AcceptAsync(Socket listener, string name)
    {
        var accepted = listener.AcceptAsync();
        if (await Task.WhenAny(accepted, _finished).Within(s_connect, $"qemu's {name}") == _finished)
            throw new EndOfStreamException("qemu is gone");
        return await accepted;
    }

    private static List<string> Hardware(MachineOptions options)
    {
        List<string> arguments =
        [
            "-no-user-config", "-nodefaults", "-display", "none", "-no-reboot",
            "-M", "q35,memory-backend=memory", "-m", $"{options.Memory}M", "-smp", $"{options.Processors}",
            .. Accelerator.Here,
            "-serial", "chardev:console",
            "-device", "virtio-serial-pci,addr=0x2",
            "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "-device", "virtserialport,chardev=files,name=files",
            "-device", $"virtserialport,chardev={Heartbeat.Port},name={Heartbeat.Port}",
            "-device", "virtio-blk-pci,drive=root,addr=0x3",
        ];
        if (options.NumberedSlots && options.Synthetics.Any(nic => nic.UplinkMac is not null))
            arguments.AddRange(["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]);
        if (options.Files.Count > 0)
            arguments.AddRange(["-device", "virtio-blk-pci,drive=files,addr=0x4"]);
        if (options.ExtraDisk is not null)
            arguments.AddRange(["-device", "virtio-blk-pci,drive=extra,serial=extra,addr=0x5"]);
        for (var number = 1; number <= options.RootPorts; number++)
            arguments.AddRange(["-device", $"pcie-root-port,id=rp{number},chassis={number},slot={number},addr=0x{7 + number:x}"]);
        foreach (var nic in options.Synthetics.Concat(options.VfsAtBoot))
            arguments.AddRange(["-device", JsonSerializer.Serialize(nic.Device())]);
        return arguments;
    }

    private static string[] Software(MachineOptions options, Image image) =>
    [
        "-kernel", image.Kernel, "-initrd", image.Initrd, "-append",
        // qemu's translated code is valid for one virtual address (before 8.0): with every process at the same one it is reused.
        "console=ttyS0 loglevel=4 panic=-1 mitigations=off norandmaps" +
            (options.Init == Init.Plain ? " START=/usr/local/sbin/init-plain" : "") + (options.Selinux ? " security=selinux" : ""),
    ];

    private static string ReadVersion(string program)
    {
        using var process = Process.Start(Command.Info(program, "--version"))!;
        return process.FinishAsync().GetAwaiter().GetResult().Succeeded(program).Split('\n')[0];
    }
}
