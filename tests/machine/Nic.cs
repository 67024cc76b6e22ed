using System.Globalization;
using System.Net.NetworkInformation;

namespace HypervVfattach.Machines;

/// <summary>A network interface card of the virtual machine: the synthetic NIC, or a VF.</summary>
/// <param name="Id">qemu's name for the device and for its port on the wire.</param>
/// <param name="Model">qemu's device model.</param>
/// <param name="Mac">MAC address in colon notation; a VF has that of its synthetic NIC.</param>
/// <param name="Bus">qemu's bus: <c>pcie.0</c> or a root port, <c>rp1</c> to <c>rp8</c>, where it can be hot-plugged.</param>
/// <param name="Slot">Device number on the bus.</param>
public sealed record Nic(string Id, string Model, string Mac, string Bus, int Slot = 0)
{
    private const string PfModel = "igb", VfModel = "igbvf";

    /// <summary>More properties of the device, such as <c>failover</c>; booleans are booleans, not "on".</summary>
    public IReadOnlyDictionary<string, object> Properties { get; init; } = new Dictionary<string, object>();

    /// <summary>The synthetic NIC with this number; the guest names it enp0s16 and so on.</summary>
    public static Nic Synthetic(int number = 0) =>
        new($"syn{number}", "virtio-net-pci", $"52:54:00:77:00:{number:x2}", "pcie.0", 16 + number);

    /// <summary>The MAC address of the real interface behind a synthetic NIC that the host of <see cref="NetvscHost"/> serves; null for
    /// every other NIC.</summary>
    public string? UplinkMac { get; init; }

    /// <summary>The synthetic NIC with this number as Hyper-V has it, driven by hv_netvsc.</summary>
    public static Nic Netvsc(int number = 0) => Synthetic(number) with
    {
        Mac = $"00:15:5d:77:00:{number:x2}", UplinkMac = $"52:54:00:aa:00:{number:x2}",
    };

    /// <summary>The VF of <see cref="Netvsc"/>.</summary>
    public static Nic NetvscVf(int number = 0, int? port = null, string model = "vmxnet3") =>
        Vf(number, port, model) with { Mac = Netvsc(number).Mac };

    /// <summary>A VF of the synthetic NIC with this number, on a root port from 1 to 8; the guest names it enp1s0 and so on.</summary>
    /// <remarks>vmxnet3 loses its carrier with the link; e1000e does not notice.</remarks>
    public static Nic Vf(int number = 0, int? port = null, string model = "vmxnet3") =>
        new($"vf{number}p{port ?? number + 1}", model, Synthetic(number).Mac, $"rp{port ?? number + 1}");

    /// <summary>A real SR-IOV card, as <see cref="SriovHost"/> has it: the physical function. Its port on the wire is its VF's.</summary>
    internal static Nic Card() =>
        new("card", PfModel, Synthetic().Mac, "rp1") { Properties = new Dictionary<string, object> { ["mac"] = "52:54:00:aa:ff:00" } };

    /// <summary>The VF of the card, for machines that have one (<see cref="MachineOptions.Sriov"/>).</summary>
    /// <remarks>Its function is the card's 0x80, which PCI Express counts beyond 7 with the bits of the device (IGB_VF_OFFSET of qemu).</remarks>
    public static Nic CardVf() => Card() with { Model = VfModel, Slot = 0x10 };

    /// <summary>Whether this is the card: it delivers nothing before it has a VF.</summary>
    internal bool IsCard => Model == PfModel;

    /// <summary>Whether this is its VF, which the guest gets from <see cref="SriovHost"/>.</summary>
    internal bool IsCardVf => Model == VfModel;

    /// <summary>A NIC that belongs to no pair.</summary>
    public static Nic Stranger() => new("stranger", "vmxnet3", "52:54:00:77:ff:00", "rp4");

    /// <summary>A synthetic NIC that the kernel itself joins with its VF (net_failover).</summary>
    public static Nic FailoverSynthetic() => Synthetic() with { Properties = new Dictionary<string, object> { ["failover"] = true } };

    /// <summary>The VF of <see cref="FailoverSynthetic"/>.</summary>
    public static Nic FailoverVf() =>
        Vf() with { Properties = new Dictionary<string, object> { ["failover_pair_id"] = FailoverSynthetic().Id } };

    /// <summary>The PCI address in the guest; root port n leads to bus n.</summary>
    public string PciAddress => Bus == "pcie.0"
        ? $"0000:00:{Slot:x2}.0"
        : $"0000:{RootPort:x2}:{Slot:x2}.0";

    /// <summary>The number of its root port, which is also the slot's.</summary>
    public int RootPort => int.Parse(Bus[2..], CultureInfo.InvariantCulture);

    internal PhysicalAddress Address => PhysicalAddress.Parse(Mac);

    internal Dictionary<string, object> Device()
    {
        var device = new Dictionary<string, object>
        {
            ["driver"] = Model, ["id"] = Id, ["netdev"] = Id, ["mac"] = UplinkMac ?? Mac, ["bus"] = Bus, ["addr"] = $"{Slot:x}",
            ["romfile"] = "", // no PXE ROM: it would only slow the start
        };
        foreach (var (name, value) in Properties)
            device[name] = value;
        return device;
    }
}
