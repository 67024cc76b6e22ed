using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Posix;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>What <c>status</c> shows at a terminal, a sample for every state; hyperv-vfattach-status(7) has the same samples.</summary>
public class StatusSamplesTests
{
    private const string Azure = """
        kernel 6.8.0
        2: eth0 00:0d:3a:77:00:00 up device vmbus hv_netvsc
        3: enP1s1 00:0d:3a:77:00:00 up slave master 2 device pci mlx5_core
        """;

    private const string Kvm = """
        kernel 6.1.0
        2: enp1s0 52:54:00:00:00:01 up device virtio virtio_net
        3: enp7s0 52:54:00:00:00:01 device pci iavf
        address 2 192.0.2.2/24
        route 2 default proto static
        """;

    private const string Longest = """
        kernel 6.8.0
        2: synthetic-nic-0 00:0d:3a:77:00:00 slave up master 4 port bond device vmbus a_driver_of_some_length
        3: virtual-functio 00:0d:3a:77:00:00 slave up master 4 port bond device pci a-driver-of-some-length
        4: bond-synthetic0 00:0d:3a:77:00:00 up kind bond
        """;

    /// <summary>The states, each with its world.</summary>
    internal static IEnumerable<(string Title, TestWorld World)> All()
    {
        yield return ("the kernel joined the pair, and the VF carries the traffic", Passing(Of(Azure), vfSent: 211, vfReceived: 197, ownSent: 0, ownReceived: 4));
        yield return ("the host has not switched the data path", Passing(Of(Azure), vfSent: 0, vfReceived: 0, ownSent: 80, ownReceived: 91));
        yield return ("the two directions take different paths", Passing(Of(Azure), vfSent: 80, vfReceived: 0, ownSent: 0, ownReceived: 91));
        yield return ("the VF is switched off", Passing(Of(Azure.Replace("00 up slave", "00 slave")), 0, 0, 80, 91));
        yield return ("the VF has no carrier", Passing(Of(Azure, link => link.Index == 3 ? link with { Carrier = false } : link), 80, 0, 0, 0));
        yield return ("the VF has addresses of its own", Passing(Of(Azure + "\naddress 3 10.0.0.5/24"), 80, 91, 0, 0));
        yield return ("there is no VF", Of(Azure.Split("\n3:")[0]));
        TestWorld undriven = Of(Azure.Split("\n3:")[0]);
        undriven.System.Now = undriven.System.Now with { IdleNics = [new IdleNic("0001:00:02.0", "15b3:1016", null) { Module = "mlx5_core", HasModule = true }] };
        yield return ("the VF has no driver", undriven);
        yield return ("the kernel did not join the pair", Of(Azure.Replace("up slave master 2 ", "")));
        yield return ("the NIC is disconnected", Of(Azure.Replace(" up ", " ")
            .Replace("00 device vmbus", "00 up device vmbus"), link => link with { Carrier = false }));
        TestWorld lone = Of(Azure.Replace("2: eth0 00:0d:3a:77:00:00 up device vmbus hv_netvsc\n", "").Replace("slave master 2 ", "").Replace("mlx5_core", "mana"),
            link => link with
            {
                Device = link.Device! with { Path = "LNXSYSTM:00/VMBUS:00/7ad35d50-c05b-47ab-b3a0-56a9a845852b/pci7870:00/7870:00:00.0" },
            });
        yield return ("there is no synthetic NIC", lone);
        yield return ("net_failover, and the VF is away", Of("""
            kernel 6.1.0
            2: ens3 52:54:00:00:00:01 up device virtio virtio_net
            3: ens3nsby 52:54:00:00:00:01 up master 2 device virtio virtio_net
            """));
        yield return ("not joined yet", Of(Kvm));
        TestWorld bond = Of(Kvm);
        bond.Run("enp7s0", "0", "--foreground");
        bond.System.Set(3, link => link with { Carrier = true, Flags = link.Flags | LinkFlags.Up });
        yield return ("joined in a bond", Passing(bond, 2, 3, vfSent: 90, vfReceived: 110, ownSent: 0, ownReceived: 0));
        TestWorld without = Of(Kvm);
        without.Run("enp7s0", "0", "--foreground");
        without.System.Remove(3);
        without.System.Now = without.System.Now with
        {
            Links = [.. without.System.Now.Links.Select(link => link.Kind == "bond" ? link with { Bond = new BondState(1, 2, 0) } : link)],
        };
        yield return ("joined in a bond, and the VF is away", without);
        TestWorld redirect = Of(Kvm);
        redirect.Settings = redirect.Settings with { Join = JoinKind.Redirect };
        redirect.Run("enp7s0", "0", "--foreground");
        redirect.System.Set(3, link => link with { Carrier = true });
        yield return ("redirected", Passing(redirect, 2, 3, vfSent: 90, vfReceived: 110, ownSent: 0, ownReceived: 0));
        TestWorld optedOut = Of(Kvm);
        optedOut.Settings = optedOut.Settings with { Join = JoinKind.None };
        yield return ("opted out", optedOut);
        yield return ("in another program's bond", Of("""
            kernel 6.1.0
            2: enp1s0 52:54:00:00:00:01 slave up master 7 port bond device virtio virtio_net
            3: enp7s0 52:54:00:00:00:01 slave up master 7 port bond device pci iavf
            7: uplink 52:54:00:00:00:01 up kind bond
            """, link => link.Index == 7 ? link with { Bond = new BondState(1, 3, 3) } : link));
        TestWorld apart = Of(Kvm);
        apart.Run("enp7s0", "0", "--foreground");
        apart.System.Now = apart.System.Now with
        {
            Links = [.. apart.System.Now.Links.Where(link => link.Kind != "bond").Select(link => link with { Master = 0, PortKind = null, Flags = LinkFlags.None })],
        };
        yield return ("taken apart", apart);
        TestWorld killed = Of(Kvm);
        // Killed for good: all that runs after the fault is killed as well.
        killed.System.Disappoints = _ =>
        {
            killed.System.KillAt = killed.System.Moments;
            throw new KilledException();
        };
        try
        {
            killed.Run("enp7s0", "0", "--foreground");
        }
        catch (KilledException)
        {
        }
        killed.System.KillAt = null;
        yield return ("unfinished", killed);
        TestWorld damaged = Of(Kvm);
        damaged.Run("enp7s0", "0", "--foreground");
        string journal = Directory.GetFiles(damaged.Journals.Directory, "*.journal").Single();
        File.WriteAllText(journal, File.ReadAllText(journal)[10..]);
        // The length of the directory's name differs from machine to machine, and so would the breaks.
        damaged.Terminal = null;
        yield return ("the journal is damaged", damaged);
    }

    [Fact]
    public void At_80_columns()
    {
        string text = "";
        foreach ((string title, TestWorld world) in All())
        {
            using (world)
                text += $"({title})\n{world.Run("status")}\n";
        }
        foreach (string line in text[..text.IndexOf("(the journal is damaged)", StringComparison.Ordinal)].Split('\n'))
            line.Length.ShouldBeLessThanOrEqualTo(80, line);
        text.ShouldBeApproved();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(39)]
    [InlineData(60)]
    [InlineData(132)]
    public void No_line_is_wider_than_the_terminal_and_no_word_is_lost(int columns)
    {
        foreach (((string title, TestWorld whole), (_, TestWorld narrow)) in All().Append(("the longest names", OfLongest())).Zip(All().Append(("", OfLongest()))))
        {
            using (whole)
            using (narrow)
            {
                whole.Terminal = null;
                narrow.Terminal = new Terminal(columns, 24);
                string expected = whole.Run("status"), text = narrow.Run("status");
                foreach (string line in text.Split('\n')[1..^2])
                    line.Length.ShouldBeLessThanOrEqualTo(Math.Max(columns, "[degraded]".Length), $"{title}: {line}");
                if (columns >= 20 && expected.Contains("carried by", StringComparison.Ordinal) && !expected.Contains("journal damaged", StringComparison.Ordinal))
                    Labelled(text).ShouldBe(Labelled(expected), title);
            }
        }

        // All below the picture, which a narrow terminal lacks, whatever the breaks.
        static string Labelled(string text) =>
            string.Concat(text.Where(c => c is not (' ' or '\n'))) is var all
                ? all[Math.Max(0, all.IndexOf("carriedby", StringComparison.Ordinal))..] : "";
    }

    [Fact]
    public void At_20_columns()
    {
        using TestWorld world = Of(Azure.Split("\n3:")[0]);
        world.Terminal = new Terminal(20, 24);
        using TestWorld longest = OfLongest();
        string text = world.Run("status") + longest.Run("status");
        longest.Terminal = new Terminal(80, 24);
        (text + longest.Run("status")).ShouldBeApproved();
    }

    [Fact]
    public void Only_a_terminal_has_colours()
    {
        using TestWorld world = Passing(Of(Azure), 80, 91, 0, 0);
        string coloured = world.Run("status");
        coloured.ShouldNotContain("\e");
        world.Variables.Clear();
        coloured = world.Run("status");
        coloured.ShouldContain("\e[32m[healthy]\e[0m\n");
        coloured.ShouldContain("\e[1m           +====> enP1s1  VF");
        world.Variables["NO_COLOR"] = "";
        world.Run("status").ShouldBe(coloured);
        world.Variables["NO_COLOR"] = "1";
        world.Run("status").ShouldNotContain("\e");
        world.Variables.Clear();
        world.Variables["TERM"] = "dumb";
        world.Run("status").ShouldNotContain("\e");
        world.Variables.Clear();
        world.Terminal = null;
        world.Run("status").ShouldNotContain("\e");
    }

    [Fact]
    public void Only_the_NICs_of_pairs_are_asked()
    {
        using TestWorld world = Of(Kvm + string.Concat(Enumerable.Range(10, 50).Select(i => $"\n{i}: nic{i} 02:00:00:00:00:{i} up device pci e1000e")));
        world.Run("status");
        world.System.AskedDrivers.Distinct().ShouldBe(["enp1s0", "enp7s0"]);
    }

    private static TestWorld OfLongest()
    {
        TestWorld world = Of(Longest);
        world.Settings = world.Settings with { SyntheticDrivers = ["a_driver_of_some_length"] };
        return world;
    }

    private static TestWorld Of(string host, Func<Link, Link>? change = null)
    {
        Snapshot parsed = Fixtures.Parse(host);
        if (change is not null)
            parsed = parsed with { Links = [.. parsed.Links.Select(change)] };
        var world = new TestWorld(parsed) { Terminal = new Terminal(80, 24) };
        world.Variables["NO_COLOR"] = "1";
        if (parsed.Find(3) is { Carrier: true } || host == Kvm)
            world.System.Drivers[3] = new NicFacts(50_000, null);
        if (!host.Contains("virtio", StringComparison.Ordinal))
            world.System.Drivers[2] = new NicFacts(50_000, null);
        return world;
    }

    // hv_netvsc counts what goes through its VF, too.
    private static TestWorld Passing(TestWorld world, uint vfSent, uint vfReceived, uint ownSent, uint ownReceived)
    {
        world.System.Set(2, link => link with { ReceivedPackets = 90410, SentPackets = 80230, VfTraffic = new VfTraffic(88349, 79200) });
        world.System.Set(3, link => link with { ReceivedPackets = 88349, SentPackets = 79200 });
        world.Meanwhile = () => world.System.Set(2, link => link with
        {
            ReceivedPackets = link.ReceivedPackets + vfReceived + ownReceived,
            SentPackets = link.SentPackets + vfSent + ownSent,
            VfTraffic = new VfTraffic(link.VfTraffic!.Value.Received + vfReceived, link.VfTraffic.Value.Sent + vfSent),
        });
        return world;
    }

    // Where each interface counts its own.
    private static TestWorld Passing(TestWorld world, int synthetic, int vf, uint vfSent, uint vfReceived, uint ownSent, uint ownReceived)
    {
        world.Meanwhile = () =>
        {
            world.System.Set(synthetic, link => link with { ReceivedPackets = link.ReceivedPackets + ownReceived, SentPackets = link.SentPackets + ownSent });
            world.System.Set(vf, link => link with { ReceivedPackets = link.ReceivedPackets + vfReceived, SentPackets = link.SentPackets + vfSent });
        };
        return world;
    }
}
