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

    /// <summary><c>*(u32 *)(to + offset) = value</c>.</summary>
    public static Instruction Store32(int to, int offset, int value) => Of(0x62, to, 0, offset, value);

    /// <summary><c>if (one > other) goto</c>.</summary>
    public static Instruction JumpIfGreater(int one, int other, int by) => Of(0x2d, one, other, by);

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

    /// <summary><c>to = map</c>, given by its descriptor: two instructions.</summary>
    public static Instruction[] LoadMap(int to, int map) => [Of(0x18, to, 1, value: map), default];

    private static Instruction Of(byte code, int to = 0, int from = 0, int offset = 0, int value = 0) =>
        new(code, (byte)(to | from << 4), (short)offset, value);
}
