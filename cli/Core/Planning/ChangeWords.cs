using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Core.Planning;

/// <summary>Changes in words, for refusals.</summary>
internal static class ChangeWords
{
    /// <summary>What a change is about: an interface's name, or the name of the table that it is in.</summary>
    /// <param name="change">The change.</param>
    /// <param name="name">Gives an interface's name by its index.</param>
    public static string Subject(Change change, Func<int, string> name) => change switch
    {
        CreateAggregate create => create.Name,
        DeleteLink delete => name(delete.Link),
        SetUp set => name(set.Link),
        SetMaster set => name(set.Link),
        SetMtu set => name(set.Link),
        SetName set => name(set.Link),
        SetPrimary set => name(set.Bond),
        ListenOnAll listen => name(listen.Bond),
        AddAltName add => name(add.Link),
        RemoveAltName remove => name(remove.Link),
        AddAddress add => name(add.Address.Link),
        PutAddress put => name(put.Address.Link),
        RemoveAddress remove => name(remove.Address.Link),
        AddRoute add => Subject(add.Route, name),
        RemoveRoute remove => Subject(remove.Route, name),
        PutNextHop put => put.NextHop.Link == 0 ? "next hops" : name(put.NextHop.Link),
        AddRule add => add.Rule.InputName ?? add.Rule.OutputName ?? "rules",
        RemoveRule remove => remove.Rule.InputName ?? remove.Rule.OutputName ?? "rules",
        PutNeighbour put => put.Neighbour.Link == 0 ? "neighbours" : name(put.Neighbour.Link),
        RemoveNeighbour remove => remove.Neighbour.Link == 0 ? "neighbours" : name(remove.Neighbour.Link),
        SetAddressGeneration set => name(set.Link),
        SetToken set => name(set.Link),
        SetAllMulticast set => name(set.Link),
        SetPromiscuous set => name(set.Link),
        AddClsact add => name(add.Link),
        RemoveClsact remove => name(remove.Link),
        AttachEgress attach => name(attach.Link),
        AttachIngress attach => name(attach.Link),
        DetachFilters detach => name(detach.Link),
        SwitchPath path => name(path.Synthetic),
        SetNd6Flags set => name(set.Link),
        RunIfconfig run => name(run.Link),
        StartDhclient start => name(start.Link),
        StopDhclient stop => name(stop.Link),
        SolicitRouters solicit => name(solicit.Link),
        WaitForCarrier wait => name(wait.Link),
        WaitForActive wait => name(wait.Bond),
        SetSysctl set => set.Sysctl.Link == 0 ? "default" : name(set.Sysctl.Link),
        NetworkManagerChange => "NetworkManager",
        _ => "network",
    };

    /// <summary>What a change does, as a verb phrase.</summary>
    /// <inheritdoc cref="Subject(Change, Func{int, string})"/>
    public static string Operation(Change change, Func<int, string> name) => change switch
    {
        CreateBond => "create the bond",
        DeleteLink => "delete the interface",
        SetUp set => set.Up ? "switch on" : "switch off",
        SetMaster { Master: 0 } => "take it out of its master",
        SetMaster set => $"{(set.Down ? "switch off and " : "")}make it a port of {name(set.Master)}",
        SetMtu set => $"set MTU {set.Mtu}",
        SetName set => $"rename to {set.Name}",
        SetPrimary set => $"prefer port {name(set.Port)}",
        ListenOnAll listen => listen.All ? "listen on all ports" : "listen on the active port only",
        AddAltName add => $"add alternative name {add.Name}",
        RemoveAltName remove => $"remove alternative name {remove.Name}",
        AddAddress add => $"add address {ObjectText.Of(add.Address)}",
        PutAddress put => $"set address {ObjectText.Of(put.Address)}",
        RemoveAddress remove => $"remove address {ObjectText.Of(remove.Address)}",
        AddRoute { Place: RoutePlace.Instead } add => $"replace route {ObjectText.Of(add.Route)}",
        AddRoute { Place: RoutePlace.Behind } add => $"append route {ObjectText.Of(add.Route)}",
        AddRoute add => $"add route {ObjectText.Of(add.Route)}",
        RemoveRoute remove => $"remove route {ObjectText.Of(remove.Route)}",
        PutNextHop put => $"set next hop {ObjectText.Of(put.NextHop)}",
        AddRule add => $"add rule {ObjectText.Of(add.Rule)}",
        RemoveRule remove => $"remove rule {ObjectText.Of(remove.Rule)}",
        PutNeighbour put => $"set neighbour {ObjectText.Of(put.Neighbour)}",
        RemoveNeighbour remove => $"remove neighbour {ObjectText.Of(remove.Neighbour)}",
        SetAddressGeneration set => $"set IPv6 address generation mode {set.Mode}",
        SetToken set => $"set IPv6 token {set.Token}",
        SetAllMulticast set => $"switch {(set.On ? "on" : "off")} all multicast",
        SetPromiscuous set => $"switch {(set.On ? "on" : "off")} promiscuous mode",
        AddClsact => "add the clsact queueing discipline",
        RemoveClsact => "remove the clsact queueing discipline",
        AttachEgress => "attach the program that sends through the VF",
        AttachIngress attach => $"attach the program that gives what comes in to {name(attach.Synthetic)}",
        DetachFilters => "detach the program",
        SwitchPath path => path.Vf == 0 ? "send by itself again" : $"send by {name(path.Vf)}",
        SetSysctl set => $"set {set.Sysctl.Tree} {set.Sysctl.Name} to {set.Sysctl.Value}",
        CloneProfile clone => $"activate a copy of the profile on {name(clone.Link)}",
        AddPortProfile add => $"make {name(add.Link)} a port of {name(add.Bond)}",
        LetGo go => $"let go of {name(go.Link)}",
        SendAway away => $"let go of {name(away.Link)}",
        ActivateProfile activate => $"activate the profile on {name(activate.Link)}",
        CreateLagg => "create the lagg",
        SetNd6Flags => "set the flags of IPv6",
        RunIfconfig => "configure",
        StartDhclient => "start dhclient",
        StopDhclient => "stop dhclient",
        SolicitRouters => "solicit routers",
        StartRouting => "start routing",
        WaitForCarrier => "wait for the carrier",
        WaitForActive wait => $"wait until it sends through {name(wait.Port)}",
        _ => "change",
    };

    private static string Subject(Route route, Func<int, string> name) =>
        route.Legs.FirstOrDefault(leg => leg.Link != 0) is RouteLeg leg ? name(leg.Link) : "routes";
}
