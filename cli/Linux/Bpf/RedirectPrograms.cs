using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Bpf.Instruction;

namespace HypervVfattach.Linux.Bpf;

/// <summary>The two programs of a redirect.</summary>
internal static class RedirectPrograms
{
    // Helpers, linux/bpf.h (enum bpf_func_id).
    internal const int MapLookup = 1;
    internal const int CloneRedirect = 13;
    internal const int RedirectTo = 23;
    internal const int Inwards = 1; // BPF_F_INGRESS

    // Members of struct __sk_buff, linux/bpf.h.
    internal const int Data = 76;
    internal const int DataEnd = 80;

    // Verdicts, linux/pkt_cls.h: the next filter decides; the frame is consumed.
    internal const int TC_ACT_UNSPEC = -1;
    internal const int TC_ACT_STOLEN = 4;

    private const int HeaderLength = 14; // An Ethernet header: destination, source, type.
    private const int SourceOffset = 6;

    private const short ToPass = short.MaxValue; // Placeholder for the distance to the last two instructions.

    /// <summary>The program for frames that the synthetic NIC sends.</summary>
    /// <remarks>
    /// It sends a copy through the interface in the map at once, and the result tells whether that worked: a device that
    /// is off or has no carrier has the qdisc <c>noop</c>, which returns NET_XMIT_CN, and a full queue returns
    /// NET_XMIT_DROP. Then the original leaves through the synthetic NIC. A plain bpf_redirect would have lost it.
    /// Frames with another source address (from guests on a bridge or macvlan) are not sent through the VF, because hosts
    /// let a VF send with its own address only.
    /// </remarks>
    /// <param name="map">Descriptor of the DEVMAP whose entry 0 is the VF.</param>
    /// <param name="source">The synthetic NIC's address.</param>
    public static Instruction[] Egress(int map, HardwareAddress source)
    {
        ReadOnlySpan<byte> address = source.ToBytes();
        int first = BitConverter.ToInt32(address), last = BitConverter.ToUInt16(address[4..]);
        const int frame = 6, r0 = 0, r1 = 1, r2 = 2, r3 = 3, stack = 10;
        Instruction[] program =
        [
            Move(frame, r1),
            Load32(r2, frame, Data),
            Load32(r3, frame, DataEnd),
            Move(r1, r2),
            Add(r1, HeaderLength),
            JumpIfGreater(r1, r3, ToPass),
            Load32(r1, r2, SourceOffset),
            JumpUnless32(r1, first, ToPass),
            Load16(r1, r2, SourceOffset + 4),
            JumpUnless(r1, last, ToPass),
            Store32(stack, -4, 0), // the key
            Move(r2, stack),
            Add(r2, -4),
            .. LoadMap(r1, map),
            Call(MapLookup),
            JumpIf(r0, 0, ToPass),
            Load32(r2, r0, 0),
            Move(r1, frame),
            Set(r3, 0),
            Call(CloneRedirect),
            JumpUnless(r0, 0, ToPass),
            Set(r0, TC_ACT_STOLEN),
            Exit(),
            Set(r0, TC_ACT_UNSPEC),
            Exit(),
        ];
        int pass = program.Length - 2;
        for (int i = 0; i < pass; i++)
        {
            if (program[i].Offset == ToPass)
                program[i] = program[i] with { Offset = (short)(pass - i - 1) };
        }
        return program;
    }

    /// <summary>The program for frames received on a VF: they are delivered as if received on the synthetic NIC.</summary>
    public static Instruction[] Ingress(int synthetic) =>
        [Set(1, synthetic), Set(2, Inwards), Call(RedirectTo), Exit()];
}
