using System.Collections.Immutable;
using System.Globalization;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>Reads the devices behind interfaces from sysfs. Files may vanish at any moment; a missing one counts as null.</summary>
/// <param name="root">Where sysfs is mounted; tests pass a copy.</param>
internal sealed class Sysfs(string root = "/sys")
{
    // Class of a synthetic NIC on VMBus (HV_NIC_GUID, include/linux/hyperv.h).
    private const string NicClass = "{f8615163-df3e-46c5-913f-f2d2f965ed0e}";

    // NET_ADDR_SET, linux/netdevice.h.
    private const string AssignedByAdministrator = "3";

    /// <summary>The device behind an interface, or null for a virtual one.</summary>
    /// <remarks>Nothing is read for an interface whose kind or flags show that it is virtual.</remarks>
    public Device? DeviceOf(Link link)
    {
        if (link.Kind is not null || link.Flags.HasFlag(LinkFlags.Loopback))
            return null;
        return DirectoryOf(link) is { } directory && DeviceAt(directory) is { } device ? device with
        {
            SwitchPort = SwitchPort(KernelFile.Text(Path.Combine(directory, "phys_switch_id")), KernelFile.Text(Path.Combine(directory, "phys_port_name"))),
        } : null;
    }

    /// <summary>The interfaces with hardware of a Hyper-V guest, read without the kernel's network lock: no VF of Hyper-V is a port of a
    /// switch in this machine. Null on any other host, and if the address of one was changed, because the permanent one is not here.</summary>
    public ImmutableArray<Link>? NicsOfHyperV()
    {
        if (!Directory.Exists(Path.Combine(root, "bus/vmbus/drivers/hv_netvsc")))
            return null;
        var found = ImmutableArray.CreateBuilder<Link>();
        foreach (string directory in Entries(Path.Combine(root, "class/net")))
        {
            string? Text(string file) => KernelFile.Text(Path.Combine(directory, file));
            // Thousands of interfaces may have no device.
            if (DeviceAt(directory) is not { } device || IndexAt(directory) is var index && index == 0)
                continue;
            if (Text("addr_assign_type") == AssignedByAdministrator)
                return null;
            found.Add(new Link
            {
                Index = index,
                Name = Path.GetFileName(directory),
                Address = new HardwareAddress(Text("address") ?? ""),
                Type = ushort.TryParse(Text("type"), out ushort type) ? type : default,
                Flags = Text("flags") is ['0', 'x', .. var digits] && uint.TryParse(digits, NumberStyles.HexNumber, null, out uint flags)
                    ? (LinkFlags)flags : LinkFlags.None,
                Master = IndexAt(Path.Combine(directory, "master")),
                PortKind = Directory.Exists(Path.Combine(directory, "bonding_slave")) ? "bond" : Directory.Exists(Path.Combine(directory, "brport")) ? "bridge" : null,
                Device = device,
            });
        }
        return found.ToImmutable();
    }

    /// <summary>The names of the interfaces that have hardware; null if sysfs does not tell them from the others.</summary>
    /// <remarks>Two lists cost less than a look at each of thousands of interfaces.</remarks>
    public List<string>? NamesWithHardware()
    {
        if (KernelFile.Names(Path.Combine(root, "class/net")) is not { } names
            || KernelFile.Names(Path.Combine(root, "devices/virtual/net")) is not { } others)
            return null;
        var found = new HashSet<string>(names);
        found.ExceptWith(others);
        // A file of the bonding driver.
        found.Remove("bonding_masters");
        return [.. found];
    }

    private static Device? DeviceAt(string directory)
    {
        string device = Path.Combine(directory, "device");
        if (KernelFile.Target(device) is null)
            return null;

        // ../../devices/LNXSYSTM:00/.../0002:00:02.0/net/enP2s1: the device is what lies between devices/ and /net/.
        string path = KernelFile.Target(directory) ?? "";
        int start = path.IndexOf("devices/", StringComparison.Ordinal);
        int end = path.LastIndexOf("/net/", StringComparison.Ordinal);
        if (start < 0 || end < start)
            return null;
        _ = uint.TryParse(KernelFile.Text(Path.Combine(directory, "dev_port")), out uint port);
        return new Device(
            BaseName(KernelFile.Target(Path.Combine(device, "driver"))), BaseName(KernelFile.Target(Path.Combine(device, "subsystem"))),
            path[(start + "devices/".Length)..end], port);
    }

    // A VF in a guest has neither: the kernel answers EOPNOTSUPP. A representor is called pf0vf1, or c1pf0vf1 with the controller's number,
    // that of a PF pf0 (devlink_port_phys_port_name_get, net/devlink/port.c). A plain port name such as p0 occurs on any NIC with several
    // ports.
    private static string? SwitchPort(string? id, string? name) =>
        !string.IsNullOrEmpty(id) ? $"phys_switch_id {id}{(string.IsNullOrEmpty(name) ? "" : $", phys_port_name {name}")}"
        : IsRepresentor(name) ? $"phys_port_name {name}" : null;

    private static bool IsRepresentor(ReadOnlySpan<char> name)
    {
        Skip("c", ref name);
        if (!Skip("pf", ref name))
            return false;
        if (!Skip("vf", ref name))
            Skip("sf", ref name);
        return name.IsEmpty;

        static bool Skip(string word, ref ReadOnlySpan<char> text)
        {
            if (!text.StartsWith(word, StringComparison.Ordinal) || text.Length == word.Length || !char.IsAsciiDigit(text[word.Length]))
                return false;
            text = text[word.Length..].TrimStart("0123456789");
            return true;
        }
    }

    /// <summary>PCI Ethernet controllers for which no driver has created an interface.</summary>
    public ImmutableArray<IdleNic> IdleNics()
    {
        var found = ImmutableArray.CreateBuilder<IdleNic>();
        foreach (string function in Entries(Path.Combine(root, "bus/pci/devices")).Order(StringComparer.Ordinal))
        {
            // The interface of a virtio NIC belongs to its child device (virtio0/net).
            if (KernelFile.Text(Path.Combine(function, "class")) is { } kind && kind.StartsWith("0x0200", StringComparison.Ordinal)
                && !Directory.Exists(Path.Combine(function, "net"))
                && !Entries(function).Any(child => KernelFile.Target(child) is null && Directory.Exists(Path.Combine(child, "net"))))
            {
                string id = $"{Hexadecimal("vendor")}:{Hexadecimal("device")}";
                (string? module, bool isHere) = PciModules.Of(KernelFile.Text(Path.Combine(function, "modalias")), id, Path.GetDirectoryName(root) ?? "/");
                found.Add(new IdleNic(Path.GetFileName(function), id, BaseName(KernelFile.Target(Path.Combine(function, "driver"))))
                {
                    Module = module, HasModule = isHere,
                });
            }

            string Hexadecimal(string file) => KernelFile.Text(Path.Combine(function, file)) is { Length: > 2 } text ? text[2..] : "?";
        }
        return found.ToImmutable();
    }

    /// <summary>Indices of the interfaces on top of this one, of any kind, including its master: sysfs has a link <c>upper_NAME</c> for
    /// each (netdev_adjacent_sysfs_add, net/core/dev.c).</summary>
    public int[] UppersOf(Link link) => DirectoryOf(link) is not { } directory ? []
        : [.. Entries(directory).Where(entry => Path.GetFileName(entry).StartsWith("upper_", StringComparison.Ordinal))
            .Select(IndexAt).Where(index => index != 0)];

    /// <summary>MAC addresses of the synthetic NICs that are bound to a user-space driver (DPDK).</summary>
    /// <remarks>Without a kernel driver sysfs does not show the address. Which end of the GUID has it cannot be told, so both are
    /// returned.</remarks>
    public ImmutableArray<HardwareAddress> DpdkSynthetics()
    {
        var found = ImmutableArray.CreateBuilder<HardwareAddress>();
        foreach (string device in Entries(Path.Combine(root, "bus/vmbus/devices")))
        {
            if (KernelFile.Text(Path.Combine(device, "class_id")) != NicClass
                || BaseName(KernelFile.Target(Path.Combine(device, "driver"))) != "uio_hv_generic")
                continue;
            // The instance's GUID contains the address: on older hosts at the beginning, on newer ones at the end. Old kernels number
            // the devices (vmbus_3), so there the address is unknown.
            string digits = Path.GetFileName(device).Replace("-", "");
            if (digits.Length == 32 && digits.All(char.IsAsciiHexDigit))
                found.AddRange(HardwareAddress.From(Convert.FromHexString(digits[..12])), HardwareAddress.From(Convert.FromHexString(digits[^12..])));
        }
        return found.ToImmutable();
    }

    /// <summary>The interface's directory, found by its index: its name may have changed since it was read.</summary>
    private string? DirectoryOf(Link link)
    {
        string all = Path.Combine(root, "class/net");
        string named = Path.Combine(all, link.Name);
        if (IndexAt(named) == link.Index)
            return named;
        return Entries(all).FirstOrDefault(directory => IndexAt(directory) == link.Index);
    }

    private static int IndexAt(string directory) =>
        int.TryParse(KernelFile.Text(Path.Combine(directory, "ifindex")), out int index) ? index : 0;

    private static string? BaseName(string? path) => path is null ? null : Path.GetFileName(path);

    private static string[] Entries(string directory)
    {
        try
        {
            return Directory.GetFileSystemEntries(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
