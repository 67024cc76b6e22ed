using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.FreeBSD;
using HypervVfattach.FreeBSD.Abi;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Abi;

/// <summary>Recorded answers of kernels are decoded correctly; impossible answers are refused.</summary>
public class AnswerTests
{
    [Fact]
    public void The_end_of_the_recorded_vfup_is_read_as_it_was()
    {
        (List<InterfaceEntry> interfaces, List<AddressEntry> addresses) =
            InterfaceList.Read(Table(Recording.Newest, "vfup", "NET_RT_IFLISTL", "final state").Out);

        interfaces.Select(entry =>
                $"{entry.Index} {entry.Name} {HardwareAddress.From(entry.Address)} {entry.Type} {entry.LinkState} "
                + $"{entry.Mtu}")
            .ShouldBe(
            [
                "1 vtnet0 52:54:00:aa:bb:01 161 2 1500",
                "2 em0 52:54:00:aa:bb:01 161 2 1500",
                "3 lo0  24 0 16384",
                "4 lagg0 52:54:00:aa:bb:01 6 2 1500",
            ]);
        interfaces.ShouldAllBe(entry => entry.Name == "lo0" || entry.Flags.HasFlag(InterfaceFlags.Up));
        addresses.ShouldBe(
        [
            new AddressEntry(1, IPAddress.Parse("fe80::d41d:8cd9:8f00:b204"), 64, null, 0),
            new AddressEntry(4, IPAddress.Parse("192.0.2.10"), 24, IPAddress.Parse("192.0.2.255"), 0),
        ]);
    }

    [Fact]
    public void Addresses_come_in_the_order_in_which_they_were_added()
    {
        (_, List<AddressEntry> addresses) = InterfaceList.Read(
            Table(Recording.Newest, "epair/v4", "NET_RT_IFLISTL", "with addresses on lagg0").Out);

        addresses.Where(entry => entry.Index == 8).Select(entry => $"{entry.Local}/{entry.PrefixLength} {entry.Other}")
            .ShouldBe(
            [
                "192.0.2.10/24 192.0.2.255",
                "192.0.2.11/32 192.0.2.11",
                "192.0.2.12/24 192.0.2.255",
                "198.51.100.5/24 198.51.100.255",
                "0.0.0.0/8 0.255.255.255",
            ]);
    }

    [Fact]
    public void Routes_are_read_with_their_makers()
    {
        List<RouteEntry> routes =
            RouteMessage.ReadDump(Table(Recording.Newest, "vfup", "NET_RT_DUMP(AF_INET)", "final state").Out);

        routes.Select(entry => Routes.ToModel(entry, 0, entry.Index == 3 ? 16384u : 1500u))
            .Select(route => $"{route.Destination}/{route.DestinationLength} via {route.Legs[0].Gateway} "
                + $"link {route.Legs[0].Link} proto {route.Protocol} extra '{route.Extra}'")
            .ShouldBe(
            [
                "0.0.0.0/0 via 192.0.2.1 link 4 proto 4 extra ''",
                "192.0.2.0/24 via  link 4 proto 2 extra ''",
                "192.0.2.10/32 via  link 3 proto 2 extra ''",
            ]);
    }

    [Fact]
    public void A_scope_does_not_hide_in_a_link_local_address()
    {
        List<RouteEntry> routes =
            RouteMessage.ReadDump(Table(Recording.Newest, "vfup", "NET_RT_DUMP(AF_INET6)", "final state").Out);

        routes[0].Destination.ShouldBe(IPAddress.Parse("fe80::"));
        routes[0].PrefixLength.ShouldBe((byte)64);
        // As in events and in the answers of ioctls: embedded in the second 16 bits.
        byte[] embedded = [28, 28, 0, 0, 0, 0, 0, 0, 0xfe, 0x80, 0, 4, .. new byte[11], 1, 0, 0, 0, 0];
        Sockaddr.Read(embedded).ShouldBe(IPAddress.Parse("fe80::1"));
    }

    [Fact]
    public void Two_ways_to_one_destination_are_two_routes()
    {
        List<RouteEntry> routes =
            RouteMessage.ReadDump(Table(Recording.Newest, "epair/route", "NET_RT_DUMP(AF_INET)", "with default").Out);

        routes.Where(route => route.PrefixLength == 0).Select(route => route.Gateway).ShouldBe(
            [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2")], ignoreOrder: true);
    }

    [Fact]
    public void Every_recorded_table_is_understood_to_its_end()
    {
        foreach (RecordedCall call in Recording.Calls.Where(call => call.Call == "__sysctl" && call.Out.Length > 0))
        {
            if (call.Name == "NET_RT_IFLISTL")
            {
                (List<InterfaceEntry> interfaces, List<AddressEntry> addresses) = InterfaceList.Read(call.Out);
                interfaces.ShouldContain(entry => entry.Name == "lo0", call.ToString());
                addresses.ShouldAllBe(entry => interfaces.Any(i => i.Index == entry.Index));
            }
            else if (call.Name.StartsWith("NET_RT_DUMP", StringComparison.Ordinal))
            {
                RouteMessage.ReadDump(call.Out).ShouldNotBeEmpty(call.ToString());
            }
        }
    }

    [Fact]
    public void Every_recorded_event_is_understood_to_its_end()
    {
        int seen = 0;
        foreach (RecordedCall call in Recording.Calls.Where(call => call.Call == "event:route"))
        {
            var messages = new RoutingMessages(call.Out);
            messages.Next(out _, out ReadOnlySpan<byte> message).ShouldBeTrue();
            message.Length.ShouldBe(call.Out.Length);
            messages.Next(out _, out _).ShouldBeFalse();
            seen++;
        }
        seen.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void Garbage_is_refused_and_never_a_crash()
    {
        var random = new Random(20261121);
        RecordedCall[] tables =
        [
            Table(Recording.Newest, "epair/v4", "NET_RT_IFLISTL", "with addresses on lagg0"),
            Table(Recording.Newest, "epair/v4", "NET_RT_DUMP(AF_INET)", "with addresses on lagg0"),
            Table(Recording.Newest, "vfup", "NET_RT_DUMP(AF_INET6)", "final state"),
        ];
        foreach (RecordedCall table in tables)
        {
            for (int length = 0; length < table.Out.Length; length++)
                Parse(table.Out[..length]);
            for (int i = 0; i < 5000; i++)
            {
                byte[] bytes = [.. table.Out];
                for (int flips = random.Next(1, 4); flips > 0; flips--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                Parse(bytes);
            }
        }

        static void Parse(byte[] bytes)
        {
            try
            {
                InterfaceList.Read(bytes);
                RouteMessage.ReadDump(bytes);
            }
            catch (SystemRefusal refusal)
            {
                refusal.Message.ShouldContain("understand");
            }
        }
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(1, 8)]
    [InlineData(7, 8)]
    [InlineData(8, 8)]
    [InlineData(16, 16)]
    [InlineData(28, 32)]
    [InlineData(54, 56)]
    public void Sockaddrs_are_rounded_to_a_long(int length, int rounded) =>
        Sockaddr.Rounded(length).ShouldBe(rounded);

    [Theory]
    [InlineData("0000000000000000", 0)] // as in route(8) for the default route
    [InlineData("", 0)]
    [InlineData("07020000ffffff00", 24)] // cut after its last byte
    [InlineData("0502ffff80", 1)] // the bytes of the port do not belong to the mask
    [InlineData("10020000fffffe000000000000000000", 23)]
    public void A_cut_netmask_is_read(string hex, byte length) =>
        Sockaddr.ReadMask(Convert.FromHexString(hex), six: false).ShouldBe(length);

    [Fact]
    public void A_netmask_with_holes_is_refused() => Should.Throw<SystemRefusal>(
        () => Sockaddr.ReadMask(Convert.FromHexString("10020000ff00ff000000000000000000"), six: false));

    [Fact]
    public void Recorded_sysctls_are_read_as_they_are()
    {
        foreach (RecordedCall call in Recording.Calls.Where(
                     call => call.Call == "__sysctlbyname" && call.Errno == 0 && call.Out.Length > 0))
        {
            var kernel = new ScriptedKernel { Values = { [call.Name] = call.Out } };
            if (call.Name is "kern.osreldate" or "hw.hn.vf_transparent" or "net.link.lagg.failover_rx_all")
                new Sysctls(kernel).Int(call.Name).ShouldBe(BitConverter.ToInt32(call.Out), call.ToString());
            else if (call.Out[^1] == 0 && call.Out.Length > 4)
                new Sysctls(kernel).String(call.Name).ShouldBe(
                    System.Text.Encoding.ASCII.GetString(call.Out[..^1]), call.ToString());
        }
    }

    [Fact]
    public void Missing_sysctls_are_an_expected_outcome()
    {
        var sysctls = new Sysctls(new ScriptedKernel());
        sysctls.VfTransparent().ShouldBeNull();
        sysctls.VfList().ShouldBeNull();
        sysctls.VfMap().ShouldBeNull();
        sysctls.VfOf(0).ShouldBeNull();
        sysctls.DriverName(1).ShouldBeNull();
    }

    [Fact]
    public void Lists_of_VFs_are_split_at_their_spaces()
    {
        var kernel = new ScriptedKernel
        {
            Values =
            {
                ["hw.hn.vflist"] = "mce0 mce1\0"u8.ToArray(),
                ["hw.hn.vfmap"] = "mce0:hn0 mce1:hn1\0"u8.ToArray(),
            },
        };
        new Sysctls(kernel).VfList()!.Value.ShouldBe(["mce0", "mce1"]);
        new Sysctls(kernel).VfMap()!.Value.ShouldBe([("mce0", "hn0"), ("mce1", "hn1")]);
        kernel.Values["hw.hn.vflist"] = [0];
        kernel.Values["hw.hn.vfmap"] = [0];
        new Sysctls(kernel).VfList()!.Value.ShouldBeEmpty();
        new Sysctls(kernel).VfMap()!.Value.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("hw.hn.vflist", "")] // not even a NUL
    [InlineData("hw.hn.vflist", "6d636530")] // no NUL
    [InlineData("hw.hn.vflist", "6d00636500")] // a NUL in its middle
    [InlineData("hw.hn.vfmap", "6d63653000")] // no pair
    [InlineData("hw.hn.vfmap", "3a686e3000")] // no VF
    [InlineData("hw.hn.vf_transparent", "01")]
    [InlineData("hw.hn.vf_transparent", "")]
    [InlineData("hw.hn.vf_transparent", "0100000000000000")]
    public void A_sysctl_of_another_size_or_type_is_refused_by_name(string name, string hex)
    {
        var kernel = new ScriptedKernel { Values = { [name] = Convert.FromHexString(hex) } };
        var sysctls = new Sysctls(kernel);
        SystemRefusal refusal = Should.Throw<SystemRefusal>(() =>
        {
            switch (name)
            {
                case "hw.hn.vflist":
                    sysctls.VfList();
                    break;
                case "hw.hn.vfmap":
                    sysctls.VfMap();
                    break;
                default:
                    sysctls.VfTransparent();
                    break;
            }
        });
        refusal.Message.ShouldStartWith($"sysctl {name}: read");
    }

    [Fact]
    public void A_long_list_is_read_in_a_larger_buffer()
    {
        string list = string.Join(' ', Enumerable.Range(0, 500).Select(i => $"mce{i}"));
        var kernel = new ScriptedKernel
        {
            Values = { ["hw.hn.vflist"] = System.Text.Encoding.ASCII.GetBytes(list + "\0") },
        };
        new Sysctls(kernel).VfList()!.Value.Length.ShouldBe(500);
    }

    [Fact]
    public void A_name_without_its_NUL_or_too_long_for_one_is_refused()
    {
        Should.Throw<SystemRefusal>(() => Field.Text("sixteen-bytes-xx"u8));
        Should.Throw<SystemRefusal>(() => Field.SetName(new byte[16], "sixteen-bytes-xx"));
        Should.Throw<SystemRefusal>(() => Field.SetName(new byte[16], "a\0b"));
    }

    private static RecordedCall Table(string kernel, string step, string name, string note) =>
        Recording.Calls.Single(call => call.Kernel == kernel && call.Step == step && call.Name == name
            && call.Note == note && call.Out.Length > 0);
}
