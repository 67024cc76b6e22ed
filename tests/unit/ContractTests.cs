using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HypervVfattach.Tests.Unit.Commands;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>What hyperv-vfattach(8) promises to other programs. A test here that fails means that they break: keep it, or count up the version of
/// the JSON document. The alias of a VF, the exit statuses and the metrics are in RedirectJoinTests, ManualTests and FleetTests.</summary>
public class ContractTests
{
    private static readonly string s_promise = Promise();

    [Fact]
    public void The_udev_properties_of_a_vf()
    {
        using var world = new TestWorld("kvm");
        string[] printed = [.. world.Run("import", "enp1s0").Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal))];
        printed.ShouldBe(
        [
            "HYPERV_VF=1", "HYPERV_VF_SYNTHETIC=enp0s3", "HYPERV_VF_MAC=52:54:00:00:00:01", "NM_UNMANAGED=1", "ID_NET_MANAGED_BY=unmanaged",
            "AZURE_UNMANAGED_SRIOV=1",
        ]);
        foreach (string property in printed)
            s_promise.ShouldContain(property.Split('=')[0], Case.Sensitive);
    }

    [Fact]
    public void The_alias_of_a_vf() => s_promise.ShouldContain("hyperv-vfattach: VF of NAME", Case.Sensitive);

    [Fact]
    public void The_version_of_the_json_document_and_the_role_of_each_nic()
    {
        using var pair = new TestWorld("kvm");
        JsonNode document = Json(pair);
        s_promise.ShouldContain($".Li version\nis {document["version"]}", Case.Sensitive);
        Role(document["pairs"]![0]!["synthetic"]!).ShouldBe(("enp0s3", "synthetic"));
        Role(document["pairs"]![0]!["vf"]!).ShouldBe(("enp1s0", "vf"));

        using TestWorld lone = StatusSamplesTests.All().Single(sample => sample.Title == "there is no synthetic NIC").World;
        Role(Json(lone)["lone_vfs"]![0]!["vf"]!).ShouldBe(("enP1s1", "lone-vf"));
    }

    private static JsonNode Json(TestWorld world)
    {
        string output = world.Run("status", "--json");
        return JsonNode.Parse(output[output.IndexOf('{')..(output.LastIndexOf('}') + 1)])!;
    }

    private static (string Name, string Role) Role(JsonNode port) => ((string)port["name"]!, (string)port["role"]!);

    private static string Promise()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "install", "man", "hyperv-vfattach.8"));
        return Regex.Match(page, @"\.Sh FOR OTHER PROGRAMS\n(.*?)\n\.Sh ", RegexOptions.Singleline).Value;
    }
}
