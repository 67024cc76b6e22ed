using HypervVfattach.Tests.Unit.FreeBSD.Model;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;
using HypervVfattach.Tests.Unit.FreeBSD.Replay;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD;

/// <summary>Rules that are in no recording: hn(4), NICs that come and go, lost links, jails.</summary>
public class ModelKernelTests
{
    private static readonly byte[] s_mac = [0x00, 0x15, 0x5d, 0x01, 0x02, 0x03];

    /// <summary>A Hyper-V guest with one synthetic NIC, configured and up.</summary>
    private static ModelKernel Guest(KernelProfile profile)
    {
        var kernel = new ModelKernel(profile.WithoutTransparentVf());
        kernel.PlugLoopback();
        var hn = kernel.HyperV.Plug(0, s_mac);
        kernel.Link.SetFlags(hn, hn.Flags | Iff.Up);
        kernel.Inet.Add(hn, new InterfaceAddress(Ip.Parse("10.0.0.4"), 24) { Broadcast = Ip.Parse("10.0.0.255") });
        kernel.Events.Clear();
        return kernel;
    }

    private static string Text(ModelKernel kernel, string name)
    {
        var value = new byte[256];
        var length = kernel.SysctlByName(name, value);
        length.ShouldBePositive(name);
        value[length - 1].ShouldBe((byte)0);
        return System.Text.Encoding.ASCII.GetString(value, 0, length - 1);
    }

    private static void Flag(ModelKernel kernel, string name, bool up)
    {
        var of = kernel.Interfaces[name];
        kernel.Link.SetFlags(of, up ? of.Flags | Iff.Up : of.Flags & ~Iff.Up);
    }

    [Fact]
    public void A_VF_is_listed_before_devd_hears_of_it_and_only_by_its_MAC()
    {
        var kernel = Guest(KernelProfile.Level15Module);
        kernel.Plug("mce1", [0, 1, 2, 3, 4, 5]);
        kernel.Plug("mce0", s_mac);

        kernel.Events.Devctl[^1].ShouldBe("!system=ETHERNET subsystem=mce0 type=IFATTACH");
        Text(kernel, "hw.hn.vflist").ShouldBe("mce0");
        Text(kernel, "hw.hn.vfmap").ShouldBe("mce0:hn0");
        Text(kernel, "dev.hn.0.vf").ShouldBe("mce0");
        Text(kernel, "dev.hn.0.rxvf").ShouldBe("");
        kernel.SysctlByName("dev.hn.1.vf", new byte[8]).ShouldBe(-Errno.ENOENT);
    }

    [Fact]
    public void A_VF_that_attached_before_its_hn_is_never_found_and_a_second_one_is_refused()
    {
        var kernel = new ModelKernel(KernelProfile.Level15Module.WithoutTransparentVf());
        kernel.Plug("mce0", s_mac);
        kernel.HyperV.Plug(0, s_mac);
        Text(kernel, "hw.hn.vflist").ShouldBe("");

        kernel.Plug("mce1", s_mac);
        kernel.Plug("mce2", s_mac);
        Text(kernel, "hw.hn.vflist").ShouldBe("mce1");
        kernel.HyperV.Console.ShouldBe(["hn0: mce1 was attached as VF"]);
    }

    [Fact]
    public void VF_up_moves_the_data_path_and_takes_the_synthetic_link_down()
    {
        var kernel = Guest(KernelProfile.Current14);
        kernel.Plug("mce0", s_mac);
        kernel.Events.Clear();
        Flag(kernel, "mce0", up: true);

        kernel.Events.Devctl.ShouldBe([
            "!system=IFNET subsystem=mce0 type=LINK_UP",
            "!system=IFNET subsystem=hn0 type=LINK_DOWN",
            "!system=HYPERV_NIC_VF subsystem=hn0 type=VF_UP",
        ]);
        Text(kernel, "dev.hn.0.rxvf").ShouldBe("mce0");
        kernel.Events.Clear();

        kernel.Unplug("mce0");
        kernel.Events.Devctl.ShouldBe([
            "!system=IFNET subsystem=hn0 type=LINK_UP",
            "!system=HYPERV_NIC_VF subsystem=hn0 type=VF_DOWN",
            "!system=IFNET subsystem=mce0 type=DETACH",
        ]);
        Text(kernel, "hw.hn.vflist").ShouldBe("");
    }

    [Fact]
    public void In_transparent_mode_no_event_is_sent()
    {
        var kernel = new ModelKernel(KernelProfile.Level15Module);
        kernel.HyperV.Plug(0, s_mac);
        kernel.Plug("mce0", s_mac);
        Flag(kernel, "mce0", up: true);

        kernel.Events.Devctl.ShouldNotContain(e => e.Contains("HYPERV_NIC_VF", StringComparison.Ordinal));
        kernel.SysctlByName("dev.hn.0.rxvf", new byte[64]).ShouldBe(-Errno.ENOENT);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Traffic_follows_the_VF_in_a_lagg_and_comes_back(bool portsFollow)
    {
        var kernel = Guest(portsFollow ? KernelProfile.Level15 : KernelProfile.Current14);
        kernel.Cloners.Create("lagg0").Errno.ShouldBe(0);
        var lagg = kernel.Interfaces["lagg0"].Lagg!;
        lagg.Add(kernel.Interfaces["hn0"]).ShouldBe(0);
        kernel.Plug("mce0", s_mac);
        lagg.Add(kernel.Interfaces["mce0"]).ShouldBe(0);
        Flag(kernel, "lagg0", up: true);
        kernel.Interfaces["mce0"].IsUp.ShouldBe(portsFollow);
        Flag(kernel, "mce0", up: true);

        lagg.Primary!.Name.ShouldBe("hn0");
        lagg.Transmitting!.Name.ShouldBe("mce0");

        kernel.Unplug("mce0");
        lagg.Transmitting!.Name.ShouldBe("hn0");
        lagg.Ports.Select(p => p.Name).ShouldBe(["hn0"]);

        kernel.Link.SetCarrier(kernel.Interfaces["hn0"], carrier: false);
        lagg.Transmitting.ShouldBeNull();
        kernel.Interfaces["lagg0"].LinkState.ShouldBe(LinkState.Down);
    }

    [Fact]
    public void A_hot_plugged_NIC_is_an_interface_before_it_is_a_device()
    {
        var kernel = new ModelKernel(KernelProfile.Level15);
        kernel.Plug("em1", s_mac, location: "slot=0 function=0 on pci1");
        kernel.Events.Devctl.ShouldBe([
            "!system=IFNET subsystem=em1 type=ATTACH",
            "!system=ETHERNET subsystem=em1 type=IFATTACH",
            "+em1 at slot=0 function=0 on pci1",
        ]);
    }

    [Fact]
    public void Real_ifconfig_ran_by_ioctl_gets_the_same_errnos()
    {
        IfconfigRuns.ByIoctl("ifconfig lagg0 laggport em0").Requests.ShouldBe([$"SIOCSLAGGPORT={Errno.EEXIST}"]);
        IfconfigRuns.ByIoctl("ifconfig lagg0 inet 192.0.2.10/24").Requests
            .ShouldBe([$"SIOCDIFADDR={Errno.EADDRNOTAVAIL}", "SIOCAIFADDR"]);
        IfconfigRuns.All.Where(r => r.Command == "ifconfig lagg0 -alias").Select(r => (r.OverNetlink, r.Exit))
            .ShouldBe([(true, 0), (true, 0), (false, 0), (false, 1)]);
    }

    [Fact]
    public void Unplugging_a_NIC_takes_its_addresses_and_routes_along()
    {
        var kernel = Guest(KernelProfile.Level15);
        kernel.Routes.All.Count.ShouldBe(2);
        kernel.Unplug("hn0");
        kernel.Routes.All.ShouldBeEmpty();
        kernel.Interfaces.Find("hn0").ShouldBeNull();
    }

    [Fact]
    public void A_port_that_refuses_the_MTU_takes_back_the_others()
    {
        var kernel = new ModelKernel(KernelProfile.Level15);
        kernel.Cloners.Create("lagg0");
        var lagg = kernel.Interfaces["lagg0"];
        lagg.Lagg!.Add(kernel.Plug("a0", s_mac));
        lagg.Lagg.Add(kernel.Plug("b0", s_mac, new DriverTraits { MaxMtu = 1500 })).ShouldBe(0);

        kernel.Link.SetMtu(lagg, 9000).ShouldBe(Errno.EINVAL);
        kernel.Interfaces["a0"].Mtu.ShouldBe(1500);
        kernel.Link.SetMtu(lagg, 1400).ShouldBe(0);
        kernel.Interfaces["b0"].Mtu.ShouldBe(1400);
    }

    [Fact]
    public void A_lagg_holds_32_ports()
    {
        var kernel = new ModelKernel(KernelProfile.Level15);
        kernel.Cloners.Create("lagg0");
        var lagg = kernel.Interfaces["lagg0"].Lagg!;
        for (var i = 0; i < LaggAbi.MaxPorts; i++)
            lagg.Add(kernel.Plug($"nic{i}", s_mac)).ShouldBe(0);
        lagg.Add(kernel.Plug("nic32", s_mac)).ShouldBe(Errno.ENOSPC);
    }

    [Fact]
    public void A_jail_or_a_securelevel_forbids_the_module()
    {
        var kernel = new ModelKernel(KernelProfile.Level15Module) { IsJailed = true };
        kernel.KldLoad("if_lagg").ShouldBe(-Errno.EPERM);

        kernel = new ModelKernel(KernelProfile.Level15Module) { SecureLevel = 1 };
        kernel.KldLoad("if_lagg").ShouldBe(-Errno.EPERM);
        kernel.ModFind("if_lagg").ShouldBe(-Errno.ENOENT);
    }

    [Fact]
    public void A_test_can_refuse_any_call_and_change_the_machine_before_it()
    {
        var kernel = Guest(KernelProfile.Level15);
        kernel.Plug("mce0", s_mac);
        kernel.Before = call =>
        {
            if (call.StartsWith("SIOCSIFFLAGS", StringComparison.Ordinal))
                kernel.Unplug("mce0");
            return call == "SIOCIFCREATE2 lagg0" ? Errno.ENOSPC : 0;
        };
        var socket = kernel.Socket(Af.Inet, 2, 0);
        var request = new byte[32];
        Bytes.CopyName(request, 0, "lagg0");
        kernel.Ioctl(socket, Requests.SIOCIFCREATE2, request).ShouldBe(-Errno.ENOSPC);
        Bytes.CopyName(request, 0, "mce0");
        kernel.Ioctl(socket, Requests.SIOCSIFFLAGS, request).ShouldBe(-Errno.ENXIO);
        kernel.Calls.ShouldBe(["SIOCIFCREATE2 lagg0 = 28", "SIOCSIFFLAGS mce0 = 6"]);
    }
}
