using HypervVfattach.Core;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>Loads kernel modules (kldload(2)). The kernel loads none by itself when an interface is created.</summary>
internal sealed class Modules(IKernel kernel)
{
    private const string Lagg = "if_lagg";

    /// <summary>Makes lagg(4) available, compiled in or as a module.</summary>
    public void NeedLagg()
    {
        // If it is compiled in, kldload returns EEXIST as for a loaded file. But a process without the right to load modules (in a jail, or
        // at a raised securelevel) gets EPERM before the kernel checks, so ask first.
        if (kernel.ModFind(Lagg) >= 0)
            return;
        int answer = kernel.KldLoad(Lagg);
        if (answer >= 0 || answer == -Errno.EEXIST)
            return;
        if (answer == -Errno.ENOENT)
            throw new SystemRefusal(
                $"module {Lagg}", "load", Errno.ENOENT, $"ENOENT, there is no {Lagg}.ko in kern.module_path",
                "install the kernel's modules, or build the kernel with 'device lagg'");
        throw Refused.By(answer, $"module {Lagg}", "load");
    }
}
