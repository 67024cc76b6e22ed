using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using static HypervVfattach.Owners.NetworkManagerBus;

namespace HypervVfattach.Owners;

/// <summary>Applies the changes that need NetworkManager.</summary>
internal static class NetworkManagerChanger
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // On a busy machine udev and NetworkManager take many seconds to see a new interface.
    private static readonly TimeSpan s_newPatience = TimeSpan.FromSeconds(30);

    // A DHCP server may be slow. Moved addresses stay until their lifetime ends, and NetworkManager keeps asking.
    private static readonly TimeSpan s_leasePatience = TimeSpan.FromSeconds(30);

    /// <summary>Applies a change.</summary>
    /// <param name="change">The change.</param>
    /// <param name="name">Returns an interface's name by its index; null if it is gone.</param>
    /// <param name="repeat">Whether it may already have been applied.</param>
    public static void Make(NetworkManagerChange change, Func<int, string?> name, bool repeat)
    {
        // An interface that is gone needs no owner.
        if (repeat && change is StopManaging { Link: var gone } && name(gone) is null)
            return;
        using NetworkManagerBus? bus = Connect(mayBeAway: repeat && change is StopManaging);
        switch (change)
        {
            case var _ when bus is null:
                break;
            case CopyProfile copy:
                Copy(bus, copy, name.Named(copy.Link));
                break;
            case AddPortProfile port:
                AddPort(bus, port, name.Named(port.Link), name.Named(port.Bond));
                break;
            case StopManaging go:
                StopManaging(bus, name.Named(go.Link), repeat);
                break;
            case ReleaseInterface away:
                ReleaseInterface(bus, name.Named(away.Link));
                break;
            case ActivateProfile activate:
                Activate(bus, activate, name.Named(activate.Link));
                break;
        }
    }

    /// <summary>Checks that a profile is active or being activated on an interface.</summary>
    /// <exception cref="SystemRefusal">It is not.</exception>
    public static void Check(CheckProfile check, string name)
    {
        using var bus = new NetworkManagerBus();
        string operation = $"keep {(check.Profile is null ? "a profile" : $"the profile {check.Profile}")} active on {name}";
        string device = bus.DeviceOf(name) ?? throw Refused(operation, "it does not know the interface");
        string active = bus.ActiveObject(device);
        // After a restart NetworkManager may have generated a profile for the addresses that it found, and renews none of them.
        if (!bus.IsAlive(active) || (check.Profile is null ? NetworkManager.OnlyWatches(bus, active) : bus.ActiveOn(device) != check.Profile))
            throw Refused(operation, $"it is not active, and the device is in state {bus.State(device)} (NM_DEVICE_STATE)");
    }

    private static void Copy(NetworkManagerBus bus, CopyProfile change, string bond)
    {
        string uuid = ProfileCopy.Uuid(change.Mac, port: false);
        // NetworkManager learns of new interfaces from kernel and udev events like every other program.
        string? device = null;
        // The bond is not in use yet, so waiting costs nothing.
        if (!bus.Until(s_newPatience, () => (device = bus.DeviceOf(bond)) is not null))
            throw Refused($"wait {s_newPatience.TotalSeconds} s until it knows of {bond}");
        if (bus.ActiveOn(device!) == uuid)
            return;

        string operation = $"activate a copy of the profile {change.Copy.Profile} on {bond}";
        string profile = bus.ProfileOf(change.Copy.Profile);
        if (profile == "/")
            throw Refused(operation, "the profile is gone");
        Profile original = bus.ProfileAt(profile), copy = original.CopyFor(change, uuid, bond, Miimon(bond));
        string? active = null;
        // Until udev has finished with the bond, it is "strictly unmanaged".
        bus.Until(s_newPatience, () => (active = bus.AddAndActivate(copy, device!, operation, Service + ".UnknownConnection")) is not null);
        active ??= bus.AddAndActivate(copy, device!, operation);
        Await(bus, active!, device!, original["ipv4.method"] == "manual" ? Activated : IpConfig, s_patience, operation);
    }

    private static void AddPort(NetworkManagerBus bus, AddPortProfile change, string port, string bond)
    {
        string uuid = ProfileCopy.Uuid(change.Mac, port: true), master = ProfileCopy.Uuid(change.Mac, port: false);
        string operation = $"make {port} a port of {bond}";
        string device = bus.DeviceOf(port) ?? throw Refused(operation, "it does not know the interface");
        string of = bus.DeviceOf(bond) ?? throw Refused(operation, "it does not know the bond");
        string active = bus.ActiveObject(device);
        if (bus.ActiveOn(device) != uuid)
            active = bus.AddAndActivate(Profile.OfPort(uuid, master, port, bond), device, operation)!;
        Await(bus, active, device, Activated, s_patience, operation);
        Await(bus, bus.ActiveObject(of), of, Activated, s_leasePatience, $"configure {bond}");
        Complete(bus, bus.ProfileOf(master), of, $"configure IPv6 on {bond}");
        bus.Until(s_patience, () => bus.IsReady(bus.ActiveObject(of)));
    }

    // Adds the IPv6 settings that the copy was activated without.
    private static void Complete(NetworkManagerBus bus, string copy, string device, string operation)
    {
        if (copy == "/")
            return;
        Profile asItIs = bus.ProfileAt(copy);
        string path = bus.ProfileOf(asItIs[Profile.Origin] ?? "");
        if (asItIs["ipv6.method"] != "ignore" || path == "/" || bus.ProfileAt(path) is not { IPv6Later: true } original)
            return;
        bus.Update(copy, asItIs.WithIPv6Of(original), device, operation);
        Await(bus, bus.ActiveObject(device), device, Activated, s_leasePatience, operation);
    }

    private static NetworkManagerBus? Connect(bool mayBeAway)
    {
        try
        {
            return new NetworkManagerBus();
        }
        catch (SystemRefusal) when (mayBeAway)
        {
            return null;
        }
    }

    private static void StopManaging(NetworkManagerBus bus, string name, bool repeat)
    {
        try
        {
            if (bus.DeviceOf(name) is { } device)
                bus.StopManaging(device, name);
        }
        catch (SystemRefusal) when (repeat)
        {
            // During an undo there is nothing to wait for if NetworkManager does not answer.
        }
    }

    private static void ReleaseInterface(NetworkManagerBus bus, string name)
    {
        if (bus.DeviceOf(name) is not { } device)
            return;
        bus.StopManaging(device, name);
        if (!bus.Until(s_patience, () => bus.State(device) <= Unmanaged))
            throw Refused($"wait {s_patience.TotalSeconds} s until it has released {name}");
    }

    private static void Activate(NetworkManagerBus bus, ActivateProfile change, string name)
    {
        string operation = $"activate the profile {change.Profile} on {name}";
        string device = bus.DeviceOf(name) ?? throw Refused(operation, "it does not know the interface");
        string active = bus.ActiveObject(device);
        if (bus.ActiveOn(device) != change.Profile)
            active = bus.Activate(bus.ProfileOf(change.Profile), device, operation);
        Await(bus, active, device, Activated, s_leasePatience, operation);
        bus.Until(s_patience, () => bus.IsReady(active));
    }

    /// <remarks>A time-out is no failure: NetworkManager continues, and moved addresses stay.</remarks>
    private static void Await(
        NetworkManagerBus bus, string active, string device, uint wanted, TimeSpan patience, string operation) =>
        bus.Until(patience, () =>
        {
            uint state = bus.State(device);
            if (state >= wanted && state <= Activated)
                return true;
            return bus.IsAlive(active) ? false
                : throw Refused(operation, $"it gave up, and the device is in state {state} (NM_DEVICE_STATE)");
        });

    private static SystemRefusal Refused(string operation, string? words = null) =>
        new(NetworkManager.Daemon, operation, 0, words, Advice);

    private static string Miimon(string bond)
    {
        try
        {
            return File.ReadAllText($"/sys/class/net/{bond}/bonding/miimon").Trim();
        }
        catch (IOException)
        {
            return "100";
        }
    }
}
