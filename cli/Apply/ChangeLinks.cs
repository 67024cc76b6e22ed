using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>Which interfaces a change is about.</summary>
internal static class ChangeLinks
{
    /// <summary>Whether a change cannot be asked for without the index of this interface.</summary>
    public static bool IsAbout(this Change change, int link) => change switch
    {
        DeleteLink it => it.Link == link,
        SetUp it => it.Link == link,
        SetMaster it => it.Link == link || it.Master == link,
        SetMtu it => it.Link == link,
        SetName it => it.Link == link,
        SetPrimary it => it.Bond == link || it.Port == link,
        ListenOnAll it => it.Bond == link,
        AddAltName it => it.Link == link,
        RemoveAltName it => it.Link == link,
        AddAddress it => it.Address.Link == link,
        PutAddress it => it.Address.Link == link,
        WaitForCarrier it => it.Link == link,
        WaitForActive it => it.Bond == link,
        WaitForQuiet it => it.Port == link,
        RemoveAddress it => it.Address.Link == link,
        AddRoute it => it.Route.Uses(link),
        RemoveRoute it => it.Route.Uses(link),
        PutNextHop it => it.NextHop.Link == link,
        PutNeighbour it => it.Neighbour.Link == link,
        RemoveNeighbour it => it.Neighbour.Link == link,
        SetSysctl it => it.Sysctl.Link == link,
        SetNd6Flags it => it.Link == link,
        _ => false,
    };
}
