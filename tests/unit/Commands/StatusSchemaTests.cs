using System.Text.Json;
using System.Text.Json.Nodes;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using Json.Schema;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>The JSON schemas of <c>status --json</c> and <c>status --history --json</c>, and what the program prints.</summary>
public class StatusSchemaTests
{
    private static readonly string s_file = File.ReadAllText(Path.Combine(Repository.Root, "install", "status.schema.json"));

    private static readonly JsonElement s_text = JsonDocument.Parse(s_file).RootElement;

    private static readonly JsonSchema s_schema = JsonSchema.FromText(s_file);

    private static readonly string s_historyFile = File.ReadAllText(Path.Combine(Repository.Root, "install", "history.schema.json"));

    private static readonly JsonElement s_historyText = JsonDocument.Parse(s_historyFile).RootElement;

    private static readonly JsonSchema s_history = JsonSchema.FromText(s_historyFile);

    private static readonly EvaluationOptions s_options = new() { OutputFormat = OutputFormat.List };

    [Fact]
    public void Each_state_fits_the_schema()
    {
        List<string> states = [];
        foreach ((string title, TestWorld world) in StatusSamplesTests.All())
        {
            using (world)
            {
                JsonNode document = Document(world.Run("status", "--json"));
                Faults(document).ShouldBeEmpty(title);
                states.AddRange(document["pairs"]!.AsArray().Select(pair => (string)pair!["state"]!));
            }
        }
        // lagg is for FreeBSD.
        states.Distinct().Order().ShouldBe(
            ["bond", "damaged", "no-driver", "no-vf", "not-joined", "other-program", "redirect", "taken-apart", "transparent", "unfinished"]);
    }

    [Fact]
    public void The_approved_samples_fit_the_schema()
    {
        string approved = File.ReadAllText(Path.Combine(Repository.Root, "tests", "unit", "Commands", "StatusCommandTests.For_programs.approved.txt"));
        string[] documents = [.. approved.Split("\n(").Select(part => part[part.IndexOf('{')..(part.LastIndexOf('}') + 1)])];
        documents.Length.ShouldBeGreaterThan(10);
        foreach (string document in documents)
            Faults(JsonNode.Parse(document)!).ShouldBeEmpty(document);
    }

    [Fact]
    public void The_schema_sees_a_change()
    {
        using var world = new TestWorld("azure-mlx5-two-pairs");
        JsonNode document = Document(world.Run("status", "--json"));
        foreach (Action<JsonObject> change in new Action<JsonObject>[]
        {
            pair => pair["state"] = "joined", pair => pair.Remove("health"), pair => pair["mtu"] = "1500", pair => pair["vf"]!["link_speed"] = 0,
            pair => pair["synthetic"] = null, pair => pair["traffic"]!.AsObject().Remove("milliseconds"), pair => pair["mac"] = "7C:1E",
        })
        {
            JsonNode changed = document.DeepClone();
            change(changed["pairs"]![0]!.AsObject());
            Faults(changed).ShouldNotBeEmpty();
        }
        document["version"] = 2;
        Faults(document).ShouldNotBeEmpty();
    }

    /// <summary>A key that the schema lacks is described nowhere.</summary>
    [Fact]
    public void The_schema_has_each_key()
    {
        using var world = new TestWorld("azure-mlx5-two-pairs");
        JsonNode document = Document(world.Run("status", "--json"));
        JsonNode pair = document["pairs"]![0]!;
        Keys(s_text).ShouldBe(Names(document), ignoreOrder: true);
        Keys(Part("pair")).ShouldBe(Names(pair), ignoreOrder: true);
        Keys(Part("port")).ShouldBe(Names(pair["vf"]!), ignoreOrder: true);
    }

    [Fact]
    public void The_schema_has_the_history()
    {
        using var world = new TestWorld("kvm");
        world.System.Refuses = change => change is SetMaster { Master: not 0 };
        world.Run("enp1s0", "0", "--foreground");
        JsonNode document = Document(world.Run("status", "--json"));
        Faults(document).ShouldBeEmpty();
        JsonNode history = document["pairs"]![0]!["history"]!;
        Keys(Part("history")).ShouldBe(Names(history), ignoreOrder: true);
        Keys(Part("history").GetProperty("properties").GetProperty("last_failure")).ShouldBe(Names(history["last_failure"]!), ignoreOrder: true);
        history["since"] = "2026-11-28 00:00";
        Faults(document).ShouldNotBeEmpty();
    }

    /// <summary>All kinds of entries, whoever saw them, as <c>status --history --json</c> prints them.</summary>
    [Fact]
    public void The_history_fits_its_schema_and_the_schema_has_each_key_and_value()
    {
        using var world = new TestWorld("kvm");
        var mac = new HardwareAddress("52:54:00:00:00:01");
        string[] seers = ["event", "timer", "scan", "command"];
        world.History.Add(mac, (_, news) =>
        {
            foreach (HistoryKind kind in Enum.GetValues<HistoryKind>())
            {
                bool hasVf = kind != HistoryKind.Detached;
                news.Add(new HistoryEntry
                {
                    Time = DateTimeOffset.UnixEpoch.AddDays(20_000), Kind = kind, Mac = mac, Synthetic = "enp0s3", Vf = hasVf ? "enp1s0" : null, VfIndex = 3,
                    Boot = "", By = seers[(int)kind % seers.Length], Detail = hasVf ? null : "said by a person",
                });
            }
        });
        File.AppendAllText(Path.Combine(world.HistoryDirectory, "history"), "damaged\n");
        JsonNode document = Document(world.Run("status", "--history", "--json"));
        Faults(document, s_history).ShouldBeEmpty();
        JsonElement properties = s_historyText.GetProperty("$defs").GetProperty("entry").GetProperty("properties");
        JsonArray entries = document["history"]!.AsArray();
        Keys(s_historyText).ShouldBe(Names(document), ignoreOrder: true);
        Keys(s_historyText.GetProperty("$defs").GetProperty("entry")).ShouldBe(Names(entries[0]!), ignoreOrder: true);
        Values("what").ShouldBe(entries.Select(entry => (string)entry!["what"]!), ignoreOrder: true);
        Values("seen_by").ShouldBe(seers, ignoreOrder: true);
        foreach (Action<JsonNode> change in new Action<JsonNode>[]
        {
            it => it["version"] = 2, it => it["history"]![0]!["what"] = "came", it => it["history"]![0]!["time"] = "2026-11-28", it => it["unreadable_lines"] = -1,
            it => it["history"]![0]!.AsObject().Remove("mac"), it => it["history"]![0]!["seen_by"] = null,
        })
        {
            JsonNode changed = document.DeepClone();
            change(changed);
            Faults(changed, s_history).ShouldNotBeEmpty();
        }

        string[] Values(string key) => [.. properties.GetProperty(key).GetProperty("enum").EnumerateArray().Select(value => value.GetString()!)];
    }

    private static JsonElement Part(string name) => s_text.GetProperty("$defs").GetProperty(name);

    private static string[] Keys(JsonElement part) => [.. part.GetProperty("properties").EnumerateObject().Select(key => key.Name)];

    private static IEnumerable<string> Names(JsonNode node) => node.AsObject().Select(key => key.Key);

    private static JsonNode Document(string output) => JsonNode.Parse(output[output.IndexOf('{')..(output.LastIndexOf('}') + 1)])!;

    private static string[] Faults(JsonNode document, JsonSchema? schema = null)
    {
        EvaluationResults results = (schema ?? s_schema).Evaluate(document, s_options);
        return results.IsValid ? [] : [.. results.Details.Where(detail => detail.HasErrors)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}"))];
    }
}
