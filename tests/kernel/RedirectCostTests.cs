using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Bpf;
using HypervVfattach.Linux.Netlink;
using Microsoft.Win32.SafeHandles;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The cost of sending a packet on each path, side by side: the fastest of many short rounds that take turns.</summary>
public class RedirectCostTests(ITestOutputHelper output) : KernelTest
{
    private const int Rounds = 300, PacketsARound = 500;

    private static readonly HardwareAddress s_mac = new("02:15:5d:00:00:01");

    [Fact]
    public void The_copy_costs_less_than_half_of_what_sending_costs()
    {
        string? refusal = BpfRefusal();
        Assert.SkipWhen(refusal is not null, refusal ?? "");
        Veths(("syn", "syn1"), ("vfn", "vfn1"));
        Ip([$"link set syn address {s_mac}", $"link set vfn address {s_mac}"]);
        MovedToPeer("syn1", "vfn1").Ip("link set syn1 up", "link set vfn1 up");
        Settle("syn", "vfn");
        Ip(["address add 10.9.9.2/24 dev syn", "neigh add 10.9.9.1 lladdr 02:15:5d:00:00:fe dev syn nud permanent"]);
        int syn = Index("syn"), vf = Index("vfn");
        using var link = new NetlinkSocket();
        using SafeFileHandle plainRedirect = BpfSystemCall.Load(
            [Instruction.Set(1, vf), Instruction.Set(2, 0), Instruction.Call(RedirectPrograms.RedirectTo), Instruction.Exit()]);

        (string Name, Action Begin)[] paths =
        [
            ("synthetic, without a filter", () => Backend.Apply([new DetachFilters(syn), new RemoveClsact(syn)], 0, repeat: true)),
            ("synthetic, the map empty", () => Backend.Apply([new AddClsact(syn), new AttachEgress(syn, s_mac)], 0, repeat: false)),
            ("VF, a copy (clone_redirect)", () => Backend.Apply([new SwitchPath(syn, vf)], 0, repeat: false)),
            ("VF, the packet itself (redirect)", () =>
            {
                var writer = new MessageWriter([]);
                ClassifierCodec.WriteAttach(ref writer, syn, Hook.Egress, (int)plainRedirect.DangerousGetHandle());
                link.Send(writer.Written)[0].Errno.ShouldBe(0);
            }),
        ];
        double[] best = [.. paths.Select(_ => double.MaxValue)];
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(IPAddress.Parse("10.9.9.1"), 9);
        byte[] payload = new byte[64];
        for (int turn = 0; turn < 6; turn++)
        {
            for (int path = 0; path < paths.Length; path++)
            {
                paths[path].Begin();
                for (int round = 0; round < Rounds / 6; round++)
                    best[path] = Math.Min(best[path], Round(socket, payload));
            }
        }
        for (int path = 0; path < paths.Length; path++)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{paths[path].Name,-34} {best[path] / best[0]:0.00} of {paths[0].Name}"));
        }
        // A busy machine makes each path with a filter slower, in relation to the one without. The copy is what the last two differ in.
        ((best[2] - best[3]) / best[0]).ShouldBeLessThan(0.5);
        (best[3] / best[0]).ShouldBeLessThan(1.5);
    }

    private static double Round(Socket socket, byte[] payload)
    {
        long start = Stopwatch.GetTimestamp();
        for (int packet = 0; packet < PacketsARound; packet++)
            socket.Send(payload);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }
}
