using System.Net;
using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Encodes and decodes IP addresses: <see cref="Address"/> to and from RTM_NEWADDR.</summary>
internal static class AddressCodec
{
    /// <summary>Flags that a request may set; the kernel determines the others.</summary>
    /// <remarks>OPTIMISTIC is left out: the kernel refuses it together with NODAD.</remarks>
    public const AddressFlags Settable = AddressFlags.NoDad | AddressFlags.HomeAddress | AddressFlags.ManageTemporary
        | AddressFlags.NoPrefixRoute | AddressFlags.MulticastAutoJoin;

    /// <summary>Writes the request for all addresses.</summary>
    public static void WriteDump(ref MessageWriter writer)
    {
        int message = writer.Begin(RTM_GETADDR, 0);
        writer.Append(default(AddressHeader));
        writer.End(message);
    }

    /// <summary>Writes the request to add an address.</summary>
    public static void WriteAdd(ref MessageWriter writer, Address address)
    {
        AddressFlags flags = address.Flags & Settable;
        if (address.IsIPv6)
            // The NICs of a pair have the same MAC and IPv6 addresses: duplicate detection could only find ourselves.
            flags |= AddressFlags.NoDad;
        Write(ref writer, address, flags, NLM_F_CREATE | NLM_F_EXCL);
    }

    /// <summary>Writes the request to set the flags, lifetimes and metric of an existing address; without IFA_F_NODAD the kernel does not
    /// start duplicate detection again (inet6_addr_modify, net/ipv6/addrconf.c).</summary>
    public static void WritePut(ref MessageWriter writer, Address address) =>
        Write(ref writer, address, address.Flags & Settable, NLM_F_REPLACE);

    private static void Write(ref MessageWriter writer, Address address, AddressFlags flags, ushort how)
    {
        int message = writer.Begin(RTM_NEWADDR, how);
        WriteIdentity(ref writer, address, flags);
        if (address.Broadcast is not null)
            writer.Put(IFA_BROADCAST, address.Broadcast);
        if (address.Label is not null && !address.IsIPv6)
            writer.Put(IFA_LABEL, address.Label);
        writer.Put(IFA_FLAGS, (uint)flags);
        if (address.Metric != 0)
            writer.Put(IFA_RT_PRIORITY, address.Metric);
        if (address.Protocol != 0)
            writer.Put(IFA_PROTO, address.Protocol);
        if (address.ValidLifetime != Address.Forever || address.PreferredLifetime != Address.Forever)
        {
            // The kernel refuses an address whose lifetime is over, and one preferred for longer than valid.
            uint valid = Math.Max(address.ValidLifetime, 1);
            uint preferred = Math.Min(address.PreferredLifetime, valid);
            writer.Put(IFA_CACHEINFO, new AddressCacheInfo(preferred, valid, 0, 0));
        }
        writer.End(message);
    }

    /// <summary>Writes the request to remove an address.</summary>
    public static void WriteRemove(ref MessageWriter writer, Address address)
    {
        // Without IFA_LABEL, which would have to match: it changes when the interface is renamed.
        int message = writer.Begin(RTM_DELADDR, 0);
        WriteIdentity(ref writer, address, AddressFlags.None);
        writer.End(message);
    }

    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecode(in Message message, out Address? value)
    {
        value = null;
        if (message.Header.Type != RTM_NEWADDR)
            return true;
        if (!message.TryRead(out AddressHeader head, out AttributeReader attributes))
            return false;
        if (head.Family is not (AF_INET or AF_INET6))
            return true;

        IPAddress? local = null, address = null, broadcast = null;
        string? label = null;
        uint flags = head.Flags, metric = 0;
        uint valid = Address.Forever, preferred = Address.Forever;
        byte protocol = 0;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case IFA_LOCAL:
                    local = attributes.Ip();
                    break;
                case IFA_ADDRESS:
                    address = attributes.Ip();
                    break;
                case IFA_BROADCAST:
                    broadcast = attributes.Ip();
                    break;
                case IFA_LABEL:
                    label = attributes.Text();
                    break;
                case IFA_FLAGS:
                    flags = attributes.Read<uint>();
                    break;
                case IFA_RT_PRIORITY:
                    metric = attributes.Read<uint>();
                    break;
                case IFA_PROTO:
                    protocol = attributes.Read<byte>();
                    break;
                case IFA_CACHEINFO:
                    AddressCacheInfo lifetimes = attributes.Read<AddressCacheInfo>();
                    (valid, preferred) = (lifetimes.Valid, lifetimes.Preferred);
                    break;
            }
        }
        IPAddress? own = local ?? address;
        if (attributes.IsMalformed || own is null)
            return false;

        value = new Address
        {
            Link = head.Index,
            Local = own,
            Peer = address is not null && !address.Equals(own) ? address : null,
            PrefixLength = head.PrefixLength,
            Broadcast = broadcast,
            Scope = head.Scope,
            Flags = (AddressFlags)flags,
            Label = label,
            ValidLifetime = valid,
            PreferredLifetime = preferred,
            Metric = metric,
            Protocol = protocol,
        };
        return true;
    }

    private static void WriteIdentity(ref MessageWriter writer, Address address, AddressFlags flags)
    {
        byte family = address.IsIPv6 ? AF_INET6 : AF_INET;
        writer.Append(new AddressHeader(family, address.PrefixLength, (byte)flags, address.Scope, address.Link));
        writer.Put(IFA_LOCAL, address.Local);
        writer.Put(IFA_ADDRESS, address.Peer ?? address.Local);
    }
}
