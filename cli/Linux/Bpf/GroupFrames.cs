using static HypervVfattach.Linux.Bpf.Instruction;

namespace HypervVfattach.Linux.Bpf;

/// <summary>The part of the redirect's programs that delivers a broadcast or multicast frame once.</summary>
/// <remarks>
/// <para>On a KVM host each such frame of the network arrives on the VF and on the synthetic NIC, and one that the guest sends through one of
/// them comes back through the other: the card's own switch and the host's bridge both forward it. So a frame is dropped if the same frame
/// passed the other interface within 100 ms, in either direction. A frame that comes once is delivered, on whichever interface.
/// bonding and net_failover drop by interface alone (bond_should_deliver_exact_match, RX_HANDLER_EXACT), and miss such a frame.</para>
/// <para>The memory is an array of <see cref="Slots"/> words: 32 bits of the frame's hash, 30 bits of the time in units of 2^20 ns, and the
/// interface. A word is written at once, so programs on several processors need no lock. At worst, a duplicate is delivered.</para>
/// <para>Register 6 has the context throughout, and the hash and time are in 7, the word's address in 8.</para>
/// </remarks>
internal static class GroupFrames
{
    /// <summary>Number of words of the memory; a power of two.</summary>
    public const int Slots = 1024;

    /// <summary>The interface: the VF.</summary>
    public const int Vf = 1;

    /// <summary>The interface: the synthetic NIC.</summary>
    public const int Synthetic = 2;

    // Helpers, linux/bpf.h (enum bpf_func_id).
    internal const int TimeInNanoseconds = 5;
    internal const int LoadBytes = 26;

    // Members of struct __sk_buff, linux/bpf.h.
    internal const int Length = 0;
    internal const int VlanTag = 24; // vlan_tci; 0 if the tag is in the frame

    /// <summary>The verdict that drops a frame, linux/pkt_cls.h.</summary>
    internal const int TC_ACT_SHOT = 2;

    private const int TimeShift = 20, Longest = 95; // 100 ms
    private const int TimeMask = 0x3fffffff;

    // A frame is compared up to one of these lengths. The smallest is an ARP packet, which one interface may have padded to 60 bytes.
    private static readonly int[] s_lengths = [42, 62, 86, 128];

    // A sender on the same host leaves the UDP checksum to the card, so it may differ: its place below IPv4 and IPv6, without options.
    private static readonly int[] s_checksums = [40, 60];

    private const int Buffer = -128;
    private const ulong Factor = 0x9e3779b97f4a7c15; // 2^64 divided by the golden ratio, as in linux/hash.h

    private const int Frame = 6, Word = 7, Slot = 8, Stack = 10;

    /// <summary>Jumps to <paramref name="no"/> unless the frame is a broadcast or multicast one.</summary>
    public static Instruction[] Is(int no) =>
    [
        Load32(2, Frame, RedirectPrograms.Data),
        Load32(3, Frame, RedirectPrograms.DataEnd),
        Move(1, 2),
        Add(1, RedirectPrograms.HeaderLength),
        JumpIfGreater(1, 3, no),
        Load8(1, 2, 0),
        And(1, 1),
        JumpIf(1, 0, no),
    ];

    /// <summary>Finds the word of the frame; jumps to <paramref name="none"/> if there is none.</summary>
    /// <param name="memory">Descriptor of the memory.</param>
    /// <param name="none">A label.</param>
    /// <param name="loaded">A label of its own.</param>
    public static Instruction[] Find(int memory, int none, int loaded)
    {
        List<Instruction> program = [];
        for (int at = Buffer; at < 0; at += 8)
            program.Add(Store64Value(Stack, at, 0));
        program.AddRange([Load32(1, Frame, Length), JumpIfLess(1, s_lengths[0], none), Set(4, s_lengths[0])]);
        foreach (int length in s_lengths[1..])
            program.AddRange([JumpIfLess(1, length, loaded), Set(4, length)]);
        program.AddRange([Label(loaded), Move(1, Frame), Set(2, 0), Move(3, Stack), Add(3, Buffer), Call(LoadBytes), JumpUnless(0, 0, none)]);
        foreach (int checksum in s_checksums)
            program.Add(Store16(Stack, Buffer + checksum, 0));
        // Without its VLAN tag a frame of two VLANs can be the same.
        program.AddRange([Load32(Word, Frame, VlanTag), And(Word, 0xfff), .. Set64(1, Factor)]);
        for (int at = Buffer; at < 0; at += 8)
            program.AddRange([Load64(2, Stack, at), Xor(Word, 2), Multiply(Word, 1), Move(2, Word), ShiftRight(2, 32), Xor(Word, 2)]);
        return
        [
            .. program,
            Move(2, Word), And(2, Slots - 1), Store32From(Stack, -4, 2),
            ShiftRight(Word, 32), ShiftLeft(Word, 32),
            Call(TimeInNanoseconds), ShiftRight(0, TimeShift), And(0, TimeMask), ShiftLeft(0, 2), Or(Word, 0),
            .. LoadMap(1, memory), Move(2, Stack), Add(2, -4), Call(RedirectPrograms.MapLookup), JumpIf(0, 0, none), Move(Slot, 0),
        ];
    }

    /// <summary>Remembers that the frame passes this interface.</summary>
    public static Instruction[] Remember(int through) => [Move(1, Word), OrValue(1, through), Store64(Slot, 0, 1)];

    /// <summary>Drops the frame if it has just passed the other interface; otherwise remembers it.</summary>
    /// <param name="through">The interface.</param>
    /// <param name="isNew">A label of its own.</param>
    public static Instruction[] DropOrRemember(int through, int isNew) =>
    [
        Load64(1, Slot, 0),
        Move(2, 1), Xor(2, Word), ShiftRight(2, 32), JumpUnless(2, 0, isNew),
        Move(2, 1), And(2, 3), JumpIf(2, through, isNew),
        Move(2, Word), ShiftRight(2, 2), ShiftRight(1, 2), Subtract(2, 1), And(2, TimeMask), JumpIfMore(2, Longest, isNew),
        Set(0, TC_ACT_SHOT), Exit(),
        Label(isNew),
        .. Remember(through),
    ];
}
