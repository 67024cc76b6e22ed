using System.Reflection;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Bpf;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>Compares bpf(2) and the redirect's programs with the C headers; the kernel tier runs the verifier.</summary>
public class BpfTests
{
    [Theory]
    [InlineData(22, true)] // EINVAL: before Linux 6.6
    [InlineData(38, true)] // ENOSYS
    [InlineData(19, true)] // ENODEV
    [InlineData(2, true)] // ENOENT
    [InlineData(1, false)] // EPERM
    [InlineData(28, false)] // ENOSPC
    [InlineData(12, false)] // ENOMEM
    [InlineData(14, false)] // EFAULT
    public void Only_what_says_that_there_is_no_program_means_so(int errno, bool none) => BpfSystemCall.MeansNone(errno).ShouldBe(none);

    [Fact]
    public void Every_constant_has_the_value_of_the_C_headers()
    {
        // tcx is newer than the headers of many distributions.
        string[] names = [.. typeof(BpfSystemCall).GetFields(BindingFlags.NonPublic | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.Name.StartsWith("BPF_", StringComparison.Ordinal)
                && !field.Name.StartsWith("BPF_TCX", StringComparison.Ordinal))
            .Select(field => field.Name)];
        names.Length.ShouldBe(12);
        (string C, long Ours)[] rows =
        [
            .. names.Select(name => (name, Convert.ToInt64(typeof(BpfSystemCall)
                .GetField(name, BindingFlags.NonPublic | BindingFlags.Static)!.GetRawConstantValue(), null))),
            ("offsetof(struct bpf_prog_info, nr_map_ids)", BpfSystemCall.MapCount),
            ("offsetof(struct bpf_prog_info, map_ids)", BpfSystemCall.MapIds),
            ("offsetof(struct bpf_prog_info, name)", BpfSystemCall.ProgramName),
            ("BPF_FUNC_map_lookup_elem", RedirectPrograms.MapLookup),
            ("BPF_FUNC_clone_redirect", RedirectPrograms.CloneRedirect),
            ("BPF_FUNC_redirect", RedirectPrograms.RedirectTo),
            ("TC_ACT_UNSPEC", RedirectPrograms.TC_ACT_UNSPEC),
            ("TC_ACT_STOLEN", RedirectPrograms.TC_ACT_STOLEN),
            ("TC_ACT_SHOT", GroupFrames.TC_ACT_SHOT),
            ("BPF_FUNC_ktime_get_ns", GroupFrames.TimeInNanoseconds),
            ("BPF_FUNC_skb_load_bytes", GroupFrames.LoadBytes),
            ("offsetof(struct __sk_buff, len)", GroupFrames.Length),
            ("offsetof(struct __sk_buff, vlan_tci)", GroupFrames.VlanTag),
            ("offsetof(struct __sk_buff, tc_index)", RedirectPrograms.Index),
            ("BPF_F_INGRESS", RedirectPrograms.Inwards),
            ("offsetof(struct __sk_buff, data)", RedirectPrograms.Data),
            ("offsetof(struct __sk_buff, data_end)", RedirectPrograms.DataEnd),
            ("sizeof(struct bpf_insn)", System.Runtime.CompilerServices.Unsafe.SizeOf<Instruction>()),
        ];
        long[] values = CHeaders.Evaluate(["linux/bpf.h", "linux/pkt_cls.h", "stddef.h"], [.. rows.Select(row => row.C)]);
        rows.Select(row => $"{row.C} {row.Ours}").ShouldBe(rows.Zip(values, (row, value) => $"{row.C} {value}"));
    }

    [Fact]
    public void A_program_has_no_labels_any_more_and_its_jumps_go_forwards_to_one_of_its_instructions()
    {
        Instruction[][] programs =
        [
            RedirectPrograms.Egress(3, 4, new HardwareAddress("02:15:5d:01:02:03")), RedirectPrograms.IngressOfVf(4, 2), RedirectPrograms.IngressOfSynthetic(4),
        ];
        foreach (Instruction[] program in programs)
        {
            for (int i = 0; i < program.Length; i++)
            {
                if (program[i].Code == 0)
                    program[i - 1].Code.ShouldBe((byte)0x18);
                if ((program[i].Code & 7) is 5 or 6 && program[i].Code is not (0x85 or 0x95))
                    program[i].Offset.ShouldBeInRange((short)0, (short)(program.Length - i - 2));
            }
            program[^1].ShouldBe(Instruction.Exit());
        }
        // The verifier allows a million steps on Linux 5.2 and later; a frame that is no group frame takes few.
        programs.Select(program => program.Length).Max().ShouldBeLessThan(250);
    }
}
