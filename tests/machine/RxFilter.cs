using System.Net.NetworkInformation;
using System.Text.Json.Nodes;

namespace HypervVfattach.Machines;

/// <summary>What a driver told its NIC to receive (qemu's query-rx-filter).</summary>
/// <param name="IsPromiscuous">Everything.</param>
/// <param name="TakesAllMulticasts">All multicasts.</param>
/// <param name="Groups">These multicasts.</param>
/// <param name="Unicast">These unicast addresses besides its own.</param>
public sealed record RxFilter(bool IsPromiscuous, bool TakesAllMulticasts, IReadOnlyList<PhysicalAddress> Groups, IReadOnlyList<PhysicalAddress> Unicast)
{
    internal static RxFilter Of(JsonNode answer) => new(
        (bool)answer["promiscuous"]!, (string?)answer["multicast"] == "all", Table(answer["multicast-table"]), Table(answer["unicast-table"]));

    /// <summary>Whether a card that does not trust the VF gives it the frames of a group: "all multicasts" and "promiscuous" are accepted and
    /// ignored (i40e, ice).</summary>
    public bool Lists(PhysicalAddress group) => group.GetAddressBytes().All(part => part == 0xff) || Groups.Contains(group);

    private static List<PhysicalAddress> Table(JsonNode? table) =>
        [.. (table as JsonArray ?? []).Select(address => PhysicalAddress.Parse((string)address!))];
}
