using System.Collections.Immutable;
using System.Globalization;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>Temporary IPv6 addresses (RFC 8981), which the kernel makes of those that have IFA_F_MANAGETEMPADDR.</summary>
/// <remarks>
/// The kernel drops one that it makes on an interface that is not ready, tries again at once, and after regen_max_retry
/// attempts has switched them off for good: use_tempaddr is -1 (addrconf_dad_begin, ipv6_create_tempaddr,
/// net/ipv6/addrconf.c). So they are off while addresses are moved, and an address gets the flag only when the interface is
/// ready: that it gets the flag is what makes the kernel make one (inet6_addr_modify).
/// </remarks>
internal static class TemporaryAddresses
{
    /// <summary>The kernel's setting that switches them on.</summary>
    public const string Setting = "use_tempaddr";

    private const string Off = "0";

    /// <summary>Whether the kernel has made an address so: IPv6 has the bit of IFA_F_SECONDARY for that (IFA_F_TEMPORARY).</summary>
    public static bool Is(Address address) => address.IsIPv6 && address.Flags.HasFlag(AddressFlags.Secondary);

    /// <summary>An address as it is added first.</summary>
    public static Address Without(Address address) => address with { Flags = address.Flags & ~AddressFlags.ManageTemporary };

    /// <summary>Switches them off for the time of a move.</summary>
    /// <param name="snapshot">Holds the settings.</param>
    /// <param name="model">What the target has: its own index, or 0 for a new interface (<c>default</c>).</param>
    /// <param name="to">Index of the target.</param>
    public static ImmutableArray<Change> SwitchedOff(Snapshot snapshot, int model, int to) =>
        Of(snapshot, model) is { Value: not Off } on ? [new SetSysctl(on with { Link = to, Value = Off })] : [];

    /// <summary>The way back of <see cref="SwitchedOff"/> for an interface that has no address.</summary>
    public static ImmutableArray<Change> AsBefore(Snapshot snapshot, Link link) =>
        Of(snapshot, link.Index) is { Value: not Off } on ? [new SetSysctl(on)] : [];

    /// <summary>Gives the moved IPv6 addresses their own flags back, and the interface the setting of another. Without a carrier
    /// the setting comes last, and the kernel makes temporary addresses at the next router advertisement.</summary>
    /// <param name="snapshot">Holds the settings.</param>
    /// <param name="from">The interface whose setting counts.</param>
    /// <param name="there">What the target has.</param>
    /// <param name="to">Index of the target, for which <see cref="SwitchedOff"/> holds.</param>
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
