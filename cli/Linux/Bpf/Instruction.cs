using System.Runtime.InteropServices;

namespace HypervVfattach.Linux.Bpf;

/// <summary>One instruction of the kernel's virtual machine (<c>struct bpf_insn</c>, linux/bpf.h;
/// Documentation/bpf/standardization/instruction-set.rst). Each factory method is documented by its meaning in C.</summary>
/// <param name="Code">code: class, operation and source, or size and mode.</param>
/// <param name="Registers">dst_reg in the low half, src_reg in the high one.</param>
/// <param name="Offset">off: of memory in bytes; of a jump in instructions, from the next one.</param>
/// <param name="Immediate">imm.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Instruction(byte Code, byte Registers, short Offset, int Immediate)
{
    /// <summary><c>to = from</c>.</summary>
    public static Instruction Move(int to, int from) => Of(0xbf, to, from);

    /// <summary><c>to = value</c>.</summary>
    public static Instruction Set(int to, int value) => Of(0xb7, to, value: value);

    /// <summary><c>to += value</c>.</summary>
    public static Instruction Add(int to, int value) => Of(0x07, to, value: value);

    /// <summary><c>to = *(u32 *)(from + offset)</c>.</summary>
    public static Instruction Load32(int to, int from, int offset) => Of(0x61, to, from, offset);

    /// <summary><c>to = *(u16 *)(from + offset)</c>.</summary>
    public static Instruction Load16(int to, int from, int offset) => Of(0x69, to, from, offset);

    /// <summary><c>to = *(u64 *)(from + offset)</c>.</summary>
    public static Instruction Load64(int to, int from, int offset) => Of(0x79, to, from, offset);

    /// <summary><c>to = *(u8 *)(from + offset)</c>.</summary>
    public static Instruction Load8(int to, int from, int offset) => Of(0x71, to, from, offset);

    /// <summary><c>*(u64 *)(to + offset) = from</c>.</summary>
    public static Instruction Store64(int to, int offset, int from) => Of(0x7b, to, from, offset);

    /// <summary><c>*(u32 *)(to + offset) = (u32)from</c>.</summary>
    public static Instruction Store32From(int to, int offset, int from) => Of(0x63, to, from, offset);

    /// <summary><c>*(u64 *)(to + offset) = value</c>.</summary>
    public static Instruction Store64Value(int to, int offset, int value) => Of(0x7a, to, 0, offset, value);

    /// <summary><c>*(u16 *)(to + offset) = value</c>.</summary>
    public static Instruction Store16(int to, int offset, int value) => Of(0x6a, to, 0, offset, value);

    /// <summary><c>to -= from</c>.</summary>
    public static Instruction Subtract(int to, int from) => Of(0x1f, to, from);

    /// <summary><c>to *= from</c>.</summary>
    public static Instruction Multiply(int to, int from) => Of(0x2f, to, from);

    /// <summary><c>to |= from</c>.</summary>
    public static Instruction Or(int to, int from) => Of(0x4f, to, from);

    /// <summary><c>to |= value</c>.</summary>
    public static Instruction OrValue(int to, int value) => Of(0x47, to, value: value);

    /// <summary><c>to ^= from</c>.</summary>
    public static Instruction Xor(int to, int from) => Of(0xaf, to, from);

    /// <summary><c>to &amp;= value</c>.</summary>
    public static Instruction And(int to, int value) => Of(0x57, to, value: value);

    /// <summary><c>to &lt;&lt;= bits</c>.</summary>
    public static Instruction ShiftLeft(int to, int bits) => Of(0x67, to, value: bits);

    /// <summary><c>to >>= bits</c>, unsigned.</summary>
    public static Instruction ShiftRight(int to, int bits) => Of(0x77, to, value: bits);

    /// <summary><c>to = value</c>: two instructions.</summary>
    public static Instruction[] Set64(int to, ulong value) =>
        [Of(0x18, to, value: (int)(uint)value), new Instruction(0, 0, 0, (int)(uint)(value >> 32))];

    /// <summary><c>*(u32 *)(to + offset) = value</c>.</summary>
    public static Instruction Store32(int to, int offset, int value) => Of(0x62, to, 0, offset, value);

    /// <summary><c>if (one > other) goto</c>.</summary>
    public static Instruction JumpIfGreater(int one, int other, int by) => Of(0x2d, one, other, by);

    /// <summary><c>goto</c>.</summary>
    public static Instruction Jump(int by) => Of(0x05, offset: by);

    /// <summary><c>if (one &lt; value) goto</c>, unsigned.</summary>
    public static Instruction JumpIfLess(int one, int value, int by) => Of(0xa5, one, 0, by, value);

    /// <summary><c>if (one > value) goto</c>, unsigned.</summary>
    public static Instruction JumpIfMore(int one, int value, int by) => Of(0x25, one, 0, by, value);

    /// <summary><c>if (one == value) goto</c>.</summary>
    public static Instruction JumpIf(int one, int value, int by) => Of(0x15, one, 0, by, value);

    /// <summary><c>if (one != value) goto</c>, the lower halves compared (Linux 5.1).</summary>
    public static Instruction JumpUnless32(int one, int value, int by) => Of(0x56, one, 0, by, value);

    /// <summary><c>if (one != value) goto</c>.</summary>
    public static Instruction JumpUnless(int one, int value, int by) => Of(0x55, one, 0, by, value);

    /// <summary><c>r0 = helper(r1, ...)</c>.</summary>
    public static Instruction Call(int helper) => Of(0x85, value: helper);

    /// <summary><c>return r0</c>.</summary>
    public static Instruction Exit() => Of(0x95);

    /// <summary>A place to jump to; no instruction (<see cref="Resolved"/>).</summary>
    public static Instruction Label(int label) => new(0, 0, 0, label);

    /// <summary>A program without its labels. Until then the offset of a jump is a label, which is negative: a program only jumps
    /// forwards.</summary>
    public static Instruction[] Resolved(ReadOnlySpan<Instruction> program)
    {
        var places = new Dictionary<int, int>();
        List<Instruction> resolved = [];
        foreach (Instruction instruction in program)
        {
            if (instruction is { Code: 0, Immediate: < 0 } && !IsSecondHalf(resolved))
                places[instruction.Immediate] = resolved.Count;
            else
                resolved.Add(instruction);
        }
        for (int i = 0; i < resolved.Count; i++)
        {
            if (IsJump(resolved[i]) && resolved[i].Offset < 0)
                resolved[i] = resolved[i] with { Offset = (short)(places[resolved[i].Offset] - i - 1) };
        }
        return [.. resolved];
    }

    /// <summary><c>to = map</c>, given by its descriptor: two instructions.</summary>
    public static Instruction[] LoadMap(int to, int map) => [Of(0x18, to, 1, value: map), default];

    // Classes BPF_JMP and BPF_JMP32, except for call and exit.
    private static bool IsJump(Instruction instruction) => (instruction.Code & 7) is 5 or 6 && instruction.Code is not (0x85 or 0x95);

    // The second half of a load of 64 bits has the code 0, too.
    private static bool IsSecondHalf(List<Instruction> program) => program is [.., { Code: 0x18 }];

    private static Instruction Of(byte code, int to = 0, int from = 0, int offset = 0, int value = 0) =>
        new(code, (byte)(to | from << 4), (short)offset, value);
}
