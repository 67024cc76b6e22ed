namespace HypervVfattach.Machines;

/// <summary>How qemu executes the guest's instructions.</summary>
public static class Accelerator
{
    private const string Kvm = "/dev/kvm";

    /// <summary>qemu's arguments on this machine.</summary>
    internal static IReadOnlyList<string> Here { get; } = Arguments(CanOpen(Kvm), File.ReadAllText("/proc/cpuinfo"));

    /// <summary>KVM if it can be opened and the processor has Intel's or AMD's virtualization, else emulation.</summary>
    /// <param name="kvmOpens">Whether /dev/kvm can be opened. That alone is not enough: kvm_pvm provides it too, on processors without
    /// either, and runs only kernels that were built for it.</param>
    /// <param name="cpuInfo">Contents of /proc/cpuinfo.</param>
    public static IReadOnlyList<string> Arguments(bool kvmOpens, string cpuInfo) =>
        kvmOpens && cpuInfo.Split('\n').Where(line => line.StartsWith("flags", StringComparison.Ordinal))
            .Any(line => line.Split(' ').Any(flag => flag is "vmx" or "svm"))
            ? ["-accel", "kvm", "-cpu", "host"]
            // With one thread per processor, now and then one of them hangs forever at an instruction that the other one is rewriting (jump
            // labels, which clsact and time stamps switch).
            : ["-accel", "tcg,thread=single", "-cpu", "max"];

    private static bool CanOpen(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
