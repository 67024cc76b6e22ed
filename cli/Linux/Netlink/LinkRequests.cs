using System.Net;
using System.Text;
using HypervVfattach.Core.Planning.Changes;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Encodes requests that create, change and remove links.</summary>
internal static class LinkRequests
{
    /// <summary>Writes the request to create a bond.</summary>
    public static void WriteCreate(ref MessageWriter writer, CreateBond bond)
    {
        int message = writer.Begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
        writer.Append(default(LinkHeader));
        writer.Put(IFLA_IFNAME, bond.Name);
        // An address given at creation counts as set by an administrator (NET_ADDR_SET), which udev's MACAddressPolicy respects.
        if (!bond.Address.IsEmpty)
            writer.Put(IFLA_ADDRESS, bond.Address.ToBytes());
        writer.Put(IFLA_MTU, bond.Attributes.Mtu);
        writer.Put(IFLA_TXQLEN, bond.Attributes.TxQueueLength);
        writer.Put(IFLA_GROUP, bond.Attributes.Group);
        int info = writer.BeginNested(IFLA_LINKINFO);
        writer.Put(IFLA_INFO_KIND, "bond");
        int data = writer.BeginNested(IFLA_INFO_DATA);
        writer.Put(IFLA_BOND_MODE, BOND_MODE_ACTIVEBACKUP);
        writer.Put(IFLA_BOND_MIIMON, bond.Miimon);
        // active (1): the bond takes its active port's address, and no address is ever written to a port. With follow (2) a port that has
        // the bond's own address gets a random one since Linux 5c3bf6cba791, and on Hyper-V both ports have the same address.
        writer.Put(IFLA_BOND_FAIL_OVER_MAC, (byte)1);
        // always (0): return to the VF as soon as it is there.
        writer.Put(IFLA_BOND_PRIMARY_RESELECT, (byte)0);
        writer.Put(IFLA_BOND_NUM_PEER_NOTIF, (byte)1);
        writer.EndNested(data);
        writer.EndNested(info);
        writer.End(message);
    }

    /// <summary>Writes how the kernel generates a link's own IPv6 addresses.</summary>
    /// <remarks>IFLA_AF_SPEC is ignored on creation (rtnl_newlink_create, Linux 6.1). Afterwards is early enough: the kernel generates an
    /// address when the link is switched on.</remarks>
    public static void WriteAddressGeneration(ref MessageWriter writer, int link, byte mode) =>
        WriteIPv6(ref writer, link, IFLA_INET6_ADDR_GEN_MODE, [mode]);

    /// <summary>Writes the interface identifier that the kernel appends to an advertised prefix.</summary>
    public static void WriteToken(ref MessageWriter writer, int link, IPAddress token) =>
        WriteIPv6(ref writer, link, IFLA_INET6_TOKEN, token.GetAddressBytes());

    private static void WriteIPv6(ref MessageWriter writer, int link, ushort attribute, scoped ReadOnlySpan<byte> value)
    {
        int message = writer.Begin(RTM_SETLINK, 0);
        writer.Append(new LinkHeader { Index = link });
        int families = writer.BeginNested(IFLA_AF_SPEC);
        int ipv6 = writer.BeginNested(AF_INET6);
        writer.Put(attribute, value);
        writer.EndNested(ipv6);
        writer.EndNested(families);
        writer.End(message);
    }

    /// <summary>Writes the request to remove a link.</summary>
    public static void WriteDelete(ref MessageWriter writer, int link)
    {
        int message = writer.Begin(RTM_DELLINK, 0);
        writer.Append(new LinkHeader { Index = link });
        writer.End(message);
    }

    /// <summary>Writes the request to set or clear one of a link's IFF_* flags.</summary>
    public static void WriteFlag(ref MessageWriter writer, int link, uint flag, bool on)
    {
        int message = writer.Begin(RTM_SETLINK, 0);
        writer.Append(new LinkHeader { Index = link, Flags = on ? flag : 0, Change = flag });
        writer.End(message);
    }

    /// <summary>Writes a link's new master.</summary>
    /// <param name="writer">The output.</param>
    /// <param name="link">The port.</param>
    /// <param name="master">The master, 0 for none.</param>
    /// <param name="down">Whether to switch it off first, without releasing the kernel's lock in between.</param>
    public static void WriteMaster(ref MessageWriter writer, int link, int master, bool down)
    {
        int message = writer.Begin(RTM_SETLINK, 0);
        writer.Append(new LinkHeader { Index = link, Change = down ? IFF_UP : 0 });
        writer.Put(IFLA_MASTER, master);
        writer.End(message);
    }

    /// <summary>Writes a link's new MTU.</summary>
    public static void WriteMtu(ref MessageWriter writer, int link, uint mtu)
    {
        int message = writer.Begin(RTM_SETLINK, 0);
        writer.Append(new LinkHeader { Index = link });
        writer.Put(IFLA_MTU, mtu);
        writer.End(message);
    }

    /// <summary>Writes a link's new alias.</summary>
    /// <remarks>Without a NUL: the kernel removes the alias only where the attribute has no bytes (dev_set_alias, net/core/dev.c).</remarks>
    public static void WriteAlias(ref MessageWriter writer, int link, string alias)
    {
        int message = writer.Begin(RTM_SETLINK, 0);
        writer.Append(new LinkHeader { Index = link });
        writer.Put(IFLA_IFALIAS, Encoding.UTF8.GetBytes(alias));
        writer.End(message);
    }

    /// <summary>Writes a link's new name.</summary>
    public static void WriteName(ref MessageWriter writer, int link, string name)
    {
        int message = writer.Begin(RTM_SETLINK, 0);
        writer.Append(new LinkHeader { Index = link });
        writer.Put(IFLA_IFNAME, name);
        writer.End(message);
    }

    /// <summary>Writes a bond's preferred port.</summary>
    /// <remarks>The kernel stores it by name, even while there is no such port.</remarks>
    public static void WritePrimary(ref MessageWriter writer, int bond, int port) =>
        WriteOption(ref writer, bond, IFLA_BOND_PRIMARY, port);

    /// <summary>Writes whether a bond accepts frames from ports that are not the active one.</summary>
    public static void WriteAllPortsActive(ref MessageWriter writer, int bond, bool all) =>
        WriteOption(ref writer, bond, IFLA_BOND_ALL_SLAVES_ACTIVE, (byte)(all ? 1 : 0));

    private static void WriteOption<T>(ref MessageWriter writer, int bond, ushort option, T value) where T : unmanaged
    {
        // Only RTM_NEWLINK accepts the options of a kind.
        int message = writer.Begin(RTM_NEWLINK, 0);
        writer.Append(new LinkHeader { Index = bond });
        int info = writer.BeginNested(IFLA_LINKINFO);
        writer.Put(IFLA_INFO_KIND, "bond");
        int data = writer.BeginNested(IFLA_INFO_DATA);
        writer.Put(option, value);
        writer.EndNested(data);
        writer.EndNested(info);
        writer.End(message);
    }

    /// <summary>Writes the request to add or remove an alternative name.</summary>
    public static void WriteAltName(ref MessageWriter writer, int link, string name, bool add)
    {
        int message = add
            ? writer.Begin(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND)
            : writer.Begin(RTM_DELLINKPROP, 0);
        writer.Append(new LinkHeader { Index = link });
        int list = writer.BeginNested(IFLA_PROP_LIST | NLA_F_NESTED);
        writer.Put(IFLA_ALT_IFNAME, name);
        writer.EndNested(list);
        writer.End(message);
    }
}
