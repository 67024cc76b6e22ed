using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>Finds in the kernel's log why hv_netvsc did not join a VF.</summary>
internal static class NetvscReasons
{
    // drivers/net/hyperv/netvsc_drv.c: get_netvsc_byslot, netvsc_vf_join.
    private static readonly string[] s_beginnings =
    [
        "no PCI slot information", "Invalid vf serial", "no netdev found for vf serial", "can not register netvsc VF receive handler",
        "can not set master device",
    ];

    /// <summary>The last reason for each of these VFs.</summary>
    /// <param name="log">The lines of the log; null if it cannot be read.</param>
    /// <param name="vfs">The VFs. A line names the PCI function and the name that the VF had then, so the function identifies it.</param>
    public static KernelReasons In(string[]? log, IReadOnlyList<Link> vfs)
    {
        if (log is null)
            return new KernelReasons(KernelReasons.None.Words, "only root may read it");
        Dictionary<int, string> words = [];
        foreach (Link vf in vfs)
        {
            if (vf.Device is not { } device)
                continue;
            string function = $" {Path.GetFileName(device.Path)} ";
            for (int i = log.Length - 1; i >= 0 && !words.ContainsKey(vf.Index); i--)
            {
                if (!log[i].Contains(function, StringComparison.Ordinal))
                    continue;
                foreach (string beginning in s_beginnings)
                {
                    if (log[i].IndexOf(beginning, StringComparison.Ordinal) is >= 0 and var start)
                        words[vf.Index] = log[i][start..];
                }
            }
        }
        // The first message of a boot (start_kernel, init/main.c).
        return new KernelReasons(words, log[0].Contains("Linux version", StringComparison.Ordinal) ? null : "its beginning is overwritten");
    }
}
