using System.Runtime.InteropServices;
using HypervVfattach.FreeBSD;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Abi;

/// <summary>A kernel that gives prepared answers and stores every request.</summary>
internal sealed unsafe class ScriptedKernel : IKernel
{
    private readonly Queue<RecordedCall> _answers = new();

    public List<(ulong Request, int Family, byte[] Bytes)> Ioctls { get; } = [];
    public List<byte[]> Written { get; } = [];
    public List<string> Loaded { get; } = [];
    public HashSet<int> Open { get; } = [];
    public Dictionary<string, byte[]> Values { get; } = [];
    public int ModuleId { get; set; } = 7;
    public int LoadAnswer { get; set; } = 3;
    public int WriteAnswer { get; set; }
    public bool HasIPv6 { get; set; } = true;

    /// <summary>Uses the answers of these recorded calls for the next requests.</summary>
    public ScriptedKernel Answering(params IEnumerable<RecordedCall> calls)
    {
        foreach (RecordedCall call in calls)
            _answers.Enqueue(call);
        return this;
    }

    public int Socket(int domain, int type, int protocol)
    {
        if (domain == Family.IPv6 && !HasIPv6)
            return -Errno.EAFNOSUPPORT;
        int descriptor = 100 + domain; // identifies the family later
        Open.Add(descriptor).ShouldBeTrueFor("a socket was opened twice");
        return descriptor;
    }

    public int Close(int descriptor) => Open.Remove(descriptor) ? 0 : -Errno.EBADF;

    public int Ioctl(int descriptor, ulong request, Span<byte> argument)
    {
        Open.Contains(descriptor).ShouldBeTrueFor("ioctl on a closed socket");
        argument.Length.ShouldBeSize(IoctlRequest.ArgumentSize(request));
        Ioctls.Add((request, descriptor - 100, argument.ToArray()));
        if (!_answers.TryDequeue(out RecordedCall? call))
            return 0;
        if (call.Errno == 0 && call.Out.Length == argument.Length)
            Answer(request, argument, call);
        return call.Answer;
    }

    public int SysctlByName(string name, Span<byte> value)
    {
        if (!Values.TryGetValue(name, out byte[]? bytes))
            return -Errno.ENOENT;
        if (value.IsEmpty)
            return bytes.Length;
        if (bytes.Length > value.Length)
            return -Errno.ENOMEM;
        bytes.CopyTo(value);
        return bytes.Length;
    }

    public int Sysctl(ReadOnlySpan<int> mib, Span<byte> value) => SysctlByName(string.Join('.', mib.ToArray()), value);

    public int KldLoad(string module)
    {
        Loaded.Add(module);
        return LoadAnswer;
    }

    public int ModFind(string module) => ModuleId;

    public int Write(int descriptor, ReadOnlySpan<byte> message)
    {
        Written.Add(message.ToArray());
        return WriteAnswer < 0 ? WriteAnswer : message.Length;
    }

    public int Read(int descriptor, Span<byte> message) => -Errno.EAGAIN;

    // A lagg's ports go to the address in the request's pointer, which differs from the recorded one.
    private static void Answer(ulong request, Span<byte> argument, RecordedCall call)
    {
        if (request != IoctlRequest.GetLagg)
        {
            call.Out.CopyTo(argument);
            return;
        }
        ulong room = MemoryMarshal.Read<ulong>(argument[24..]);
        ulong pointer = MemoryMarshal.Read<ulong>(argument[32..]);
        call.Out.CopyTo(argument);
        MemoryMarshal.Write(argument[32..], pointer);
        int length = (int)MemoryMarshal.Read<ulong>(call.Out.AsSpan(24));
        ((ulong)length <= room).ShouldBeTrueFor("the buffer is too small");
        call.Aux.AsSpan(0, length).CopyTo(new Span<byte>((void*)pointer, length));
    }
}

/// <summary>Short forms of Shouldly for the fakes.</summary>
internal static class Must
{
    public static void ShouldBeTrueFor(this bool condition, string message)
    {
        if (!condition)
            throw new InvalidOperationException(message);
    }

    public static void ShouldBeSize(this int length, int expected)
    {
        if (length != expected)
            throw new InvalidOperationException($"the request says {expected} bytes and {length} were given");
    }
}
