using System.Collections.Immutable;
using System.Globalization;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>Temporary IPv6 addresses (RFC 8981), which the kernel derives from addresses with IFA_F_MANAGETEMPADDR.</summary>
/// <remarks>On an interface that is not ready the kernel drops a new temporary address, tries again at once, and after
/// regen_max_retry attempts disables them permanently: use_tempaddr becomes -1 (addrconf_dad_begin, ipv6_create_tempaddr,
/// net/ipv6/addrconf.c). So they are off while addresses are moved, and an address gets the flag only when the interface is ready.
/// Setting the flag makes the kernel create a temporary address (inet6_addr_modify).</remarks>
internal static class TemporaryAddresses
{
    /// <summary>The kernel setting that enables them.</summary>
    public const string Setting = "use_tempaddr";

    private const string Off = "0";

    /// <summary>Whether an address is temporary: for IPv6, the bit of IFA_F_SECONDARY means IFA_F_TEMPORARY.</summary>
    public static bool Is(Address address) => address.IsIPv6 && address.Flags.HasFlag(AddressFlags.Secondary);

    /// <summary>The address as it is first added, without the flag.</summary>
    public static Address Without(Address address) => address with { Flags = address.Flags & ~AddressFlags.ManageTemporary };

    /// <summary>Disables them for the time of a move.</summary>
    /// <param name="snapshot">Has the settings.</param>
    /// <param name="model">The target's present settings: those of its own index, or 0 for a new interface (<c>default</c>).</param>
    /// <param name="to">Index of the target.</param>
    public static ImmutableArray<Change> SwitchedOff(Snapshot snapshot, int model, int to) =>
        Of(snapshot, model) is { Value: not Off } on ? [new SetSysctl(on with { Link = to, Value = Off })] : [];

    /// <summary>Undoes <see cref="SwitchedOff"/> for an interface without addresses.</summary>
    public static ImmutableArray<Change> AsBefore(Snapshot snapshot, Link link) =>
        Of(snapshot, link.Index) is { Value: not Off } on ? [new SetSysctl(on)] : [];

    /// <summary>Restores the flags of the moved IPv6 addresses, and copies the setting of another interface. Without a carrier the
    /// setting comes last, and the kernel creates temporary addresses at the next router advertisement.</summary>
    /// <param name="snapshot">Has the settings.</param>
    /// <param name="from">The interface whose setting is copied.</param>
    /// <param name="there">The target's configuration.</param>
    /// <param name="to">Index of the target, on which <see cref="SwitchedOff"/> was made.</param>
    public static ImmutableArray<Change> Settled(Snapshot snapshot, Link from, Configuration there, int to)
    {
        if (Of(snapshot, from.Index) is not { Value: not Off } sysctl)
            return Move.Settled(there);
        var set = new SetSysctl(sysctl with { Link = to });
        bool areMade = from.Carrier && int.TryParse(sysctl.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int use)
            && use > 0 && there.Addresses.Any(address => address.Flags.HasFlag(AddressFlags.ManageTemporary));
        return areMade ? [new WaitForCarrier(to), set, .. Move.Settled(there)] : [.. Move.Settled(there), set];
    }

    private static Sysctl? Of(Snapshot snapshot, int link) =>
        snapshot.Sysctls.FirstOrDefault(sysctl => sysctl.Link == link && sysctl is { Tree: "ipv6/conf", Name: Setting });
}
