using HypervVfattach.Linux.Interop;

namespace HypervVfattach.Linux;

/// <summary>Finds the module whose driver takes a PCI function.</summary>
internal static class PciModules
{
    // The VFs of Azure and of common SR-IOV NICs, for kernels without the module: minimal images lack it. Numbers as in the drivers' tables
    // of PCI ids.
    private static readonly Dictionary<string, string> s_known = new()
    {
        ["1414:00ba"] = "mana",
        ["15b3:1002"] = "mlx4_en",
        ["15b3:1004"] = "mlx4_en",
        ["15b3:1014"] = "mlx5_core",
        ["15b3:1016"] = "mlx5_core",
        ["15b3:1018"] = "mlx5_core",
        ["15b3:101a"] = "mlx5_core",
        ["15b3:101c"] = "mlx5_core",
        ["15b3:101e"] = "mlx5_core",
        ["8086:10ed"] = "ixgbevf",
        ["8086:1515"] = "ixgbevf",
        ["8086:1520"] = "igbvf",
        ["8086:154c"] = "iavf",
        ["8086:1571"] = "iavf",
        ["8086:1889"] = "iavf",
    };

    /// <summary>The module for a function, and whether the running kernel has it.</summary>
    /// <param name="alias">The function's modalias.</param>
    /// <param name="id">Vendor and device, such as 15b3:1016.</param>
    /// <param name="root">Root of the file system; <c>/</c> except in tests.</param>
    public static (string? Module, bool IsHere) Of(string? alias, string id, string root = "/")
    {
        string kernel = KernelFile.Text(Path.Combine(root, "proc/sys/kernel/osrelease")) ?? "";
        // "alias pci:v000015B3d00001016sv*sd*bc*sc*i* mlx5_core" (depmod(8)).
        foreach (string line in (KernelFile.Text(Path.Combine(root, "lib/modules", kernel, "modules.alias")) ?? "").Split('\n'))
        {
            if (alias is not null && line.StartsWith("alias pci:", StringComparison.Ordinal) && line.Split(' ') is [_, var pattern, var module]
                && Libc.fnmatch(pattern, alias, 0) == 0)
                return (module, true);
        }
        return (s_known.GetValueOrDefault(id), false);
    }
}
