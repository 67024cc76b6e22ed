using System.Globalization;
using System.Text;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>sysctl by name (kern/kern_sysctl.c): integers of four bytes, strings with their NUL, and structures.</summary>
/// <remarks>A missing name is ENOENT only if the model knows that the kernel lacks it. Any other name fails the test, because the real
/// kernel's answer is unknown.</remarks>
internal sealed class Sysctls(ModelKernel kernel)
{
    private static readonly string[] s_topNodes = ["kern", "hw", "net", "dev", "vm", "vfs", "debug"];

    /// <summary>Values that a test adds or overrides: any bytes, any length.</summary>
    public Dictionary<string, byte[]> Overrides { get; } = [];

    /// <summary>Names that a test removes.</summary>
    public HashSet<string> Missing { get; } = [];

    /// <summary>kern.vm_guest.</summary>
    public string VmGuest { get; set; } = "generic";

    /// <summary>kern.boot_id: random bytes that do not look like a string.</summary>
    public byte[] BootId { get; set; } = Convert.FromHexString("9c41f07be2003d58a6c90ffe51b2d783");

    /// <summary>Whether the random device has been seeded, which happens soon after boot.</summary>
    public bool RandomSeeded { get; set; } = true;

    /// <summary>Requested names that the model cannot answer.</summary>
    public HashSet<string> Unknown { get; } = [];

    private int _failoverRxAll;

    /// <summary>The whole value, or an errno.</summary>
    public (int Errno, byte[] Value) Get(string name)
    {
        if (name.Length == 0)
            return (kernel.Profile.SysctlByNumber ? Errno.ENOENT : Errno.EINVAL, []);
        if (Missing.Contains(name))
            return (Errno.ENOENT, []);
        if (Overrides.TryGetValue(name, out var bytes))
            return (0, bytes);
        if (IsNode(name))
            return (kernel.Profile.SysctlByNumber && !name.Contains('.', StringComparison.Ordinal)
                ? Errno.EINVAL // A number of one part is too short for sysctl(2).
                : Errno.EISDIR, []);
        if (name == "kern.boot_id" && kernel.Profile.BootId && !RandomSeeded)
            return (Errno.ENXIO, []);
        return Value(name) is { } value ? (0, value) : (Errno.ENOENT, []);
    }

    /// <summary>Records that the model does not know the kernel's answer.</summary>
    public UnknownSysctl Ask(string name)
    {
        Unknown.Add(name);
        return new UnknownSysctl(name);
    }

    /// <summary>Writing: a tunable that is read only at boot refuses even root.</summary>
    public int Set(string name, ReadOnlySpan<byte> value)
    {
        if (Get(name).Errno is var errno and not 0)
            return -errno;
        if (!kernel.IsRoot || name != "net.link.lagg.failover_rx_all")
            return -Errno.EPERM;
        _failoverRxAll = Bytes.I32(value, 0);
        return 0;
    }

    public static byte[] Text(string text) => [.. Encoding.ASCII.GetBytes(text), 0];

    public static byte[] Integer(int value) => BitConverter.GetBytes(value);

    private bool IsNode(string name) => s_topNodes.Contains(name)
        || name == "hw.hn" && kernel.Profile.HyperVCompiledIn
        || name == "net.link.lagg" && kernel.Modules.LaggPresent
        || name is "net.link" or "net.inet" or "net.inet6" or "net.inet6.ip6";

    private byte[]? Value(string name)
    {
        var profile = kernel.Profile;
        return name switch
        {
            "kern.ostype" => Text(profile.OsType),
            "kern.osrelease" => Text(profile.OsRelease),
            "kern.osreldate" => Integer(profile.OsRelDate),
            "kern.ident" => Text(profile.Ident),
            "kern.version" => Text(profile.Version),
            "kern.vm_guest" => Text(VmGuest),
            "kern.securelevel" => Integer(kernel.SecureLevel),
            "security.jail.jailed" => Integer(kernel.IsJailed ? 1 : 0),
            "hw.machine_arch" => Text("amd64"),
            "net.inet6.ip6.dad_count" => Integer(kernel.Inet6.DadCount),
            "net.inet6.ip6.auto_linklocal" => Integer(kernel.Inet6.AutoLinkLocal ? 1 : 0),
            "net.link.lagg.failover_rx_all" => kernel.Modules.LaggPresent ? Integer(_failoverRxAll) : null,
            "kern.boot_id" => profile.BootId ? BootId : null, // CTLTYPE_STRUCT (kern_mib.c)
            // No recorded kernel has them.
            "no.such.name" or "net.link.lagg.0.debug" => null,
            "net.link.lagg" or "hw.hn" => null, // no node here
            _ when name.StartsWith("hw.hn.", StringComparison.Ordinal) || name.StartsWith("dev.hn.", StringComparison.Ordinal) =>
                kernel.HyperV.Sysctl(name),
            _ => throw Ask(name),
        };
    }

    /// <summary>The unit and the leaf of a name such as dev.hn.7.vf.</summary>
    public static (int Unit, string Leaf)? DeviceLeaf(string name, string device)
    {
        var parts = name.Split('.', 4);
        return parts.Length == 4 && parts[0] == "dev" && parts[1] == device
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var unit)
            ? (unit, parts[3])
            : null;
    }
}

/// <summary>The program requested a sysctl that the model does not know yet.</summary>
internal sealed class UnknownSysctl(string name)
    : Exception($"the model kernel does not know the sysctl {name}: add it, in the type that the kernel has it in");
