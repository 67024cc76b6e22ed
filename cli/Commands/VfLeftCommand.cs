using HypervVfattach.Core.Model;

namespace HypervVfattach.Commands;

/// <summary><c>vfleft IFACE</c>, for udev's event <c>remove</c> of a VF: adds it to the history and does nothing else.</summary>
/// <remarks>It asks the kernel for nothing: in such an event hv_netvsc may hold the network lock. What it needs to know are the
/// properties that <see cref="ImportCommand"/> gave the VF and udev has kept.</remarks>
internal static class VfLeftCommand
{
    /// <summary>Runs the command.</summary>
    public static ExitCode Run(VfLeftRequest request, World world)
    {
        if (EventIdentity.Index(request, world.Variable) is not { } index || world.Variable("HYPERV_VF_MAC") is not { Length: > 0 } mac)
        {
            world.Log.Error("this is for udev's event remove of a VF (with --event, IFINDEX and HYPERV_VF_MAC)");
            return ExitCode.Usage;
        }
        if (!request.DryRun)
            world.Recorder.Left(new HardwareAddress(mac), world.Variable("HYPERV_VF_SYNTHETIC") ?? "", request.Interface, index);
        return ExitCode.Done;
    }
}
