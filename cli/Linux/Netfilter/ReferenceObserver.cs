using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Systemd;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netfilter;

/// <summary>Finds the firewall rules and sockets that refer to an interface and would not match its traffic on a bond.</summary>
/// <remarks>What cannot be read, for lack of privileges or of a kernel part, is reported but is no obstacle.</remarks>
internal static class ReferenceObserver
{
    /// <summary>All references to the interfaces of these bonds.</summary>
    public static References Observe(IReadOnlyList<PlannedBond> bonds)
    {
        List<InterfaceReference> found = [];
        List<string> unread = [];
        Try("firewall", () => Nftables.IsThere("/", KernelFile.Text("/proc/sys/kernel/osrelease") ?? "") && Nftables.Read() is { } ruleset ? Of(ruleset, bonds) : []);
        Try("firewall", () => Of(Xtables.Read(), bonds));
        Try("list of sockets", () => Of(BoundSockets.Read(), bonds));
        Try("list of units", () => Of(bonds));
        return new References([.. found], [.. unread]);

        void Try(string what, Func<IEnumerable<InterfaceReference>> read)
        {
            try
            {
                found.AddRange(read());
            }
            catch (SystemRefusal refusal)
            {
                unread.Add($"the {what} could not be read ({refusal.Message})");
            }
        }
    }

    /// <summary>The references in nftables to the interfaces of these bonds.</summary>
    public static IEnumerable<InterfaceReference> Of(NftRuleset ruleset, IReadOnlyList<PlannedBond> bonds)
    {
        foreach (PlannedBond bond in bonds)
        {
            foreach (NftRule rule in ruleset.Rules)
            {
                InterfaceTest? test = rule.Tests.Where(test => GoesBy(test, rule, ruleset, bond)).MinBy(test => test.ByName);
                if (test is not null)
                    yield return new InterfaceReference(bond.Link, test.ByName ? ReferenceKind.RuleByName : ReferenceKind.RuleByIndex,
                        $"{Table(rule.Family, rule.Table)}, chain {rule.Chain}, handle {rule.Handle}");
            }
            foreach (NftHook hook in ruleset.Hooks)
            {
                if (hook.Devices.Exists(device => Fits(device, bond.Name)) && !hook.Devices.Exists(device => Fits(device, bond.Bond)))
                    yield return new InterfaceReference(bond.Link, ReferenceKind.Hook, $"{Table(hook.Family, hook.Table)}, {hook.Object}");
            }
        }
    }

    /// <summary>The references in iptables-legacy to the interfaces of these bonds.</summary>
    public static IEnumerable<InterfaceReference> Of(IEnumerable<XtablesTable> tables, IReadOnlyList<PlannedBond> bonds) =>
        from bond in bonds
        from table in tables
        from rule in table.Rules
        where rule.Interfaces.Exists(it => Fits(it, bond.Name) && !Fits(it, bond.Bond))
        select new InterfaceReference(bond.Link, ReferenceKind.RuleByName,
            $"{table.Program}-legacy table {table.Name}, chain {rule.Chain}, rule {rule.Number}");

    /// <summary>The sockets that are bound to the interfaces of these bonds.</summary>
    public static IEnumerable<InterfaceReference> Of(IEnumerable<BoundSocket> sockets, IReadOnlyList<PlannedBond> bonds) =>
        from bond in bonds
        from socket in sockets
        where socket.Link == bond.Link
        select new InterfaceReference(bond.Link, ReferenceKind.Socket, $"{socket.Protocol} port {socket.Port}");

    private static IEnumerable<InterfaceReference> Of(IReadOnlyList<PlannedBond> bonds)
    {
        using ServiceManager? manager = ServiceManager.Connect();
        return manager is null ? [] : [.. bonds.SelectMany(bond => manager.BoundTo(bond.Name)
            .Select(unit => new InterfaceReference(bond.Link, ReferenceKind.Unit, unit)))];
    }

    /// <summary>Whether a test matches packets from the interface but would not match the same packets from the bond.</summary>
    private static bool GoesBy(InterfaceTest test, NftRule rule, NftRuleset ruleset, PlannedBond bond)
    {
        byte[] value = test.ByName ? Padded(bond.Name) : BitConverter.GetBytes(bond.Link);
        // The bond's index will be a new one, in no rule.
        byte[]? other = test.ByName ? Padded(bond.Bond) : null;
        return test switch
        {
            LookupTest lookup => ruleset.Sets.TryGetValue(new NftSetName(rule.Family, rule.Table, lookup.Set), out NftSet? set)
                && set.TellsApart(lookup.Offset, value, other),
            _ => Passes(test, value) && !(other is not null && Passes(test, other)),
        };
    }

    private static bool Passes(InterfaceTest test, ReadOnlySpan<byte> value) => test switch
    {
        CompareTest compare => compare.Value.Length > 0 && value.StartsWith(compare.Value),
        RangeTest range => value.SequenceCompareTo(range.From) >= 0 && value.SequenceCompareTo(range.To) <= 0,
        _ => false,
    };

    private static bool Fits(string device, string name) =>
        device == name || device.EndsWith('*') && name.StartsWith(device[..^1], StringComparison.Ordinal);

    // ifname_compare_aligned, linux/netfilter/x_tables.h.
    private static bool Fits((byte[] Name, byte[] Mask) rule, string name)
    {
        byte[] padded = Padded(name);
        for (int i = 0; i < IFNAMSIZ; i++)
        {
            if (((padded[i] ^ rule.Name[i]) & rule.Mask[i]) != 0)
                return false;
        }
        return true;
    }

    private static byte[] Padded(string name)
    {
        byte[] bytes = new byte[IFNAMSIZ];
        Encoding.UTF8.TryGetBytes(name, bytes, out _);
        return bytes;
    }

    private static string Table(byte family, string name) => $"nftables table {family switch
    {
        NFPROTO_INET => "inet",
        NFPROTO_IPV4 => "ip",
        NFPROTO_ARP => "arp",
        NFPROTO_NETDEV => "netdev",
        NFPROTO_BRIDGE => "bridge",
        NFPROTO_IPV6 => "ip6",
        _ => $"family {family}",
    }} {name}";
}
