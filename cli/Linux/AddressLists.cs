using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>The link-layer addresses that interfaces receive besides their own.</summary>
/// <remarks>The kernel's own joins copy them with dev_uc_sync and dev_mc_sync. From outside the kernel a multicast address is added by ioctl
/// (<c>ip maddr add</c>), which adds it once however often it is called, and a unicast address as a forwarding entry of the interface itself
/// (<c>bridge fdb add ... self</c>, ndo_dflt_fdb_add). Both last until they are removed or the interface is.</remarks>
internal sealed class AddressLists(NetlinkSocket socket)
{
    // A PF refuses a whole message of an untrusted VF if one address in it is refused, and a unicast address is (i40e_check_vf_permission,
    // i40e_virtchnl_pf.c). So the multicast addresses must be on their way before.
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(250);

    /// <summary>The unicast addresses of an interface besides its own, as far as its driver shows them.</summary>
    public List<string> Unicast(int link)
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        int message = writer.Begin(RTM_GETNEIGH, 0);
        // Kernels before 4.20 ignore the index in this header and show all interfaces.
        writer.Append(new NeighbourHeader { Family = AF_BRIDGE, Index = link });
        writer.End(message);
        List<Forwarding> found = socket.Dump<Forwarding>("link-layer addresses", writer.Written, TryDecode) ?? [];
        List<string> addresses = [];
        foreach (Forwarding entry in found)
        {
            if (entry.Link == link && !entry.IsGroup)
                addresses.Add(entry.Address);
        }
        return addresses;
    }

    /// <summary>Makes a list as the change says, as far as the interface accepts it.</summary>
    public void Set(SetAddressList change, Link link)
    {
        HashSet<string> wanted = [];
        List<string> added = [], after = change.Source == 0 ? [] : Unicast(change.Source);
        foreach (string address in change.Addresses)
        {
            if (IsGroup(new HardwareAddress(address).ToBytes()))
                wanted.Add(address);
            else
                after.Add(address);
        }
        foreach (GroupAddress group in MulticastTable.Read(index => index == link.Index || index == change.Source))
        {
            if (group.Link == change.Source)
                wanted.Add(group.Address);
            else if (group.IsAdded)
                added.Add(group.Address);
        }
        using NetlinkDescriptor descriptor = NetlinkDescriptor.OpenRoute();
        // First what is not wanted any more: a card has room for few.
        foreach (string address in added)
        {
            if (!wanted.Contains(address))
                Multicast(descriptor, link.Name, address, SIOCDELMULTI);
        }
        foreach (string address in wanted)
        {
            if (!added.Contains(address))
                Multicast(descriptor, link.Name, address, SIOCADDMULTI);
        }
        List<string> before = Unicast(link.Index);
        after.RemoveAll(address => address == link.Address.Text);
        foreach (string address in before)
        {
            if (!after.Contains(address))
                Forward(link.Index, address, RTM_DELNEIGH, 0);
        }
        after.RemoveAll(before.Contains);
        if (after.Count > 0)
            Thread.Sleep(s_apart);
        foreach (string address in after)
            Forward(link.Index, address, RTM_NEWNEIGH, NLM_F_CREATE);
    }

    private static bool IsGroup(ReadOnlySpan<byte> address) => !address.IsEmpty && (address[0] & 1) != 0;

    // struct ifreq, linux/if.h: a name of 16 bytes, then struct sockaddr: a family, AF_UNSPEC, and the address.
    private static unsafe void Multicast(NetlinkDescriptor descriptor, string name, string address, uint request)
    {
        Span<byte> wrapped = stackalloc byte[Ethtool.RequestSize];
        wrapped.Clear();
        byte[] bytes = new HardwareAddress(address).ToBytes();
        if (bytes.Length > 14 || !Encoding.UTF8.TryGetBytes(name, wrapped[..(IFNAMSIZ - 1)], out _))
            return;
        bytes.CopyTo(wrapped[(IFNAMSIZ + sizeof(ushort))..]);
        fixed (byte* place = wrapped)
            _ = NetlinkLibc.ioctl(descriptor, request, place);
    }

    private void Forward(int link, string address, ushort type, ushort flags)
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        int message = writer.Begin(type, flags);
        writer.Append(new NeighbourHeader(AF_BRIDGE, 0, 0, link, (ushort)NeighbourState.Permanent, NTF_SELF, 0));
        writer.Put(NDA_LLADDR, new HardwareAddress(address).ToBytes());
        writer.End(message);
        _ = socket.Send(writer.Written);
    }

    private static bool TryDecode(in Message message, out Forwarding? value)
    {
        value = null;
        if (message.Header.Type != RTM_NEWNEIGH)
            return true;
        if (!message.TryRead(out NeighbourHeader head, out AttributeReader attributes))
            return false;
        while (attributes.Next())
        {
            if (attributes is { Type: NDA_LLADDR, Value.IsEmpty: false } && (head.Flags & NTF_SELF) != 0)
                value = new Forwarding(head.Index, HardwareAddress.From(attributes.Value).Text, IsGroup(attributes.Value));
        }
        return !attributes.IsMalformed;
    }

    private sealed class Forwarding(int link, string address, bool isGroup)
    {
        public int Link => link;
        public string Address => address;
        public bool IsGroup => isGroup;
    }
}
