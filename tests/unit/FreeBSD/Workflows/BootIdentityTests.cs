using HypervVfattach.Commands;
using HypervVfattach.Tests.Unit.FreeBSD.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>The boot to which a journal belongs: kern.boot_id, on a kernel that has it and once the random device is seeded.</summary>
public class BootIdentityTests
{
    private static readonly byte[] s_nextBoot = Convert.FromHexString("000102030405060708090a0b0c0d0e00");

    public static TheoryData<string> Kernels => [.. KernelProfile.All.Select(profile => profile.Name)];

    /// <summary>Random bytes that could be mistaken for something else.</summary>
    [Theory]
    [InlineData("9c41f07be2003d58a6c90ffe51b2d783")]
    [InlineData("9c41f07be2003d58a6c90ffe51b2d700")] // ends like a string, with a NUL in its middle
    [InlineData("4c41f07be2123d58a6c90ffe51b2d700")] // a string, by chance
    [InlineData("00000000000000000000000000000000")]
    public void Every_command_starts_whatever_the_bytes_are(string bytes)
    {
        using var machine = Machine.Static();
        machine.Kernel.Sysctls.BootId = Convert.FromHexString(bytes);
        EveryCommand(machine);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_command_starts_before_the_random_device_is_seeded(string kernel)
    {
        using Machine machine = Machine.Static(Profile(kernel));
        machine.Kernel.Sysctls.RandomSeeded = false;
        EveryCommand(machine);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_join_that_was_interrupted_before_the_seeding_is_undone_after_it(string kernel)
    {
        using Machine machine = Machine.Static(Profile(kernel));
        string before = machine.State();
        machine.Kernel.Sysctls.RandomSeeded = false;
        Interrupt(machine);
        machine.Kernel.Sysctls.RandomSeeded = true;
        machine.Run("scan", "--unfinished").ShouldBe(ExitCode.Done, machine.Out.ToString());
        machine.State().ShouldBe(before, machine.Out.ToString());
        machine.Journals.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_join_made_before_the_seeding_is_known_after_it(string kernel)
    {
        using Machine machine = Machine.Static(Profile(kernel));
        machine.Kernel.Sysctls.RandomSeeded = false;
        machine.VfArrived();
        machine.Kernel.Sysctls.RandomSeeded = true;

        machine.Kernel.Unplug("mce0");
        machine.PlugVf();
        machine.VfArrived();
        machine.State().ShouldContain("active mce0", Case.Sensitive, machine.Out.ToString());
        machine.Run("detach", "hn0").ShouldBe(ExitCode.Done, machine.Out.ToString());
        machine.State().ShouldContain("  hn0 192.0.2.10/24", Case.Sensitive, machine.Out.ToString());
        machine.Journals.ShouldBe(0);
    }

    /// <summary>If cleanvar did not empty the directory.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)] // A kernel that had an identity before would have it again.
    public void What_an_earlier_boot_left_is_forgotten(bool seeded)
    {
        using var machine = Machine.Static();
        Interrupt(machine);
        string left = machine.State();
        machine.Kernel.Sysctls.BootId = s_nextBoot;
        machine.Kernel.Sysctls.RandomSeeded = seeded;
        machine.Run("scan", "--unfinished");
        machine.State().ShouldBe(left, machine.Out.ToString());
        machine.Journals.ShouldBe(0);
    }

    private static KernelProfile Profile(string name) => KernelProfile.All.Single(profile => profile.Name == name);

    private static void EveryCommand(Machine machine)
    {
        machine.Run("status").ShouldBe(ExitCode.Degraded, machine.Out.ToString());
        machine.VfArrived();
        machine.State().ShouldContain("active mce0", Case.Sensitive, machine.Out.ToString());
        machine.Run("scan").ShouldBe(ExitCode.Done, machine.Out.ToString());
        machine.Run("vfup", "hn0").ShouldBe(ExitCode.Done, machine.Out.ToString());
        machine.Run("detach", "hn0").ShouldBe(ExitCode.Done, machine.Out.ToString());
        machine.Journals.ShouldBe(0);
    }

    // Killed when hn0 has just become a port.
    private static void Interrupt(Machine machine)
    {
        machine.Waiting.Moment = () =>
            machine.Kernel.Interfaces["hn0"].PortOf is null ? 0 : throw new KilledException();
        machine.Run("--event", "mce0").ShouldBe(ExitCode.Done);
        Should.Throw<KilledException>(machine.RunBackground);
        machine.Waiting.Moment = () => 0;
        machine.Journals.ShouldBe(1);
    }
}
