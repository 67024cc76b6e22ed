using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Replay;

/// <summary>Records that are not compared, each with its reason.</summary>
internal static class Exclusions
{
    private const string Boot = "devices, file systems and ACPI of the test machine at boot";
    private const string Phy = "em0's PHY: negotiation takes seconds of real time, its events fall anywhere";
    private const string Groups = "IPv6 multicast groups (and their copies on lagg ports): MLD drops and re-adds them in deferred tasks";
    private const string Leak = "12.1 builds these three messages about a link-local address partly from uninitialised memory";

    /// <summary>em0 is the second NIC of the test machine, on every kernel.</summary>
    private const int Em0 = 2;

    /// <summary>The reason to skip a record; null to compare it.</summary>
    public static string? Reason(Record record)
    {
        if (record.IsDevctl)
            return IsBoot(record) ? Boot : IsPhy(record.Line) ? Phy : null;
        if (record.Call != "event:route")
            return null;
        if (record is { Kernel: "freebsd12.1-builtin", Number: >= 452 and <= 454 })
            return Leak;
        return Route(record.Out);
    }

    /// <summary>The same for the model's events.</summary>
    public static bool IsPhy(string line) =>
        line is "!system=IFNET subsystem=em0 type=LINK_UP" or "!system=IFNET subsystem=em0 type=LINK_DOWN";

    public static string? Route(ReadOnlySpan<byte> message) => message[3] switch
    {
        Rt.NewMaddr or Rt.DelMaddr when message.Length != 144 => Groups,
        Rt.IfInfo when RouteMessage.Index(message) == Em0 => Phy,
        _ => null,
    };

    private static bool IsBoot(Record record) => record.Step == "boot"
        && !record.Line.StartsWith("!system=IFNET", StringComparison.Ordinal)
        && !record.Line.StartsWith("!system=ETHERNET", StringComparison.Ordinal);
}
