using HypervVfattach.Doctor;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Doctor;

/// <summary>What tests/vm/Doctor/faults.sh recorded in a guest in which each fault was really made.</summary>
public class RecordedTests
{
    // Those of Hyper-V are made in a guest with the stock hv_netvsc (NetvscDoctorTests), or need what no guest of the tests has.
    private static readonly Dictionary<string, string> s_others = new()
    {
        ["kernel-join"] = "NetvscDoctorNeverJoinsTests", ["data-path"] = "NetvscDoctorTests", ["data-path/half"] = "NetvscPicturesTests",
        ["data-path/lost"] = "a VF of hv_netvsc without a carrier", ["data-path/carrier"] = "a VF without a carrier",
        ["lro"] = "a redirect: where one interface is above the other, the kernel switches it off", ["lone-vf"] = "MANA", ["lone-vf/lost"] = "MANA", ["dpdk/synthetic"] = "a VMBus device at uio_hv_generic",
        ["other-bond"] = "a bond above hv_netvsc", ["xdp"] = "hv_netvsc with an XDP program", ["vlan-filter"] = "a VF that filters VLANs",
        ["no-vf/address"] = "SriovTests", ["no-driver/failed"] = "a driver that fails", ["no-driver/package"] = "a NIC of Azure without its module",
        ["other-rules/devd"] = "FreeBSD", ["tunable"] = "FreeBSD", ["vf-owner/dhclient"] = "FreeBSD", ["unseen"] = "a kernel that hides a filter",
    };

    private static readonly string s_text =
        File.ReadAllText(Path.Combine(Repository.Root, "tests", "vm", "Doctor", "DoctorFaultsTests.Each_fault_is_found.approved.txt"));

    // "  severity  object  (check)", and "    seen" below it.
    private static readonly (string Head, string Seen)[] s_recorded = [.. s_text.Split('\n').Index()
        .Where(line => line.Item.StartsWith("  ", StringComparison.Ordinal) && line.Item[2] != ' ')
        .Select(line => (line.Item, s_text.Split('\n')[line.Index + 1].Trim()))];

    [Fact]
    public void Each_text_was_recorded_or_it_is_said_what_makes_it()
    {
        // A longer text may begin as a shorter one.
        IEnumerable<string> made = s_recorded.Select(it => ChecksTests.Entries.Where(entry => IsOf(it.Head, it.Seen, entry)).MaxBy(entry => Seen(entry).Length))
            .OfType<string>().Select(ChecksTests.NameOf);
        ChecksTests.Entries.Select(ChecksTests.NameOf).Except(made).ShouldBe(s_others.Keys, ignoreOrder: true);
    }

    [Fact]
    public void Each_recorded_finding_has_a_text_of_this_version() =>
        s_recorded.Where(it => !ChecksTests.Entries.Any(entry => IsOf(it.Head, it.Seen, entry))).ShouldBeEmpty();

    private static string Seen(string entry) => entry[(entry.IndexOf("\nseen ", StringComparison.Ordinal) + 6)..entry.IndexOf("\nwhy ", StringComparison.Ordinal)]
        .Replace("\n    ", "", StringComparison.Ordinal);

    private static bool IsOf(string head, string seen, string entry)
    {
        string name = ChecksTests.NameOf(entry), severity = entry.Split('\n')[0].Split(' ')[1];
        string[] parts = Seen(entry).Split('{');
        return head.EndsWith($"({name.Split('/')[0]})", StringComparison.Ordinal)
            && (severity == "status" || head.TrimStart().StartsWith(severity, StringComparison.Ordinal))
            && seen.StartsWith(parts[0], StringComparison.Ordinal) && parts[1..].All(part => seen.Contains(part[2..], StringComparison.Ordinal));
    }
}
