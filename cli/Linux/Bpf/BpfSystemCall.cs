using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HypervVfattach.Core;
using HypervVfattach.Linux.Interop;
using Microsoft.Win32.SafeHandles;
using static HypervVfattach.Linux.Interop.Errno;

namespace HypervVfattach.Linux.Bpf;

/// <summary>bpf(2): the few operations on programs, maps and attachments that a redirect needs.</summary>
/// <remarks>A map or program lives as long as a descriptor or a filter refers to it.</remarks>
internal static unsafe partial class BpfSystemCall
{
    // enum bpf_cmd, linux/bpf.h; AbiTests compares these numbers with the header.
    internal const int BPF_MAP_CREATE = 0;
    internal const int BPF_MAP_LOOKUP_ELEM = 1;
    internal const int BPF_MAP_UPDATE_ELEM = 2;
    internal const int BPF_MAP_DELETE_ELEM = 3;
    internal const int BPF_PROG_LOAD = 5;
    internal const int BPF_PROG_GET_FD_BY_ID = 13;
    internal const int BPF_MAP_GET_FD_BY_ID = 14;
    internal const int BPF_OBJ_GET_INFO_BY_FD = 15;
    internal const int BPF_PROG_QUERY = 16;

    internal const int BPF_MAP_TYPE_ARRAY = 2;
    internal const int BPF_MAP_TYPE_DEVMAP = 14;
    internal const int BPF_PROG_TYPE_SCHED_CLS = 3;
    internal const int BPF_TCX_INGRESS = 46;
    internal const int BPF_TCX_EGRESS = 47;


    // BPF_OBJ_NAME_LEN of 16 with its NUL; shown by bpftool.
    private static ReadOnlySpan<byte> Name => "vfattach"u8;

    // Offsets in struct bpf_prog_info.
    internal const int MapCount = 52;
    internal const int MapIds = 56;
    internal const int ProgramName = 64;
    private const int InfoLength = 80;

    /// <summary>Creates a map for one device (BPF_MAP_TYPE_DEVMAP).</summary>
    public static SafeFileHandle CreateDeviceMap() => Create(BPF_MAP_TYPE_DEVMAP, valueSize: 4, entries: 1);

    /// <summary>Creates an array of words of 64 bits, all 0 (BPF_MAP_TYPE_ARRAY).</summary>
    public static SafeFileHandle CreateArray(int words) => Create(BPF_MAP_TYPE_ARRAY, valueSize: 8, words);

    /// <summary>Loads a traffic control program.</summary>
    /// <exception cref="SystemRefusal">The verifier rejects the program; the message has the last line of its log.</exception>
    public static SafeFileHandle Load(ReadOnlySpan<Instruction> program)
    {
        byte[] log = new byte[4096];
        fixed (Instruction* instructions = program)
        fixed (byte* license = "GPL\0"u8) // No helper that we call requires it (gpl_only), but some tools do.
        fixed (byte* words = log)
        {
            var attributes = new ProgramAttributes
            {
                Type = BPF_PROG_TYPE_SCHED_CLS,
                Count = (uint)program.Length,
                Instructions = (ulong)instructions,
                License = (ulong)license,
            };
            Name.CopyTo(attributes.Name);
            int descriptor = Call(BPF_PROG_LOAD, ref attributes);
            if (descriptor >= 0)
                return new SafeFileHandle(descriptor, ownsHandle: true);
            // Load again, with the verifier's log. Not at first: if the log is too small, even a good program is refused (ENOSPC).
            int errno = Marshal.GetLastPInvokeError();
            attributes.LogLevel = 1;
            attributes.LogSize = (uint)log.Length;
            attributes.Log = (ulong)words;
            if (errno == EACCES || errno == 22)
                Call(BPF_PROG_LOAD, ref attributes);
            throw new SystemRefusal("BPF", "load the program", errno, LastLine(log));
        }
    }

    /// <summary>Writes the device of entry 0, or removes the entry for 0.</summary>
    public static void Write(SafeFileHandle map, int device)
    {
        int key = 0;
        var attributes = new ElementAttributes
        {
            Map = Of(map), Key = (ulong)&key, Value = device == 0 ? 0 : (ulong)&device, // A removal must have none.
        };
        int result = Call(device == 0 ? BPF_MAP_DELETE_ELEM : BPF_MAP_UPDATE_ELEM, ref attributes);
        if (result < 0 && !(device == 0 && Marshal.GetLastPInvokeError() == ENOENT))
            throw new SystemRefusal("BPF", "write the map", Marshal.GetLastPInvokeError());
    }

    /// <summary>The device of entry 0; 0 if it is empty.</summary>
    public static int Read(SafeFileHandle map)
    {
        int key = 0, device = 0;
        var attributes = new ElementAttributes { Map = Of(map), Key = (ulong)&key, Value = (ulong)&device };
        return Call(BPF_MAP_LOOKUP_ELEM, ref attributes) < 0 ? 0 : device;
    }

    /// <summary>The first map of a program.</summary>
    /// <returns>Null if the program has none, is gone, or may not be inspected (CAP_SYS_ADMIN).</returns>
    public static SafeFileHandle? MapOf(uint program)
    {
        Span<byte> info = stackalloc byte[InfoLength];
        uint map = 0;
        if (!Describe(program, info, &map) || map == 0)
            return null;
        var attributes = new IdAttributes { Id = map };
        int descriptor = Call(BPF_MAP_GET_FD_BY_ID, ref attributes);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Names of the programs attached to an interface without a filter (tcx, Linux 6.6), at most the first 16; none on older
    /// kernels.</summary>
    /// <exception cref="SystemRefusal">The kernel refuses to answer.</exception>
    public static List<string> Attached(int link, bool egress)
    {
        const int most = 16;
        uint* ids = stackalloc uint[most];
        var attributes = new QueryAttributes
        {
            Target = link, Type = (uint)(egress ? BPF_TCX_EGRESS : BPF_TCX_INGRESS), Ids = (ulong)ids, Count = most,
        };
        List<string> names = [];
        if (Call(BPF_PROG_QUERY, ref attributes) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (MeansNone(errno))
                return names;
            if (errno != ENOSPC)
                throw new SystemRefusal("BPF", $"ask for the programs on interface {link}", errno);
        }
        Span<byte> info = stackalloc byte[InfoLength];
        for (int i = 0; i < Math.Min(attributes.Count, most); i++)
            names.Add(Describe(ids[i], info, null) ? Text(info[ProgramName..]) : $"program {ids[i]}");
        return names;
    }

    /// <summary>Whether an errno of BPF_PROG_QUERY means that there is no program: the kernel does not have this attach point (EINVAL) or
    /// bpf(2) (ENOSYS), the interface is gone (ENODEV), or nothing is attached (ENOENT).</summary>
    public static bool MeansNone(int errno) => errno is EINVAL or ENOSYS or ENODEV or ENOENT;

    private static bool Describe(uint program, Span<byte> info, uint* map)
    {
        var attributes = new IdAttributes { Id = program };
        int descriptor = Call(BPF_PROG_GET_FD_BY_ID, ref attributes);
        if (descriptor < 0)
            return false;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        info.Clear();
        if (map != null)
        {
            MemoryMarshal.Write(info[MapCount..], 1u);
            MemoryMarshal.Write(info[MapIds..], (ulong)map);
        }
        fixed (byte* place = info)
        {
            var question = new InfoAttributes { Descriptor = descriptor, Length = InfoLength, Info = (ulong)place };
            return Call(BPF_OBJ_GET_INFO_BY_FD, ref question) >= 0;
        }
    }

    private static SafeFileHandle Create(int type, int valueSize, int entries)
    {
        // Before 5.11 maps and programs count as locked memory, of which udev's programs and services may have 64 KiB (3a3b7fec3974). A
        // process that may not raise the limit is told so by the kernel below.
        var unlimited = new ResourceLimit { rlim_cur = Libc.RLIM_INFINITY, rlim_max = Libc.RLIM_INFINITY };
        _ = Libc.setrlimit(Libc.RLIMIT_MEMLOCK, unlimited);
        var attributes = new MapAttributes { Type = (uint)type, KeySize = 4, ValueSize = (uint)valueSize, MaxEntries = (uint)entries };
        Name.CopyTo(attributes.Name);
        return Descriptor(Call(BPF_MAP_CREATE, ref attributes), "create the BPF map");
    }

    private static SafeFileHandle Descriptor(int result, string operation) => result >= 0
        ? new SafeFileHandle(result, ownsHandle: true)
        : throw new SystemRefusal("BPF", operation, Marshal.GetLastPInvokeError());

    private static int Call<T>(int command, ref T attributes) where T : unmanaged
    {
        fixed (T* place = &attributes)
            return (int)Libc.syscall(Number, command, place, (uint)sizeof(T));
    }

    private static uint Of(SafeFileHandle handle) => (uint)handle.DangerousGetHandle();

    private static string Text(ReadOnlySpan<byte> bytes) =>
        System.Text.Encoding.UTF8.GetString(bytes[..Math.Max(0, bytes.IndexOf((byte)0))]);

    private static string? LastLine(ReadOnlySpan<byte> log)
    {
        // A line of statistics ("processed 12 insns ...") follows the reason.
        string[] lines = Text(log).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = lines.Length - 1; i >= 0; i--)
        {
            if (!lines[i].StartsWith("processed", StringComparison.Ordinal))
                return lines[i];
        }
        return null;
    }

    // __NR_bpf, asm/unistd.h: x86_64, and the generic table (arm64, riscv64).
    private static nint Number => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 321 : 280;

    // What follows are the members of union bpf_attr, linux/bpf.h.

    [InlineArray(16)]
    private struct NameBytes
    {
        private byte _first;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MapAttributes
    {
        public uint Type;
        public uint KeySize;
        public uint ValueSize;
        public uint MaxEntries;
        public uint Flags;
        public uint InnerMap;
        public uint NumaNode;
        public NameBytes Name;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ElementAttributes
    {
        public uint Map;
        public ulong Key;
        public ulong Value;
        public ulong Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ProgramAttributes
    {
        public uint Type;
        public uint Count;
        public ulong Instructions;
        public ulong License;
        public uint LogLevel;
        public uint LogSize;
        public ulong Log;
        public uint KernelVersion;
        public uint Flags;
        public NameBytes Name;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IdAttributes
    {
        public uint Id;
        public uint NextId;
        public uint OpenFlags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InfoAttributes
    {
        public int Descriptor;
        public uint Length;
        public ulong Info;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct QueryAttributes
    {
        public int Target;
        public uint Type;
        public uint QueryFlags;
        public uint AttachFlags;
        public ulong Ids;
        public uint Count;
        public uint Padding;

        // Without these fields the kernel would write the last one behind the struct (bpf_mprog_query, Linux 6.6).
        public ulong AttachFlagsOfPrograms;
        public ulong LinkIds;
        public ulong AttachFlagsOfLinks;
        public ulong Revision;
    }
}
