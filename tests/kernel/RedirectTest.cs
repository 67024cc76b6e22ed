using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Two interfaces with one address, whose wires end in a bridge of another namespace. It sends to where it last saw the address, as
/// the host's switch does, and floods broadcasts to both.</summary>
public abstract class RedirectTest : KernelTest
{
    private static readonly string? s_refusal = BpfRefusal();

    /// <summary>Makes the interfaces, and switches the synthetic NIC on.</summary>
    protected RedirectTest()
    {
        Assert.SkipWhen(s_refusal is not null, s_refusal ?? "");
        Ip([
            "link add syn type veth peer name syn1", $"link set syn address {Mac} addrgenmode none",
            "link add vf0 type veth peer name vf1", $"link set vf0 address {Mac} addrgenmode none",
        ]);
        Host = MovedToPeer("syn1", "vf1");
        Host.Ip("link add br0 address 02:15:5d:00:00:fe type bridge", "link set syn1 master br0 up", "link set vf1 master br0 up",
            "address add 10.9.9.1/24 dev br0", "link set br0 up");
        Ip(["address add 10.9.9.2/24 dev syn", "link set syn up"]);
        Settle("syn");
        Synthetic = Index("syn");
        Vf = Index("vf0");
    }

    internal static HardwareAddress Mac { get; } = new("02:15:5d:00:00:01");

    /// <summary>The namespace of the bridge.</summary>
    protected Peer Host { get; }

    /// <summary>Index of the synthetic NIC, "syn".</summary>
    protected int Synthetic { get; }

    /// <summary>Index of the VF, "vf0".</summary>
    protected int Vf { get; }

    /// <summary>Redirects the synthetic NIC through the VF.</summary>
    protected void Join() => Backend.Apply(
        [
            new AddClsact(Synthetic), new AttachEgress(Synthetic, Mac), new AddClsact(Vf), new AttachIngress(Vf, Synthetic),
            new SetAllMulticast(Vf, true), new SetPromiscuous(Vf, true), new SetUp(Vf, true), new WaitForCarrier(Vf), new SwitchPath(Synthetic, Vf),
        ],
        0, repeat: false);
}
