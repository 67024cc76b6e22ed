using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
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
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A line, with its line feed.</summary>
    public static byte[] Write(JournalEntry entry) => Write(entry, Entry);

    /// <inheritdoc cref="Write(JournalEntry)"/>
    public static byte[] Write(JournalHeader header) => Write(header, Header);

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is not a valid line.</exception>
    public static JournalEntry ReadEntry(ReadOnlySpan<byte> line) => Read<JournalEntry>(line, Entry);

    /// <inheritdoc cref="ReadEntry"/>
    public static JournalHeader ReadHeader(ReadOnlySpan<byte> line) => Read<JournalHeader>(line, Header);

    /// <summary>Reads the version of a header of any version.</summary>
    /// <exception cref="JsonException">It is not a header.</exception>
    public static int ReadFormat(ReadOnlySpan<byte> line)
    {
        using JsonDocument document = Parse(line);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("format", out JsonElement format)
            && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out int number)
            ? number : throw new JsonException("no header");
    }

    private static byte[] Write<T>(T value, Func<Fields, T?, T> of)
        where T : class
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, _options))
        {
            writer.WriteStartObject();
            of(new FieldWriter(writer), value);
            writer.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private static T Read<T>(ReadOnlySpan<byte> line, Func<Fields, T?, T> of)
        where T : class
    {
        using JsonDocument document = Parse(line);
        return FieldReader.Read(document.RootElement, of);
    }

    private static JsonDocument Parse(ReadOnlySpan<byte> line) => JsonDocument.Parse(line.ToArray());

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
        Mac = Mac(f, "mac", v?.Mac),
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

    private static Change OfChange(Fields f, Change? v) => f.Text("do", Kind(v)) switch
    {
        "create-bond" => Create(f, v as CreateBond),
        "delete-link" => new DeleteLink(Link(f, (v as DeleteLink)?.Link)),
        "set-up" => SetUp(f, v as SetUp),
        "set-master" => SetMaster(f, v as SetMaster),
        "set-mtu" => SetMtu(f, v as SetMtu),
        "set-name" => SetName(f, v as SetName),
        "set-primary" => SetPrimary(f, v as SetPrimary),
        "listen-on-all" => SetAllPortsActive(f, v as SetAllPortsActive),
        "add-altname" => AddAltName(f, v as AddAltName),
        "remove-altname" => RemoveAltName(f, v as RemoveAltName),
        "add-address" => new AddAddress(f.Object("address", (v as AddAddress)?.Address, OfAddress)),
        "put-address" => new PutAddress(f.Object("address", (v as PutAddress)?.Address, OfAddress)),
        "remove-address" => new RemoveAddress(f.Object("address", (v as RemoveAddress)?.Address, OfAddress)),
        "remove-relabelled" => new RemoveRelabelled(f.List("addresses", (v as RemoveRelabelled)?.Addresses, OfAddress)),
        "add-route" => AddRoute(f, v as AddRoute),
        "remove-route" => new RemoveRoute(f.Object("route", (v as RemoveRoute)?.Route, OfRoute)),
        "remove-when-learned" => new RemoveWhenLearned(f.Object("route", (v as RemoveWhenLearned)?.Route, OfRoute)),
        "remove-second-default" => new RemoveSecondDefault(Link(f, (v as RemoveSecondDefault)?.Link)),
        "put-nexthop" => new PutNextHop(f.Object("nexthop", (v as PutNextHop)?.NextHop, OfNextHop)),
        "add-rule" => new AddRule(f.Object("rule", (v as AddRule)?.Rule, OfRule)),
        "remove-rule" => new RemoveRule(f.Object("rule", (v as RemoveRule)?.Rule, OfRule)),
        "put-neighbour" => new PutNeighbour(f.Object("neighbour", (v as PutNeighbour)?.Neighbour, OfNeighbour)),
        "remove-neighbour" => new RemoveNeighbour(f.Object("neighbour", (v as RemoveNeighbour)?.Neighbour, OfNeighbour)),
        "set-sysctl" => new SetSysctl(f.Object("sysctl", (v as SetSysctl)?.Sysctl, OfSysctl)),
        "clone-profile" => CloneProfile(f, v as CloneProfile),
        "add-port-profile" => AddPortProfile(f, v as AddPortProfile),
        "let-go" => new StopManaging(Link(f, (v as StopManaging)?.Link)),
        "send-away" => new ReleaseInterface(Link(f, (v as ReleaseInterface)?.Link)),
        "activate-profile" => ActivateProfile(f, v as ActivateProfile),
        "set-addrgenmode" => SetAddressGeneration(f, v as SetAddressGeneration),
        "set-token" => SetToken(f, v as SetToken),
        "set-allmulticast" => SetAllMulticast(f, v as SetAllMulticast),
        "set-promiscuous" => SetPromiscuous(f, v as SetPromiscuous),
        "add-clsact" => new AddClsact(Link(f, (v as AddClsact)?.Link)),
        "remove-clsact" => new RemoveClsact(Link(f, (v as RemoveClsact)?.Link)),
        "attach-egress" => AttachEgress(f, v as AttachEgress),
        "attach-ingress" => AttachIngress(f, v as AttachIngress),
        "detach-filters" => new DetachFilters(Link(f, (v as DetachFilters)?.Link)),
        "switch-path" => SwitchPath(f, v as SwitchPath),
        "stop-client" => new StopClient(f.Object("client", (v as StopClient)?.Client, OfClient)),
        "start-client" => StartClient(f, v as StartClient),
        "keep-unit" => KeepUnit(f, v as KeepUnit),
        "put-network-files" => PutNetworkFiles(f, v as PutNetworkFiles),
        "await-configured" => new AwaitConfigured(Link(f, (v as AwaitConfigured)?.Link)),
        "check-network" => CheckNetwork(f, v as CheckNetwork),
        "check-client" => CheckClient(f, v as CheckClient),
        "check-stanza" => new CheckStanza(Link(f, (v as CheckStanza)?.Link), f.Text("name", (v as CheckStanza)?.Name)),
        "check-profile" => new CheckProfile(Link(f, (v as CheckProfile)?.Link), f.OptionalText("profile", (v as CheckProfile)?.Profile)),
        "create-lagg" => new CreateLagg(f.Text("name", (v as CreateLagg)?.Name)),
        "set-nd6-flags" => SetNd6Flags(f, v as SetNd6Flags),
        "run-ifconfig" => RunIfconfig(f, v as RunIfconfig),
        "start-dhclient" => StartDhclient(f, v as StartDhclient),
        "stop-dhclient" => new StopDhclient(Link(f, (v as StopDhclient)?.Link)),
        "solicit-routers" => SolicitRouters(f, v as SolicitRouters),
        "start-routing" => new StartRouting(),
        "wait-for-carrier" => new WaitForCarrier(Link(f, (v as WaitForCarrier)?.Link)),
        "wait-to-hear" => new WaitToReceive(Link(f, (v as WaitToReceive)?.Link)),
        "wait-for-active" => WaitForActive(f, v as WaitForActive),
        "wait-for-quiet" => new WaitForQuiet(f.Int("port", (v as WaitForQuiet)?.Port ?? 0)),
        var kind => throw new JsonException($"unknown change {kind}"),
    };

    private static string? Kind(Change? change) => change switch
    {
        CreateBond => "create-bond",
        DeleteLink => "delete-link",
        Core.Planning.Changes.SetUp => "set-up",
        Core.Planning.Changes.SetMaster => "set-master",
        Core.Planning.Changes.SetMtu => "set-mtu",
        Core.Planning.Changes.SetName => "set-name",
        Core.Planning.Changes.SetPrimary => "set-primary",
        Core.Planning.Changes.SetAllPortsActive => "listen-on-all",
        Core.Planning.Changes.AddAltName => "add-altname",
        Core.Planning.Changes.RemoveAltName => "remove-altname",
        AddAddress => "add-address",
        PutAddress => "put-address",
        RemoveAddress => "remove-address",
        RemoveRelabelled => "remove-relabelled",
        Core.Planning.Changes.AddRoute => "add-route",
        RemoveRoute => "remove-route",
        RemoveWhenLearned => "remove-when-learned",
        RemoveSecondDefault => "remove-second-default",
        PutNextHop => "put-nexthop",
        AddRule => "add-rule",
        RemoveRule => "remove-rule",
        PutNeighbour => "put-neighbour",
        RemoveNeighbour => "remove-neighbour",
        SetSysctl => "set-sysctl",
        Owners.CloneProfile => "clone-profile",
        Owners.AddPortProfile => "add-port-profile",
        StopManaging => "let-go",
        ReleaseInterface => "send-away",
        Owners.ActivateProfile => "activate-profile",
        Core.Planning.Changes.SetAddressGeneration => "set-addrgenmode",
        Core.Planning.Changes.SetToken => "set-token",
        Core.Planning.Changes.SetAllMulticast => "set-allmulticast",
        Core.Planning.Changes.SetPromiscuous => "set-promiscuous",
        AddClsact => "add-clsact",
        RemoveClsact => "remove-clsact",
        Core.Planning.Changes.AttachEgress => "attach-egress",
        Core.Planning.Changes.AttachIngress => "attach-ingress",
        DetachFilters => "detach-filters",
        Core.Planning.Changes.SwitchPath => "switch-path",
        StopClient => "stop-client",
        Owners.StartClient => "start-client",
        Owners.KeepUnit => "keep-unit",
        Owners.PutNetworkFiles => "put-network-files",
        AwaitConfigured => "await-configured",
        Owners.CheckNetwork => "check-network",
        Owners.CheckClient => "check-client",
        CheckStanza => "check-stanza",
        CheckProfile => "check-profile",
        CreateLagg => "create-lagg",
        Core.Planning.Changes.SetNd6Flags => "set-nd6-flags",
        Core.Planning.Changes.RunIfconfig => "run-ifconfig",
        Core.Planning.Changes.StartDhclient => "start-dhclient",
        StopDhclient => "stop-dhclient",
        Core.Planning.Changes.SolicitRouters => "solicit-routers",
        StartRouting => "start-routing",
        WaitForCarrier => "wait-for-carrier",
        WaitToReceive => "wait-to-hear",
        Core.Planning.Changes.WaitForActive => "wait-for-active",
        WaitForQuiet => "wait-for-quiet",
        null => null,
        _ => throw new ArgumentException($"{change.GetType().Name} has no description", nameof(change)),
    };

    private static CreateBond Create(Fields f, CreateBond? v) => new(
        f.Text("name", v?.Name), Mac(f, "address", v?.Address), f.UInt("mtu", v?.Mtu ?? 0),
        f.UInt("txQueueLength", v?.TxQueueLength ?? 0), f.UInt("group", v?.Group ?? 0), f.UInt("miimon", v?.Miimon ?? 0));

    private static CloneProfile CloneProfile(Fields f, CloneProfile? v) => new(
        Link(f, v?.Link), Mac(f, "mac", v?.Mac), f.Object("copy", v?.Copy, (f, v) => new ProfileClone(
            f.Text("profile", v?.Profile), f.OptionalText("clientId", v?.ClientId), f.UInt("metric4", v?.Metric4 ?? 0),
            f.UInt("metric6", v?.Metric6 ?? 0), f.OptionalText("token", v?.Token))
        {
            Duid = f.OptionalText("duid", v?.Duid),
            Iaid = f.OptionalText("iaid", v?.Iaid),
        }));

    private static AddPortProfile AddPortProfile(Fields f, AddPortProfile? v) =>
        new(Link(f, v?.Link), f.Int("bond", v?.Bond ?? 0), Mac(f, "mac", v?.Mac));

    private static ActivateProfile ActivateProfile(Fields f, ActivateProfile? v) =>
        new(Link(f, v?.Link), f.Text("profile", v?.Profile));

    private static StartClient StartClient(Fields f, StartClient? v) =>
        new(f.Object("client", v?.Client, OfClient), Link(f, v?.Link), f.UInt("lease", v?.Lease ?? 0));

    private static CheckClient CheckClient(Fields f, CheckClient? v) =>
        new(f.Object("client", v?.Client, OfClient), Link(f, v?.Link));

    private static CheckNetwork CheckNetwork(Fields f, CheckNetwork? v) =>
        new(Link(f, v?.Link), f.OptionalText("file", v?.File));

    private static KeepUnit KeepUnit(Fields f, KeepUnit? v) => new(f.Text("unit", v?.Unit), f.Flag("keep", v?.Keep ?? false));

    private static PutNetworkFiles PutNetworkFiles(Fields f, PutNetworkFiles? v) => new(
        f.List("files", v?.Files, (f, v) => new NetworkFile(f.Text("name", v?.Name), f.OptionalText("text", v?.Text))),
        f.Flag("reload", v?.Reload ?? false), f.Int("released", v?.Released ?? 0));

    private static LeaseClient OfClient(Fields f, LeaseClient? v) => new(
        f.Int("link", v?.Link ?? 0), f.Int("process", v?.Process ?? 0), f.Number("started", v?.Started ?? 0),
        f.Text("executable", v?.Executable), Words(f, "arguments", v?.Arguments), f.Text("group", v?.Group))
    {
        Service = f.OptionalText("service", v?.Service),
    };

    private static SetNd6Flags SetNd6Flags(Fields f, SetNd6Flags? v) =>
        new(Link(f, v?.Link), f.UInt("set", v?.Set ?? 0), f.UInt("clear", v?.Clear ?? 0));

    private static RunIfconfig RunIfconfig(Fields f, RunIfconfig? v) =>
        new(Link(f, v?.Link), Words(f, "arguments", v?.Arguments));

    private static StartDhclient StartDhclient(Fields f, StartDhclient? v) =>
        new(Link(f, v?.Link), Words(f, "program", v?.Program));

    private static SolicitRouters SolicitRouters(Fields f, SolicitRouters? v) =>
        new(Link(f, v?.Link), Words(f, "arguments", v?.Arguments));

    private static ImmutableArray<string> Words(Fields f, string name, ImmutableArray<string>? words) =>
        f.List(name, words, (f, word) => f.Text("word", word));

    private static SetUp SetUp(Fields f, SetUp? v) => new(Link(f, v?.Link), f.Flag("up", v?.Up ?? false));

    private static SetMaster SetMaster(Fields f, SetMaster? v) =>
        new(Link(f, v?.Link), f.Int("master", v?.Master ?? 0), f.Flag("down", v?.Down ?? false));

    private static SetMtu SetMtu(Fields f, SetMtu? v) => new(Link(f, v?.Link), f.UInt("mtu", v?.Mtu ?? 0));

    private static SetName SetName(Fields f, SetName? v) => new(Link(f, v?.Link), f.Text("name", v?.Name));

    private static SetPrimary SetPrimary(Fields f, SetPrimary? v) =>
        new(f.Int("bond", v?.Bond ?? 0), f.Int("port", v?.Port ?? 0));

    private static SetAllPortsActive SetAllPortsActive(Fields f, SetAllPortsActive? v) =>
        new(f.Int("bond", v?.Bond ?? 0), f.Flag("all", v?.All ?? false));

    private static WaitForActive WaitForActive(Fields f, WaitForActive? v) =>
        new(f.Int("bond", v?.Bond ?? 0), f.Int("port", v?.Port ?? 0));

    private static SetAddressGeneration SetAddressGeneration(Fields f, SetAddressGeneration? v) =>
        new(Link(f, v?.Link), f.Byte("mode", v?.Mode ?? 0));

    private static SetToken SetToken(Fields f, SetToken? v) => new(Link(f, v?.Link), f.Ip("token", v?.Token));

    private static SetAllMulticast SetAllMulticast(Fields f, SetAllMulticast? v) =>
        new(Link(f, v?.Link), f.Flag("on", v?.On ?? false));

    private static SetPromiscuous SetPromiscuous(Fields f, SetPromiscuous? v) =>
        new(Link(f, v?.Link), f.Flag("on", v?.On ?? false));

    private static AttachEgress AttachEgress(Fields f, AttachEgress? v) =>
        new(Link(f, v?.Link), Mac(f, "source", v?.Source));

    private static AttachIngress AttachIngress(Fields f, AttachIngress? v) =>
        new(Link(f, v?.Link), f.Int("synthetic", v?.Synthetic ?? 0));

    private static SwitchPath SwitchPath(Fields f, SwitchPath? v) =>
        new(f.Int("synthetic", v?.Synthetic ?? 0), f.Int("vf", v?.Vf ?? 0));

    private static AddAltName AddAltName(Fields f, AddAltName? v) => new(Link(f, v?.Link), f.Text("name", v?.Name));

    private static RemoveAltName RemoveAltName(Fields f, RemoveAltName? v) => new(Link(f, v?.Link), f.Text("name", v?.Name));

    private static AddRoute AddRoute(Fields f, AddRoute? v) => new(
        f.Object("route", v?.Route, OfRoute),
        f.Int("place", (int?)v?.Place ?? 0) is >= 0 and <= (int)RoutePlace.Instead and var place
            ? (RoutePlace)place : throw new JsonException("unknown place"));

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
        new(Link(f, v?.Link), f.List("neighbours", v?.Neighbours, OfNeighbour));

    private static Configuration OfConfiguration(Fields f, Configuration? v) => new()
    {
        Addresses = f.List("addresses", v?.Addresses, OfAddress),
        NextHops = f.List("nexthops", v?.NextHops, OfNextHop),
        Routes = f.List("routes", v?.Routes, OfRoute),
        KernelRoutes = f.List("kernelRoutes", v?.KernelRoutes, OfRoute),
        Rules = f.List("rules", v?.Rules, OfRule),
        Neighbours = f.List("neighbours", v?.Neighbours, OfNeighbour),
        Learned = f.List("learned", v?.Learned, OfNeighbour),
    };

    private static Address OfAddress(Fields f, Address? v) => new()
    {
        Link = Link(f, v?.Link),
        Local = f.Ip("local", v?.Local),
        Peer = f.OptionalIp("peer", v?.Peer),
        PrefixLength = f.Byte("prefixLength", v?.PrefixLength ?? 0),
        Broadcast = f.OptionalIp("broadcast", v?.Broadcast),
        Scope = f.Byte("scope", v?.Scope ?? 0),
        Flags = (AddressFlags)f.UInt("flags", (uint)(v?.Flags ?? 0)),
        Label = f.OptionalText("label", v?.Label),
        ValidLifetime = f.UInt("validLifetime", v?.ValidLifetime ?? 0),
        PreferredLifetime = f.UInt("preferredLifetime", v?.PreferredLifetime ?? 0),
        Metric = f.UInt("metric", v?.Metric ?? 0),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
    };

    private static Route OfRoute(Fields f, Route? v) => new()
    {
        Destination = f.Ip("destination", v?.Destination),
        DestinationLength = f.Byte("destinationLength", v?.DestinationLength ?? 0),
        Source = f.OptionalIp("source", v?.Source),
        SourceLength = f.Byte("sourceLength", v?.SourceLength ?? 0),
        Tos = f.Byte("tos", v?.Tos ?? 0),
        Table = f.UInt("table", v?.Table ?? 0),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
        Scope = f.Byte("scope", v?.Scope ?? 0),
        Type = f.Byte("type", v?.Type ?? 0),
        Metric = f.UInt("metric", v?.Metric ?? 0),
        PreferredSource = f.OptionalIp("preferredSource", v?.PreferredSource),
        Expires = f.UInt("expires", v?.Expires ?? 0),
        NextHopId = f.UInt("nexthop", v?.NextHopId ?? 0),
        Legs = f.List("legs", v?.Legs, OfLeg),
        Extra = f.Text("extra", v?.Extra),
    };

    private static RouteLeg OfLeg(Fields f, RouteLeg? v) => new(
        Link(f, v?.Link), f.OptionalIp("gateway", v?.Gateway), f.Byte("hops", v?.Hops ?? 0),
        f.Flag("onlink", v?.OnLink ?? false), f.Text("extra", v?.Extra));

    private static NextHop OfNextHop(Fields f, NextHop? v) => new()
    {
        Id = f.UInt("id", v?.Id ?? 0),
        Family = f.Byte("family", v?.Family ?? 0),
        Link = Link(f, v?.Link),
        Gateway = f.OptionalIp("gateway", v?.Gateway),
        Blackhole = f.Flag("blackhole", v?.Blackhole ?? false),
        OnLink = f.Flag("onlink", v?.OnLink ?? false),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
        Scope = f.Byte("scope", v?.Scope ?? 0),
        Members = Numbers(f.Text("members", v is null ? null : string.Join(' ', v.Members))),
        Extra = f.Text("extra", v?.Extra),
    };

    private static Rule OfRule(Fields f, Rule? v) => new()
    {
        Family = f.Byte("family", v?.Family ?? 0),
        Priority = f.UInt("priority", v?.Priority ?? 0),
        Action = f.Byte("action", v?.Action ?? 0),
        Table = f.UInt("table", v?.Table ?? 0),
        Flags = f.UInt("flags", v?.Flags ?? 0),
        Tos = f.Byte("tos", v?.Tos ?? 0),
        Source = f.OptionalIp("source", v?.Source),
        SourceLength = f.Byte("sourceLength", v?.SourceLength ?? 0),
        Destination = f.OptionalIp("destination", v?.Destination),
        DestinationLength = f.Byte("destinationLength", v?.DestinationLength ?? 0),
        InputName = f.OptionalText("inputName", v?.InputName),
        OutputName = f.OptionalText("outputName", v?.OutputName),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
        Extra = f.Text("extra", v?.Extra),
    };

    private static Neighbour OfNeighbour(Fields f, Neighbour? v) => new()
    {
        Link = Link(f, v?.Link),
        Destination = f.Ip("destination", v?.Destination),
        Address = Mac(f, "address", v?.Address),
        State = (NeighbourState)f.UInt("state", (uint)(v?.State ?? 0)),
        Flags = (NeighbourFlags)f.Byte("flags", (byte)(v?.Flags ?? 0)),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
    };

    private static Sysctl OfSysctl(Fields f, Sysctl? v) =>
        new(Link(f, v?.Link), f.Text("tree", v?.Tree), f.Text("name", v?.Name), f.Text("value", v?.Value));

    private static int Link(Fields f, int? link) => f.Int("link", link ?? 0);

    private static HardwareAddress Mac(Fields f, string name, HardwareAddress? address) =>
        f.Text(name, address?.ToString() ?? "") is { Length: > 0 } text ? new HardwareAddress(text) : default;

    private static ImmutableArray<uint> Numbers(string text)
    {
        var numbers = ImmutableArray.CreateBuilder<uint>();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            numbers.Add(uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
                ? number : throw new JsonException("not a number"));
        }
        return numbers.ToImmutable();
    }
}
