using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Report;

/// <summary>Changes and expectations in the words of <c>ip</c>(8), a line each.</summary>
/// <param name="name">Gives an interface's name by its index.</param>
internal sealed class ChangeText(Func<int, string> name)
{
    /// <summary>What a change does.</summary>
    public string Of(Change change) => change switch
    {
        CreateBond it => $"link add {it.Name} type bond mode active-backup fail_over_mac active miimon {it.Miimon} "
            + $"address {it.Address} mtu {it.Mtu} txqueuelen {it.TxQueueLength} group {it.Group}",
        DeleteLink it => $"link delete {name(it.Link)}",
        SetUp it => $"link set {name(it.Link)} {(it.Up ? "up" : "down")}",
        SetMaster { Master: 0 } it => $"link set {name(it.Link)} nomaster",
        SetMaster it => $"link set {name(it.Link)}{(it.Down ? " down" : "")} master {name(it.Master)}",
        SetMtu it => $"link set {name(it.Link)} mtu {it.Mtu}",
        SetName it => $"link set {name(it.Link)} name {it.Name}",
        SetPrimary { Port: 0 } it => $"link set {name(it.Bond)} type bond primary none",
        SetPrimary it => $"link set {name(it.Bond)} type bond primary {name(it.Port)}",
        ListenOnAll it => $"link set {name(it.Bond)} type bond all_slaves_active {(it.All ? 1 : 0)}",
        AddAltName it => $"link property add {name(it.Link)} altname {it.Name}",
        RemoveAltName it => $"link property del {name(it.Link)} altname {it.Name}",
        AddAddress it => $"address add {ObjectText.Of(it.Address)} dev {name(it.Address.Link)}",
        PutAddress it => $"address change {ObjectText.Of(it.Address)} dev {name(it.Address.Link)}",
        RemoveAddress it => $"address del {ObjectText.Of(it.Address)} dev {name(it.Address.Link)}",
        AddRoute it => $"route {Verb(it.Place)} {ObjectText.Of(it.Route, name)}",
        RemoveRoute it => $"route del {ObjectText.Of(it.Route, name)}",
        RemoveWhenLearned it => $"await the same with another metric, then route del {ObjectText.Of(it.Route, name)}",
        RemoveSecondDefault it => $"await a second IPv6 default route on {name(it.Link)} for some seconds, and remove it",
        PutNextHop it => $"nexthop replace {ObjectText.Of(it.NextHop, name)}",
        AddRule it => $"rule add {ObjectText.Of(it.Rule)}",
        RemoveRule it => $"rule del {ObjectText.Of(it.Rule)}",
        PutNeighbour it => $"neighbour replace {ObjectText.Of(it.Neighbour)} dev {name(it.Neighbour.Link)}",
        RemoveNeighbour it => $"neighbour del {ObjectText.Of(it.Neighbour)} dev {name(it.Neighbour.Link)}",
        SetAddressGeneration it => $"link set {name(it.Link)} addrgenmode {it.Mode}",
        SetToken it => $"token set {it.Token} dev {name(it.Link)}",
        SetAllMulticast it => $"link set {name(it.Link)} allmulticast {OnOff(it.On)}",
        SetPromiscuous it => $"link set {name(it.Link)} promisc {OnOff(it.On)}",
        AddClsact it => $"tc qdisc add dev {name(it.Link)} clsact",
        RemoveClsact it => $"tc qdisc del dev {name(it.Link)} clsact (unless others use it)",
        AttachEgress it => $"tc filter add dev {name(it.Link)} egress bpf: frames from {it.Source} go where the map says",
        AttachIngress it => $"tc filter add dev {name(it.Link)} ingress bpf: frames come in by {name(it.Synthetic)}",
        DetachFilters it => $"tc filter del dev {name(it.Link)} (ours)",
        SwitchPath { Vf: 0 } it => $"map of {name(it.Synthetic)}: empty",
        SwitchPath it => $"map of {name(it.Synthetic)}: {name(it.Vf)}",
        WaitForCarrier it => $"wait for the carrier of {name(it.Link)}",
        WaitToHear it => $"wait until {name(it.Link)} hears",
        WaitForActive it => $"wait until {name(it.Bond)} sends by {name(it.Port)}",
        WaitForQuiet it => $"wait until nothing more comes in by {name(it.Port)}",
        CloneProfile it => $"NetworkManager: activate a copy of {it.Copy.Profile} on {name(it.Link)}, in memory "
            + $"(client id {it.Copy.ClientId ?? "none"}, metrics {it.Copy.Metric4} and {it.Copy.Metric6}"
            + (it.Copy.Token is { } token ? $", token {token})" : ")"),
        AddPortProfile it => $"NetworkManager: {name(it.Link)} is a port of {name(it.Bond)}; wait until that is configured",
        LetGo it => $"NetworkManager: let go of {name(it.Link)} as it is",
        SendAway it => $"NetworkManager: let go of {name(it.Link)}; remove its addresses",
        ActivateProfile it => $"NetworkManager: activate {it.Profile} on {name(it.Link)}",
        StopClient { Client.Service: { } service } => $"hold {service}, which keeps its lease",
        StopClient it => $"stop {Words(it.Client)}, which keeps its lease",
        StartClient { Client.Service: { } service } => $"restart {service}, which keeps its lease",
        StartClient it => $"start {Words(it.Client)}",
        KeepUnit { Keep: true } it => $"keep {it.Unit} while its device's name goes over",
        KeepUnit it => $"let {it.Unit} be as before",
        PutNetworkFiles it => string.Join(", ", it.Files.Select(file => $"{(file.Text is null ? "remove" : "write")} {file.Name}"))
            + (it.Reload ? "; reload systemd-networkd" : ""),
        AwaitConfigured it => $"systemd-networkd: await the configuration of {name(it.Link)}; begin anew if it was given up",
        CheckNetwork it => $"systemd-networkd: check that it manages {name(it.Link)}{(it.File is null ? "" : $" by {it.File}")}",
        CheckClient it => $"check that {it.Client.Service ?? Words(it.Client)} runs",
        CheckProfile it => $"NetworkManager: check that {it.Profile ?? "a profile"} is active on {name(it.Link)}",
        CheckStanza it => $"ifupdown: check that it counts {it.Name} as switched on",
        CreateLagg it => $"ifconfig {it.Name} create (failover)",
        SetNd6Flags it => $"nd6 flags of {name(it.Link)}: set {it.Set:x}, clear {it.Clear:x}",
        RunIfconfig it => $"ifconfig {name(it.Link)} {string.Join(' ', it.Arguments)}",
        StartDhclient it => $"{it.Program[0]} -b {string.Concat(it.Program[1..].Select(word => word + " "))}{name(it.Link)}",
        StopDhclient it => $"stop dhclient of {name(it.Link)}",
        SolicitRouters it => $"rtsol {string.Concat(it.Arguments.Select(word => word + " "))}{name(it.Link)}",
        StartRouting => "/etc/rc.d/routing start",
        SetSysctl it => $"sysctl net/{it.Sysctl.Tree}/{name(it.Sysctl.Link)}/{it.Sysctl.Name}={it.Sysctl.Value}",
        _ => change.ToString(),
    };

    /// <summary>What must be true.</summary>
    public string Of(Expectation expectation) => expectation switch
    {
        CarriedBy it => $"{name(it.Aggregate)} sends through {name(it.Port)}",
        Holds it => $"all of it is there ({Count(it.Configuration)})",
        Answers it => $"{string.Join(", ", it.Neighbours.Select(neighbour => neighbour.Destination))} "
            + $"{(it.Neighbours.Length == 1 ? "answers" : "answer")} through {name(it.Link)}",
        _ => expectation.ToString(),
    };

    private static string OnOff(bool on) => on ? "on" : "off";

    private static string Words(LeaseClient client) => string.Join(' ', client.Arguments);

    private static string Verb(RoutePlace place) => place switch
    {
        RoutePlace.Behind => "append",
        RoutePlace.Instead => "replace",
        _ => "add",
    };

    private static string Count(Configuration configuration)
    {
        List<string> kinds = [];
        Add(configuration.Addresses.Length, "address", "addresses");
        Add(configuration.Routes.Length, "route", "routes");
        Add(configuration.Rules.Length, "rule", "rules");
        Add(configuration.NextHops.Length, "next hop", "next hops");
        Add(configuration.Neighbours.Length, "neighbour", "neighbours");
        return string.Join(", ", kinds);

        void Add(int count, string one, string many)
        {
            if (count > 0)
                kinds.Add($"{count} {(count == 1 ? one : many)}");
        }
    }
}
