using System.Buffers.Binary;
using System.Globalization;

namespace HypervVfattach.Tests.Kernel.Faults;

/// <summary>Runs a program and stops it at each datagram that it sends to rtnetlink.</summary>
internal sealed unsafe class NetlinkTracer
{
    private const int HeaderLength = 16; // struct nlmsghdr
    private const ushort NoSuchType = 0x7f00; // above RTM_MAX: EOPNOTSUPP (rtnetlink_rcv_msg)
    private const ushort FirstRtm = 16;
    private const ushort NlmsgError = 2;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    // asm/unistd_64.h and asm-generic/unistd.h
    private static readonly bool s_isArm =
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64;
    private static readonly int s_sendto = s_isArm ? 206 : 44;
    private static readonly int s_recvfrom = s_isArm ? 207 : 45;
    private static readonly int s_sendmsg = s_isArm ? 211 : 46;
    private static readonly int s_sendmmsg = s_isArm ? 269 : 307;

    private readonly Fault _fault;
    private readonly List<SentMessage> _messages = [];
    private readonly Dictionary<int, (long Number, ulong Buffer, int Datagram)> _inside = [];
    private int _process;
    private int _datagrams;
    private uint? _struck;
    private int _errno;

    private NetlinkTracer(Fault fault) => _fault = fault;

    /// <summary>Runs a program to its end, or to the fault.</summary>
    public static TracedRun Run(Fault fault, string program, params string[] arguments)
    {
        TracedRun? run = null;
        Exception? failure = null;
        // One thread for all ptrace calls, which starts no other processes.
        var thread = new Thread(() =>
        {
            try
            {
                Ptrace.Watch(s_sendto, s_recvfrom, s_sendmsg, s_sendmmsg);
                run = new NetlinkTracer(fault).Trace(program, arguments);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        return run ?? throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} could not be traced", failure);
    }

    private TracedRun Trace(string program, string[] arguments)
    {
        string output = Path.GetTempFileName();
        try
        {
            string[] words =
            [
                .. NicPair.Seeing, "sh", "-c", "exec > \"$0\" 2>&1 < /dev/null; kill -STOP $$; exec \"$@\"", output, program, .. arguments,
            ];
            _process = Ptrace.Start(words[0], words[1..]);
            using var tooLong = new Timer(_ => Ptrace.Kill(_process), null, s_patience, Timeout.InfiniteTimeSpan);
            while (true)
            {
                Ptrace.Stop stop = Ptrace.Wait();
                if (stop.Exited || stop.Killed)
                {
                    if (stop.Thread != _process)
                        continue;
                    if (stop.Killed && _fault.Kind is not (FaultKind.KillBefore or FaultKind.KillAfter))
                        throw new TimeoutException($"killed (status {stop.Status:x}): {File.ReadAllText(output)}");
                    return new TracedRun(stop.Exited ? stop.ExitCode : null, _messages, _errno, File.ReadAllText(output));
                }
                if (stop.IsEntry)
                    Enter(stop.Thread, Ptrace.CallOf(stop.Thread));
                else if (stop.IsExit)
                    Leave(stop.Thread, Ptrace.CallOf(stop.Thread));
                Ptrace.Continue(stop);
            }
        }
        finally
        {
            File.Delete(output);
        }
    }

    private void Enter(int thread, Ptrace.SystemCall call)
    {
        long number = call.NumberOrResult;
        if (number == s_recvfrom)
            _inside[thread] = (number, call.Arguments[1], -1);
        else if (!IsRouteSocket(thread, call.Arguments[0]))
            return;
        else if (number != s_sendto)
            throw new NotSupportedException($"the program sends to rtnetlink with system call {number}: look there, too");
        else
        {
            int datagram = Sent(thread, call.Arguments[1], (int)call.Arguments[2]);
            _inside[thread] = (number, 0, datagram);
            if (datagram >= 0 && _fault == new Fault(FaultKind.KillBefore, datagram))
                Ptrace.Kill(_process);
        }
    }

    private void Leave(int thread, Ptrace.SystemCall call)
    {
        if (!_inside.Remove(thread, out var inside))
            return;
        if (inside.Number == s_recvfrom && _struck is not null && _errno == 0)
            Received(thread, inside.Buffer, call.NumberOrResult);
        else if (inside.Datagram >= 0 && _fault == new Fault(FaultKind.KillAfter, inside.Datagram))
            Ptrace.Kill(_process);
    }

    /// <summary>Records the changes in a datagram, and invalidates the message that is to be refused.</summary>
    /// <returns>The datagram's number; -1 if it only reads.</returns>
    private int Sent(int thread, ulong address, int length)
    {
        byte[] bytes = new byte[length];
        using var memory = File.OpenHandle($"/proc/{thread}/mem", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.Read(memory, bytes, (long)address);
        int place = 0;
        for (int at = 0; at + HeaderLength <= length;)
        {
            int size = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 4));
            // RTM_GET* is every fourth number.
            if (type >= FirstRtm && (type & 3) != 2)
            {
                if (_fault == new Fault(FaultKind.Refuse, _messages.Count))
                {
                    _struck = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8));
                    RandomAccess.Write(memory, BitConverter.GetBytes(NoSuchType), (long)address + at + 4);
                }
                _messages.Add(new SentMessage(_datagrams, place++, type));
            }
            at += (Math.Max(size, HeaderLength) + 3) & ~3;
        }
        return place > 0 ? _datagrams++ : -1;
    }

    /// <summary>Looks for the kernel's answer to the invalid message.</summary>
    private void Received(int thread, ulong address, long length)
    {
        if (length < HeaderLength + 4)
            return;
        byte[] bytes = new byte[Math.Min(length, 64 * 1024)];
        using var memory = File.OpenHandle($"/proc/{thread}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        RandomAccess.Read(memory, bytes, (long)address);
        for (int at = 0; at + HeaderLength + 4 <= bytes.Length;)
        {
            int size = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            if (size < HeaderLength)
                return;
            if (BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 4)) == NlmsgError
                && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)) == _struck)
                _errno = -BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + HeaderLength));
            at += (size + 3) & ~3;
        }
    }

    private static bool IsRouteSocket(int thread, ulong descriptor)
    {
        string target;
        try
        {
            target = new FileInfo($"/proc/{thread}/fd/{(int)descriptor}").LinkTarget ?? "";
        }
        catch (IOException)
        {
            return false;
        }
        if (!target.StartsWith("socket:[", StringComparison.Ordinal))
            return false;
        // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode; "Eth" is the protocol, NETLINK_ROUTE is 0.
        string inode = target["socket:[".Length..^1];
        return File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/net/netlink"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(words => words.Length > 9 && words[9] == inode && words[1] == "0");
    }
}
