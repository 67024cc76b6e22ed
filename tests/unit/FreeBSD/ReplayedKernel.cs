using System.Runtime.InteropServices;
using HypervVfattach.FreeBSD;
using HypervVfattach.FreeBSD.Abi;
using HypervVfattach.Tests.Unit.FreeBSD.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD;

/// <summary>A recorded kernel, replayed from a given record on: it gives the recorded answer to exactly the same bytes. An unrecorded
/// change fails the test, an unrecorded read gets EINVAL.</summary>
internal sealed unsafe class ReplayedKernel(string kernel, int from) : IKernel
{
    private const ulong Writes = 0x80000000; // IOC_IN without IOC_OUT

    private readonly List<RecordedCall> _calls = [.. Recording.Calls.Where(call => call.Kernel == kernel)];
    private int _place = from;

    /// <summary>The requested changes, in order.</summary>
    public List<string> Changes { get; } = [];

    public Dictionary<string, byte[]> Values { get; } = [];

    public int Socket(int domain, int type, int protocol) => 100 + domain;

    public int Close(int descriptor) => 0;

    public int Ioctl(int descriptor, ulong request, Span<byte> argument)
    {
        byte[] sent = Comparable(request, [.. argument]);
        bool writes = (request & 0xc0000000) == Writes || request == IoctlRequest.CreateInterface
            || request == IoctlRequest.SetNeighbourInfo6;
        RecordedCall? call = Near(writes, call =>
            call.Call == "ioctl" && call.Request == request
            && Comparable(request, call.In).AsSpan().SequenceEqual(sent)
            && (request is not (IoctlRequest.GetLagg or IoctlRequest.ListCloners) || call.Errno != 0
                || call.Aux.Length > 0));
        if (writes)
            Changes.Add($"{IoctlRequest.Name(request)} {Field.Text(argument[..16])}");
        if (call is null)
            return writes
                ? throw new InvalidOperationException(
                    $"{IoctlRequest.Name(request)} was never recorded: {Convert.ToHexStringLower(sent)}")
                : -Errno.EINVAL;
        if (writes)
            _place = call.N + 1;
        if (call.Errno != 0)
            return -call.Errno;
        if (request == IoctlRequest.GetLagg)
            GiveBuffer(argument, 24, 32, call.Out, call.Aux, LaggBytes(call));
        else if (request == IoctlRequest.ListCloners)
            GiveBuffer(argument, 4, 8, call.Out, call.Aux, Math.Min(call.Aux.Length, 16 * call.Out[0]));
        else
            call.Out.CopyTo(argument);
        return call.Result;
    }

    public int SysctlByName(string name, Span<byte> value) =>
        Values.TryGetValue(name, out byte[]? set) ? Stored(set, value)
        : _calls.Find(call => call.Call == "__sysctlbyname" && call.Name == name && call.Errno == 0
            && call.Out.Length > 0) is { } call ? Stored(call.Out, value)
        : -Errno.ENOENT;

    public int Sysctl(ReadOnlySpan<int> mib, Span<byte> value)
    {
        int[] wanted = mib.ToArray();
        RecordedCall? call = Near(false, call => call.Call == "__sysctl" && !call.AsksForSize
            && call.Mib.AsSpan().SequenceEqual(wanted));
        return call is null ? -Errno.ENOENT : Stored(call.Out, value);
    }

    public int KldLoad(string module) => -Errno.EEXIST;

    public int ModFind(string module) => 99;

    public int Write(int descriptor, ReadOnlySpan<byte> message)
    {
        byte[] sent = message.ToArray();
        Changes.Add(sent[3] == 1 ? "RTM_ADD" : sent[3] == 2 ? "RTM_DELETE" : $"RTM {sent[3]}");
        sent.AsSpan(16, 8).Clear();
        RecordedCall call = _calls.Find(call => call.N >= _place && call.Call == "route_write"
            && call.In.Length == sent.Length && call.In.AsSpan(0, 16).SequenceEqual(sent.AsSpan(0, 16))
            && call.In.AsSpan(24).SequenceEqual(sent.AsSpan(24)))
            ?? throw new InvalidOperationException($"never recorded: {Convert.ToHexStringLower(sent)}");
        _place = call.N + 1;
        return call.Answer;
    }

    public int Read(int descriptor, Span<byte> message) => -Errno.EAGAIN;

    // The next matching record, or for reads the last one before.
    private RecordedCall? Near(bool writes, Predicate<RecordedCall> matches) =>
        _calls.Find(call => call.N >= _place && matches(call)) ?? (writes ? null : _calls.FindLast(matches));

    private static int LaggBytes(RecordedCall call) => BitConverter.ToInt32(call.Out, 24);

    private static int Stored(byte[] bytes, Span<byte> value)
    {
        if (value.IsEmpty)
            return bytes.Length;
        if (bytes.Length > value.Length)
            return -Errno.ENOMEM;
        bytes.CopyTo(value);
        return bytes.Length;
    }

    // The recorded buffers had other addresses and sizes.
    private static byte[] Comparable(ulong request, byte[] bytes)
    {
        byte[] argument = [.. bytes];
        if (request == IoctlRequest.GetLagg)
            argument.AsSpan(24, 16).Clear();
        else if (request == IoctlRequest.ListCloners)
            argument.AsSpan(4, 12).Clear();
        return argument;
    }

    private static void GiveBuffer(
        Span<byte> argument, int sizeAt, int pointerAt, byte[] answer, byte[] buffer, int length)
    {
        byte[] sent = argument.ToArray();
        answer.CopyTo(argument);
        sent.AsSpan(pointerAt, 8).CopyTo(argument[pointerAt..]);
        if (sizeAt == 4)
            sent.AsSpan(sizeAt, 4).CopyTo(argument[sizeAt..]);
        ulong pointer = MemoryMarshal.Read<ulong>(sent.AsSpan(pointerAt));
        buffer.AsSpan(0, length).CopyTo(new Span<byte>((void*)pointer, length));
    }
}
