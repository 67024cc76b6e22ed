using System.Collections.Immutable;
using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Owners;

namespace HypervVfattach.Apply;

/// <summary>The JSON lines of a journal: everything that a plan contains, described once for writing and reading.</summary>
/// <remarks>A new kind of change or a new property needs its description here; a test covers all of them.</remarks>
internal static class JournalCodec
{
    private static readonly Dictionary<string, Change> s_kinds =
        ChangeKinds.All.Concat(OwnerModules.Changes).ToDictionary(change => change.Kind);

    /// <summary>A line, with its line feed.</summary>
    public static byte[] Write(JournalEntry entry) => JsonLine.Write(entry, Entry);

    /// <inheritdoc cref="Write(JournalEntry)"/>
    public static byte[] Write(JournalHeader header) => JsonLine.Write(header, Header);

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is not a valid line.</exception>
    public static JournalEntry ReadEntry(ReadOnlySpan<byte> line) => JsonLine.Read<JournalEntry>(line, Entry);

    /// <inheritdoc cref="ReadEntry"/>
    public static JournalHeader ReadHeader(ReadOnlySpan<byte> line) => JsonLine.Read<JournalHeader>(line, Header);

    /// <summary>Reads the version of a header of any version.</summary>
    /// <exception cref="JsonException">It is not a header.</exception>
    public static int ReadFormat(ReadOnlySpan<byte> line)
    {
        using JsonDocument document = JsonLine.Parse(line);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("format", out JsonElement format)
            && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out int number)
            ? number : throw new JsonException("no header");
    }

    private static JournalHeader Header(Fields f, JournalHeader? v) => new(
        f.Int("format", v?.Format ?? 0),
        f.Object("host", v?.Host, (f, v) => new HostIdentity(f.Text("boot", v?.Boot), f.Text("namespace", v?.Namespace))));

    private static JournalEntry Entry(Fields f, JournalEntry? v) => f.Text("is", v switch
    {
        Planned => "plan",
        StepBegun => "begin",
        StepDone => "done",
        StepUndone => "undone",
        AggregateKnown => "aggregate",
        Undoing => "undoing",
        Joined => "joined",
        _ => null,
    }) switch
    {
        "plan" => new Planned(f.Object("plan", (v as Planned)?.Plan, OfPlan)),
        "begin" => new StepBegun(f.Int("step", (v as StepBegun)?.Step ?? 0)),
        "done" => new StepDone(f.Int("step", (v as StepDone)?.Step ?? 0)),
        "undone" => new StepUndone(f.Int("step", (v as StepUndone)?.Step ?? 0)),
        "aggregate" => new AggregateKnown(f.Int("index", (v as AggregateKnown)?.Index ?? 0)),
        "undoing" => new Undoing(),
        "joined" => new Joined(),
        var kind => throw new JsonException($"unknown entry {kind}"),
    };

    private static Plan OfPlan(Fields f, Plan? v) => WithKind(new Plan
    {
        Goal = f.Int("goal", (int?)v?.Goal ?? 0) is >= 0 and <= (int)Goal.Detach and var goal
            ? (Goal)goal : throw new JsonException("unknown goal"),
        Kind = f.OptionalText("kind", v is null or { Kind: JoinKind.Bond } ? null : JoinKinds.NameOf(v.Kind)) is { } kind
            ? JoinKinds.Find(kind) is { } known and not JoinKind.None ? known : throw new JsonException($"unknown join {kind}")
            : JoinKind.Bond,
        Mac = f.Mac("mac", v?.Mac ?? default),
        Synthetic = f.Int("synthetic", v?.Synthetic ?? 0),
        SyntheticName = f.Text("syntheticName", v?.SyntheticName),
        Vf = f.Int("vf", v?.Vf ?? 0),
        VfName = f.OptionalText("vfName", v?.VfName),
        Aggregate = f.Int("aggregate", v?.Aggregate ?? 0),
        AggregateName = f.Text("aggregateName", v?.AggregateName),
        Steps = f.List("steps", v?.Steps, OfStep),
        Notes = f.List("notes", v?.Notes, (f, v) => f.Text("note", v)),
    });

    // Journals of earlier versions do not name the kind "lagg".
    private static Plan WithKind(Plan plan) => plan.Kind == JoinKind.Bond && plan.Steps.Any(step => step.Changes.Any(change => change is CreateLagg))
        ? plan with { Kind = JoinKind.Lagg } : plan;

    private static Step OfStep(Fields f, Step? v) => new(
        f.Text("name", v?.Name), f.List("changes", v?.Changes, OfChange), f.List("undo", v?.Undo, OfChange))
    {
        Expect = f.List("expect", v?.Expect, OfExpectation),
        Optional = f.Flag("optional", v?.Optional ?? false),
    };

    private static Change OfChange(Fields f, Change? v)
    {
        string kind = f.Text("do", v?.Kind);
        return (v ?? s_kinds.GetValueOrDefault(kind) ?? throw new JsonException($"unknown change {kind}")).Journaled(f);
    }

    private static Expectation OfExpectation(Fields f, Expectation? v) => f.Text("expect", v switch
    {
        CarriedBy => "carried-by",
        Holds => "holds",
        Answers => "answers",
        null => null,
        _ => throw new ArgumentException($"{v.GetType().Name} has no description", nameof(v)),
    }) switch
    {
        "carried-by" => Carried(f, v as CarriedBy),
        "holds" => new Holds(f.Object("configuration", (v as Holds)?.Configuration, OfConfiguration)),
        "answers" => Answer(f, v as Answers),
        var kind => throw new JsonException($"unknown expectation {kind}"),
    };

    private static CarriedBy Carried(Fields f, CarriedBy? v) =>
        new(f.Int("aggregate", v?.Aggregate ?? 0), f.Int("port", v?.Port ?? 0));

    private static Answers Answer(Fields f, Answers? v) =>
        new(f.Link(v?.Link ?? 0), f.List("neighbours", v?.Neighbours, ModelFields.OfNeighbour));

    private static Configuration OfConfiguration(Fields f, Configuration? v) => new()
    {
        Addresses = f.List("addresses", v?.Addresses, ModelFields.OfAddress),
        NextHops = f.List("nexthops", v?.NextHops, ModelFields.OfNextHop),
        Routes = f.List("routes", v?.Routes, ModelFields.OfRoute),
        KernelRoutes = f.List("kernelRoutes", v?.KernelRoutes, ModelFields.OfRoute),
        Rules = f.List("rules", v?.Rules, ModelFields.OfRule),
        Neighbours = f.List("neighbours", v?.Neighbours, ModelFields.OfNeighbour),
        Learned = f.List("learned", v?.Learned, ModelFields.OfNeighbour),
    };
}
