using System.Globalization;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>hn(4): the synthetic NICs of Hyper-V and their virtual functions (dev/hyperv/netvsc/if_hn.c).</summary>
internal sealed class HyperV(ModelKernel kernel)
{
    /// <summary>One hn interface, its VF, and whether the data path uses the VF.</summary>
    private sealed class Netvsc(int unit, Interface self)
    {
        public int Unit { get; } = unit;
        public Interface Self { get; } = self;
        public Interface? Vf { get; set; }
        public bool DataPathOnVf { get; set; }
    }

    private readonly List<Netvsc> _all = [];

    /// <summary>Console messages: refusals of a second VF.</summary>
    public List<string> Console { get; } = [];

    /// <summary>A synthetic NIC arrives. A VF that attached before it is never found.</summary>
    public Interface Plug(int unit, byte[] mac)
    {
        var self = kernel.Plug("hn" + unit.ToString(CultureInfo.InvariantCulture), mac);
        _all.Add(new Netvsc(unit, self));
        return self;
    }

    /// <summary>hn_ifnet_attevent: an Ethernet interface with the MAC of an hn is its VF, whatever created it.</summary>
    public void EthernetAttached(Interface newcomer)
    {
        if (newcomer.Type != Ift.Ether || newcomer.Name.StartsWith("lagg", StringComparison.Ordinal)
            || newcomer.Name.StartsWith("vlan", StringComparison.Ordinal)
            || _all.Find(n => n.Self.Mac.AsSpan().SequenceEqual(newcomer.Mac)) is not { } hn || hn.Self == newcomer)
            return;
        if (hn.Vf is null)
            hn.Vf = newcomer;
        else
            Console.Add($"{hn.Self.Name}: {hn.Vf.Name} was attached as VF");
    }

    /// <summary>hn_ifnet_detevent, and the hn's own departure.</summary>
    public void Departed(Interface leaving)
    {
        _all.RemoveAll(n => n.Self == leaving);
        foreach (var hn in _all.Where(n => n.Vf == leaving))
            hn.Vf = null;
    }

    /// <summary>IFNET_EVENT_UP: the data path moves to the VF, hn loses its link, then devd gets an event.</summary>
    public void WentUp(Interface vf) => Switch(vf, toVf: true);

    /// <summary>IFNET_EVENT_DOWN: the data path moves back, and hn checks its link again.</summary>
    public void WentDown(Interface vf) => Switch(vf, toVf: false);

    /// <summary>Handles the ifaddr event of a VF too.</summary>
    public void AddressChanged(Interface of)
    {
        if (of.IsUp)
            Switch(of, toVf: true);
    }

    /// <summary>Whether this is an hn whose VF carries its traffic.</summary>
    public bool VfCarriesTraffic(Interface of) => _all.Exists(n => n.Self == of && n.DataPathOnVf);

    /// <summary>hw.hn.* and dev.hn.N.*.</summary>
    public byte[]? Sysctl(string name)
    {
        if (!kernel.Profile.HyperVCompiledIn)
            return null;
        if (Sysctls.DeviceLeaf(name, "hn") is { } leaf)
            return _all.Find(n => n.Unit == leaf.Unit) is { } hn ? Device(hn, leaf.Leaf, name) : null;
        var pairs = _all.Where(n => n.Vf is not null).OrderBy(n => n.Vf!.Index).ToList();
        return name switch
        {
            "hw.hn.vf_transparent" => Sysctls.Integer(kernel.Profile.VfTransparent ? 1 : 0),
            "hw.hn.vf_xpnt_attwait" => Sysctls.Integer(2),
            "hw.hn.vf_xpnt_accbpf" => Sysctls.Integer(0),
            "hw.hn.vflist" => Sysctls.Text(string.Join(' ', pairs.Select(n => n.Vf!.Name))),
            "hw.hn.vfmap" => Sysctls.Text(string.Join(' ', pairs.Select(n => $"{n.Vf!.Name}:{n.Self.Name}"))),
            _ => throw kernel.Sysctls.Ask(name),
        };
    }

    private byte[]? Device(Netvsc hn, string leaf, string name) => leaf switch
    {
        "%desc" => Sysctls.Text("Hyper-V Network Interface"),
        "vf" => Sysctls.Text(hn.Vf?.Name ?? ""),
        "rxvf" => kernel.Profile.VfTransparent ? null : Sysctls.Text(hn.DataPathOnVf ? hn.Vf!.Name : ""),
        "vf_xpnt_enabled" => kernel.Profile.VfTransparent ? Sysctls.Integer(hn.Vf is null ? 0 : 1) : null,
        _ => throw kernel.Sysctls.Ask(name),
    };

    /// <summary>hn_rxvf_change: only a transition counts; in transparent mode nothing is sent at all.</summary>
    private void Switch(Interface vf, bool toVf)
    {
        if (kernel.Profile.VfTransparent || _all.Find(n => n.Vf == vf) is not { } hn || hn.DataPathOnVf == toVf)
            return;
        hn.DataPathOnVf = toVf;
        kernel.Link.SetCarrier(hn.Self, hn.Self.Carrier);
        kernel.Events.Notify("HYPERV_NIC_VF", hn.Self.Name, toVf ? "VF_UP" : "VF_DOWN");
    }
}
