using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Bpf.Instruction;

namespace HypervVfattach.Linux.Bpf;

/// <summary>The three programs of a redirect. Broadcast and multicast frames: see <see cref="GroupFrames"/>.</summary>
internal static class RedirectPrograms
{
    // Helpers, linux/bpf.h (enum bpf_func_id).
    internal const int MapLookup = 1;
    internal const int CloneRedirect = 13;
    internal const int RedirectTo = 23;
    internal const int Inwards = 1; // BPF_F_INGRESS

    // Members of struct __sk_buff, linux/bpf.h.
    internal const int Index = 44; // tc_index, of 16 bits
    internal const int Data = 76;
    internal const int DataEnd = 80;

    // Verdicts, linux/pkt_cls.h: the next filter decides; the frame is consumed.
    internal const int TC_ACT_UNSPEC = -1;
    internal const int TC_ACT_STOLEN = 4;

    internal const int HeaderLength = 14; // An Ethernet header: destination, source, type.
    private const int SourceOffset = 6;

    /// <summary>The mark of a frame that the VF's program has redirected, because it passes the synthetic NIC's program, too.</summary>
    private const int Redirected = 0x5646;

    private const int Frame = 6, Target = 9, Stack = 10;

    // Labels.
    private enum To
    {
        Pass = -1, Own = -2, Group = -3, Loaded = -4, New = -5, Send = -6, Refused = -7,
    }

    /// <summary>The program for frames that the synthetic NIC sends.</summary>
    /// <remarks>
    /// It sends a copy through the interface in the map at once, and the result tells whether that worked: a device that
    /// is off or has no carrier has the qdisc <c>noop</c>, which returns NET_XMIT_CN, and a full queue returns
    /// NET_XMIT_DROP. Then the original leaves through the synthetic NIC. A plain bpf_redirect would have lost it.
    /// Frames with another source address (from guests on a bridge or macvlan) are not sent through the VF, because hosts
    /// let a VF send with its own address only.
    /// </remarks>
    /// <param name="map">Descriptor of the DEVMAP whose entry 0 is the VF. It is the program's first map (BpfSystemCall.MapOf).</param>
    /// <param name="memory">Descriptor of the memory of <see cref="GroupFrames"/>.</param>
    /// <param name="source">The synthetic NIC's address.</param>
    public static Instruction[] Egress(int map, int memory, HardwareAddress source)
    {
        ReadOnlySpan<byte> address = source.ToBytes();
        int first = BitConverter.ToInt32(address), last = BitConverter.ToUInt16(address[4..]);
        return Resolved(
        [
            Move(Frame, 1),
            Set(Target, 0),
            Load32(2, Frame, Data),
            Load32(3, Frame, DataEnd),
            Move(1, 2),
            Add(1, HeaderLength),
            JumpIfGreater(1, 3, (int)To.Pass),
            Load32(1, 2, SourceOffset),
            JumpUnless32(1, first, (int)To.Group),
            Load16(1, 2, SourceOffset + 4),
            JumpUnless(1, last, (int)To.Group),
            Store32(Stack, -4, 0), // the key
            Move(2, Stack),
            Add(2, -4),
            .. LoadMap(1, map),
            Call(MapLookup),
            JumpIf(0, 0, (int)To.Group),
            Load32(Target, 0, 0),
            Label((int)To.Group),
            .. GroupFrames.Is(no: (int)To.Send),
            .. GroupFrames.Find(memory, none: (int)To.Send, (int)To.Loaded),
            JumpIf(Target, 0, (int)To.Refused),
            // Before it is sent, because it may come back while this program still runs.
            .. GroupFrames.Remember(GroupFrames.Vf),
            .. SendThroughVf((int)To.Refused),
            Label((int)To.Refused),
            .. GroupFrames.Remember(GroupFrames.Synthetic),
            Jump((int)To.Pass),
            Label((int)To.Send),
            JumpIf(Target, 0, (int)To.Pass),
            .. SendThroughVf((int)To.Pass),
            Label((int)To.Pass),
            Set(0, TC_ACT_UNSPEC),
            Exit(),
        ]);
    }

    private static Instruction[] SendThroughVf(int refused) =>
    [
        Move(1, Frame), Move(2, Target), Set(3, 0), Call(CloneRedirect), JumpUnless(0, 0, refused), Set(0, TC_ACT_STOLEN), Exit(),
    ];

    /// <summary>The program for frames received on a VF: they are delivered as if received on the synthetic NIC.</summary>
    /// <param name="memory">Descriptor of the memory of <see cref="GroupFrames"/>.</param>
    /// <param name="synthetic">The synthetic NIC's index.</param>
    public static Instruction[] IngressOfVf(int memory, int synthetic) => Resolved(
    [
        Move(Frame, 1),
        .. GroupFrames.Is(no: (int)To.Send),
        .. GroupFrames.Find(memory, none: (int)To.Send, (int)To.Loaded),
        .. GroupFrames.DropOrRemember(GroupFrames.Vf, (int)To.New),
        // From a register: the verifier of Linux before 6.4 takes no other store to the context.
        Set(1, Redirected), Store32From(Frame, Index, 1),
        Label((int)To.Send),
        Set(1, synthetic),
        Set(2, Inwards),
        Call(RedirectTo),
        Exit(),
    ]);

    /// <summary>The program for frames received on the synthetic NIC, or redirected to it.</summary>
    /// <param name="memory">Descriptor of the memory of <see cref="GroupFrames"/>.</param>
    public static Instruction[] IngressOfSynthetic(int memory) => Resolved(
    [
        Move(Frame, 1),
        .. GroupFrames.Is(no: (int)To.Pass),
        Load32(1, Frame, Index),
        JumpUnless(1, Redirected, (int)To.Own),
        Set(1, 0), Store32From(Frame, Index, 1),
        Jump((int)To.Pass),
        Label((int)To.Own),
        .. GroupFrames.Find(memory, none: (int)To.Pass, (int)To.Loaded),
        .. GroupFrames.DropOrRemember(GroupFrames.Synthetic, (int)To.New),
        Label((int)To.Pass),
        Set(0, TC_ACT_UNSPEC),
        Exit(),
    ]);
}
