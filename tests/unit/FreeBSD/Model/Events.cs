using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>The kernel's events: lines of /dev/devctl and messages of routing sockets.</summary>
internal sealed class Events
{
    /// <summary>Lines for devd, without the newline, oldest first.</summary>
    public List<string> Devctl { get; } = [];

    /// <summary>Everything that a monitoring PF_ROUTE socket would have read.</summary>
    public List<byte[]> Route { get; } = [];

    /// <summary>Open routing sockets: each has its own queue.</summary>
    public Dictionary<int, Queue<byte[]>> Sockets { get; } = [];

    /// <summary>devctl_notify(9).</summary>
    public void Notify(string system, string subsystem, string type, string? data = null) =>
        Devctl.Add($"!system={system} subsystem={subsystem} type={type}{(data is null ? "" : " " + data)}");

    /// <summary>rt_dispatch(): to every routing socket.</summary>
    public void Broadcast(byte[] message)
    {
        Route.Add(message);
        foreach (var queue in Sockets.Values)
            queue.Enqueue(message);
    }

    public void Clear()
    {
        Devctl.Clear();
        Route.Clear();
    }

    /// <summary>RTM_IFINFO: flags, MTU or link state changed.</summary>
    public void InterfaceInfo(Interface of) => Broadcast(RouteMessages.InterfaceInfo(of));

    /// <summary>rt_addrmsg(): an address was added or is about to be removed.</summary>
    public void Address(byte type, Interface of, InterfaceAddress address, bool devctl)
    {
        if (devctl)
            Notify("IFNET", of.Name, type == Rt.NewAddr ? "ADDR_ADD" : "ADDR_DEL", $"address={address.Ip}");
        Broadcast(RouteMessages.Address(type, of, address));
    }
}
