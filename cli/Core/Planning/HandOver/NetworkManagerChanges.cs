using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>A request to NetworkManager (org.freedesktop.NetworkManager on the system bus).</summary>
internal abstract record NetworkManagerChange(int Link) : OwnerChange
{
    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "NetworkManager";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };
}

/// <summary>Activate a copy of a profile on a bond that has no configuration yet, in memory only. NetworkManager waits with
/// leases and router advertisements until it knows of a port.</summary>
internal sealed record CloneProfile(int Link, HardwareAddress Mac, ProfileClone Copy) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"NetworkManager: activate a copy of {Copy.Profile} on {name(Link)}, in memory "
        + $"(client id {Copy.ClientId ?? "none"}, metrics {Copy.Metric4} and {Copy.Metric6}"
        + (Copy.Token is { } token ? $", token {token})" : ")");

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"activate a copy of the profile on {name(Link)}";
}

/// <summary>Tell NetworkManager that an interface, which it is already, is a port of the bond that has the copied profile,
/// and wait until that is active.</summary>
internal sealed record AddPortProfile(int Link, int Bond, HardwareAddress Mac) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"NetworkManager: {name(Link)} is a port of {name(Bond)}; wait until that is configured";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"make {name(Link)} a port of {name(Bond)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link), Bond = index(Bond) };
}

/// <summary>Fail unless a profile is active on an interface, or on its way to be.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Profile">UUID of the profile; null for whichever.</param>
internal sealed record CheckProfile(int Link, string? Profile) : OwnerCheck(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"NetworkManager: check that {Profile ?? "a profile"} is active on {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"check that {Profile ?? "a profile"} is active on {name(Link)}";

    /// <inheritdoc/>
    public override string Owner => "NetworkManager";

    /// <inheritdoc/>
    public override OwnerCheck Loosely => this with { Profile = null };
}

/// <summary>Have NetworkManager let go of an interface and leave it as it is (Device.Managed=false).</summary>
internal sealed record LetGo(int Link) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"NetworkManager: let go of {name(Link)} as it is";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"let go of {name(Link)}";
}

/// <summary>Have NetworkManager let go of an interface for which it had made up a profile, and remove what it gave to
/// it.</summary>
internal sealed record SendAway(int Link) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"NetworkManager: let go of {name(Link)}; remove its addresses";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"let go of {name(Link)}";
}

/// <summary>Have NetworkManager activate a person's own profile again.</summary>
internal sealed record ActivateProfile(int Link, string Profile) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"NetworkManager: activate {Profile} on {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"activate the profile on {name(Link)}";
}

/// <summary>How a copy differs from its profile, so that it gives the same addresses and routes on another interface.</summary>
/// <param name="Profile">The profile's UUID.</param>
/// <param name="ClientId">DHCP client identifier in use; null for none.</param>
/// <param name="Metric4">Metric of the IPv4 routes: a bond's is another than an Ethernet NIC's.</param>
/// <param name="Metric6">Metric of the IPv6 routes.</param>
/// <param name="Token">Interface identifier that the IPv6 address has now, where it was made from the interface's name;
/// else null.</param>
internal sealed record ProfileClone(string Profile, string? ClientId, uint Metric4, uint Metric6, string? Token)
{
    /// <summary>UUID of a pair's copied profile, and of its port's.</summary>
    public static string Uuid(HardwareAddress mac, bool port) =>
        $"76666174-7461-4368-800{(port ? 1 : 0)}-{mac.ToString().Replace(":", "", StringComparison.Ordinal)}";
}
