using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>A request to NetworkManager (org.freedesktop.NetworkManager on the system bus).</summary>
internal abstract record NetworkManagerChange(int Link) : OwnerChange
{
    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "NetworkManager";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };
}

/// <summary>Activate an in-memory copy of a profile on a bond without configuration. NetworkManager starts neither DHCP nor IPv6
/// autoconfiguration until the bond has a port.</summary>
internal sealed record CopyProfile(int Link, HardwareAddress Mac, ProfileCopy Copy) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"NetworkManager: activate a copy of {Copy.Profile} on {name(Link)}, in memory "
        + $"(client id {Copy.ClientId ?? "none"}, metrics {Copy.Metric4} and {Copy.Metric6}"
        + (Copy.Iaid is { } iaid ? $", IAID {iaid}" : "") + (Copy.Token is { } token ? $", token {token})" : ")");

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"activate a copy of the profile on {name(Link)}";

    /// <inheritdoc/>
    public override string Kind => "clone-profile";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CopyProfile(
        f.Link(Link), f.Mac("mac", Mac), f.Object("copy", Copy, ProfileCopy.Journaled));
}

/// <summary>Tell NetworkManager that an interface is a port of the bond with the copied profile, which it already is in the kernel,
/// and wait until the bond's profile is active.</summary>
internal sealed record AddPortProfile(int Link, int Bond, HardwareAddress Mac) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"NetworkManager: {name(Link)} is a port of {name(Bond)}; wait until the bond is configured";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"make {name(Link)} a port of {name(Bond)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link), Bond = index(Bond) };

    /// <inheritdoc/>
    public override string Kind => "add-port-profile";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AddPortProfile(f.Link(Link), f.Int("bond", Bond), f.Mac("mac", Mac));
}

/// <summary>Fails unless a profile is active or being activated on an interface.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Profile">UUID of the profile; null for any.</param>
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

    /// <inheritdoc/>
    public override string Kind => "check-profile";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CheckProfile(f.Link(Link), f.OptionalText("profile", Profile));
}

/// <summary>Have NetworkManager stop managing an interface and leave its configuration (Device.Managed=false).</summary>
internal sealed record StopManaging(int Link) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"NetworkManager: stop managing {name(Link)}, which keeps its configuration";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"stop managing {name(Link)}";

    /// <inheritdoc/>
    public override string Kind => "let-go";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new StopManaging(f.Link(Link));
}

/// <summary>Have NetworkManager stop managing an interface for which it generated a profile, and remove the configuration that it
/// added.</summary>
internal sealed record ReleaseInterface(int Link) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"NetworkManager: stop managing {name(Link)}; remove its addresses";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"stop managing {name(Link)}";

    /// <inheritdoc/>
    public override string Kind => "send-away";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new ReleaseInterface(f.Link(Link));
}

/// <summary>Have NetworkManager activate the administrator's profile again.</summary>
internal sealed record ActivateProfile(int Link, string Profile) : NetworkManagerChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"NetworkManager: activate {Profile} on {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"activate the profile on {name(Link)}";

    /// <inheritdoc/>
    public override string Kind => "activate-profile";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new ActivateProfile(f.Link(Link), f.Text("profile", Profile));
}
