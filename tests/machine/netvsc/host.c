// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host: for each NIC a network VSP (NVSP and RNDIS) whose port of the virtual switch is a real interface of this
 * machine, the uplink. All of it happens in the channel's tasklet or in the uplink's receive path, under the NIC's lock.
 * The switch itself is outside the machine (Wire.cs): it learns of each switch of the data path by a frame of ours, and
 * it alone decides whether a frame goes to the uplink or to the VF.
 *
 * /proc/vmbus-host takes commands and shows the NICs; see README.md.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>
#include <linux/rndis.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#include <linux/hex.h>
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif
#include "standin.h"

/* NVSP: a message is its type and some words. */
enum {
	INIT = 1, INIT_COMPLETE = 2, NDIS_VERSION = 100, RECV_BUF, RECV_BUF_COMPLETE, REVOKE_RECV_BUF, SEND_BUF, SEND_BUF_COMPLETE,
	REVOKE_SEND_BUF, RNDIS, RNDIS_COMPLETE, NDIS_CONFIG = 125, VF_ASSOCIATION = 128, SWITCH_DATA_PATH, SUBCHANNEL = 133,
};
enum { SUCCESS = 1, FAIL = 2 };
#define CAPABILITY_SRIOV BIT(2)
#define RECV_SECTION 1728
#define SEND_SECTION 6144
#define NO_SECTION 0xffffffffu
#define PPI_CHECKSUM 0
#define PPI_VLAN 6
#define PATH_PROTOCOL 0x88b5	/* for local experiments (IEEE 802) */
#define WORDS(...) ((const u32[]){ __VA_ARGS__ })
#define OID_RSS_CAPABILITIES 0x00010203
#define OID_OFFLOAD_CAPABILITIES 0xfc01020d	/* OID_TCP_OFFLOAD_HARDWARE_CAPABILITIES */

struct nic {
	struct si_channel si;
	struct list_head node;
	struct net_device *uplink;
	spinlock_t lock;
	u8 mac[ETH_ALEN], current_mac[ETH_ALEN];
	bool open, link, configured, sriov, vf, on_vf, hold_switch, ignore_switch;
	u32 serial, version, filter;
	u64 held_switch;
	struct { u8 *at; u32 size; } recv, send;
	unsigned long *recv_used;
	u32 recv_count;
	u64 rx, tx, tx_on_vf, rx_no_buffer, switches;
};

static LIST_HEAD(nics);
static DEFINE_MUTEX(nics_lock);		/* commands, one after the other */
static DEFINE_SPINLOCK(list_lock);	/* readers are under RCU */

static uint nvsp = 0x60001;
module_param(nvsp, uint, 0644);
MODULE_PARM_DESC(nvsp, "newest NVSP version that the host speaks; before 0x50000 there is no SR-IOV");
static bool checksums = true;
module_param(checksums, bool, 0644);
MODULE_PARM_DESC(checksums, "the host offers to compute TCP and UDP checksums");
static bool trace;
module_param(trace, bool, 0644);

#define say(nic, format, ...) do { if (trace) pr_info("host %pM: " format "\n", (nic)->mac, ##__VA_ARGS__); } while (0)

static void complete_to_guest(struct nic *nic, u64 id, const u32 *words, u32 count)
{
	u32 message[10] = { };

	memcpy(message, words, count * sizeof(u32));
	si_to_guest(&nic->si, VM_PKT_COMP, id, NULL, 0, message, count ? sizeof(message) : 0);
}

/* RNDIS to the guest: into a free section of its receive buffer, which the guest gives back by a completion. */
static int rndis_to_guest(struct nic *nic, u32 channel_type, const void *head, u32 head_len, struct sk_buff *skb)
{
	struct { u16 pageset; u8 owns; u8 reserved; u32 count, bytes, offset; } __packed ranges = { .pageset = 0xcafe, .count = 1 };
	u32 message[10] = { RNDIS, channel_type, NO_SECTION, 0 }, len = head_len + (skb ? skb->len : 0), section;

	if (!nic->recv.at || len > RECV_SECTION)
		return -EMSGSIZE;
	section = find_first_zero_bit(nic->recv_used, nic->recv_count);
	if (section >= nic->recv_count) {
		nic->rx_no_buffer++;
		return -ENOBUFS;
	}
	__set_bit(section, nic->recv_used);
	memcpy(nic->recv.at + section * RECV_SECTION, head, head_len);
	if (skb)
		skb_copy_bits(skb, 0, nic->recv.at + section * RECV_SECTION + head_len, skb->len);
	ranges.bytes = len;
	ranges.offset = section * RECV_SECTION;
	return si_to_guest(&nic->si, VM_PKT_DATA_USING_XFER_PAGES, section + 1, &ranges, sizeof(ranges), message, sizeof(message));
}

static void indicate(struct nic *nic, u32 status)
{
	u32 message[5] = { RNDIS_MSG_INDICATE, sizeof(message), status, 0, 12 };

	rndis_to_guest(nic, 1, message, sizeof(message), NULL);
}

static void tell_association(struct nic *nic)
{
	u32 message[10] = { VF_ASSOCIATION, nic->vf, nic->serial };

	if (nic->open && nic->sriov)
		si_to_guest(&nic->si, VM_PKT_DATA_INBAND, 0, NULL, 0, message, sizeof(message));
}

static u32 query(struct nic *nic, u32 oid, const u8 *in, u32 in_len, u8 *out, u32 *len)
{
	static const u16 name[] = { 'N', 'e', 't', 'w', 'o', 'r', 'k', ' ', 'A', 'd', 'a', 'p', 't', 'e', 'r' };
	u32 word;

	*len = 4;
	switch (oid) {
	case RNDIS_OID_GEN_MAXIMUM_FRAME_SIZE:
		word = ETH_DATA_LEN;
		break;
	case RNDIS_OID_GEN_MEDIA_CONNECT_STATUS:
		word = nic->link ? 0 : 1;
		break;
	case RNDIS_OID_GEN_LINK_SPEED:
		word = 10 * 1000 * 10000;	/* 10 Gb/s, in units of 100 b/s */
		break;
	case RNDIS_OID_802_3_PERMANENT_ADDRESS:
		*len = ETH_ALEN;
		memcpy(out, nic->mac, ETH_ALEN);
		return RNDIS_STATUS_SUCCESS;
	case RNDIS_OID_GEN_FRIENDLY_NAME:
		*len = sizeof(name);
		memcpy(out, name, sizeof(name));
		return RNDIS_STATUS_SUCCESS;
	case OID_OFFLOAD_CAPABILITIES:
		if (in_len < 4 || in_len > 256)
			break;
		*len = in_len;
		memset(out, 0, in_len);
		memcpy(out, in, 4);	/* type, revision and size */
		if (checksums) {	/* struct ndis_csum_offload: IPv4 encapsulation, transmit; IPv6 likewise, from word 5 */
			((u32 *)out)[1] = ((u32 *)out)[5] = 2;
			((u32 *)out)[2] = 0x155;
			((u32 *)out)[6] = 0x055;
		}
		return RNDIS_STATUS_SUCCESS;
	default:
		*len = 0;
		return RNDIS_STATUS_NOT_SUPPORTED;
	}
	memcpy(out, &word, 4);
	return RNDIS_STATUS_SUCCESS;
}

/* RNDIS_OID_GEN_RNDIS_CONFIG_PARAMETER "NetworkAddress": the guest's new MAC address, twelve UTF-16 digits. */
static void set_address(struct nic *nic, const u8 *in, u32 len)
{
	const u32 *w = (const u32 *)in;
	u32 i;

	if (len < 20 || w[4] != 24 || w[3] > len || len - w[3] < 24)
		return;
	for (i = 0; i < ETH_ALEN; i++)
		nic->current_mac[i] = hex_to_bin(in[w[3] + 4 * i]) << 4 | hex_to_bin(in[w[3] + 4 * i + 2]);
}

static void frame_from_guest(struct nic *nic, const u8 *message, u32 len)
{
	const u32 *w = (const u32 *)(message + 8), *ppi = NULL;
	u32 at = 8 + w[0], frame = w[1], left = w[6], checksum = 0;
	const struct ethhdr *eth;
	struct sk_buff *skb;

	if (at > len || frame > len - at || frame < ETH_HLEN)
		return;
	skb = alloc_skb(NET_SKB_PAD + LL_RESERVED_SPACE(nic->uplink) + frame + VLAN_HLEN, GFP_ATOMIC);
	if (!skb)
		return;
	skb_reserve(skb, NET_SKB_PAD + LL_RESERVED_SPACE(nic->uplink));
	skb_put_data(skb, message + at, frame);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	eth = eth_hdr(skb);
	skb->protocol = eth->h_proto;
	skb->dev = nic->uplink;
	for (ppi = (const u32 *)(message + 8 + w[5]); left >= 16 && ppi[0] >= 16 && ppi[0] <= left;
	     left -= ppi[0], ppi = (const void *)ppi + ppi[0]) {
		u32 value = *(const u32 *)((const u8 *)ppi + ppi[2]);

		if (ppi[1] == PPI_VLAN)		/* priority 3 bits, CFI, identifier 12 bits */
			__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), (value & 7) << 13 | (value >> 3 & 1) << 12 | (value >> 4 & 0xfff));
		if (ppi[1] == PPI_CHECKSUM)	/* IPv4, IPv6, TCP, UDP; the transport header's offset from bit 16 */
			checksum = value;
	}
	if (checksum & 0xc) {
		u32 start = checksum >> 16 & 0x3ff;

		if (!skb_partial_csum_set(skb, start, checksum & 4 ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check))) {
			kfree_skb(skb);
			return;
		}
		skb_set_transport_header(skb, start);
	}
	nic->tx++;
	if (nic->on_vf)
		nic->tx_on_vf++;
	dev_queue_xmit(skb);
}

static void rndis_from_guest(struct nic *nic, const u8 *message, u32 len)
{
	const u32 *w = (const u32 *)message;
	u32 answer[12] = { }, out = 0;
	static u8 buffer[1024];		/* of answer and information; the NIC's lock is not enough for two NICs */
	static DEFINE_SPINLOCK(buffer_lock);

	while (len >= 8 && w[1] >= 8 && w[1] <= len) {
		u32 size = w[1];

		switch (w[0]) {
		case RNDIS_MSG_PACKET:
			if (size >= 44)
				frame_from_guest(nic, (const u8 *)w, size);
			break;
		case RNDIS_MSG_INIT:
			memcpy(answer, WORDS(RNDIS_MSG_INIT_C, 52, w[2], RNDIS_STATUS_SUCCESS, 1, 0, 1, 0, 8, 0x4000, 3, 0), 48);
			spin_lock(&buffer_lock);
			memset(buffer, 0, 52);
			memcpy(buffer, answer, 48);
			rndis_to_guest(nic, 1, buffer, 52, NULL);
			spin_unlock(&buffer_lock);
			break;
		case RNDIS_MSG_QUERY:
			if (size < 28)
				break;
			spin_lock(&buffer_lock);
			answer[0] = RNDIS_MSG_QUERY_C;
			answer[2] = w[2];
			answer[3] = query(nic, w[3], (const u8 *)w + 8 + w[5], w[5] + 8 <= size ? min(w[4], size - 8 - w[5]) : 0,
					  buffer + 24, &out);
			say(nic, "query %08x: %u bytes, status %08x", w[3], out, answer[3]);
			answer[1] = 24 + out;
			answer[4] = out;
			answer[5] = 16;
			memcpy(buffer, answer, 24);
			rndis_to_guest(nic, 1, buffer, 24 + out, NULL);
			spin_unlock(&buffer_lock);
			break;
		case RNDIS_MSG_SET:
			if (size < 28)
				break;
			if (w[3] == RNDIS_OID_GEN_CURRENT_PACKET_FILTER && w[5] + 12 <= size)
				nic->filter = *(const u32 *)((const u8 *)w + 8 + w[5]);
			if (w[3] == RNDIS_OID_GEN_RNDIS_CONFIG_PARAMETER && w[5] + 8 <= size)
				set_address(nic, (const u8 *)w + 8 + w[5], size - 8 - w[5]);
			say(nic, "set %08x", w[3]);
			memcpy(answer, WORDS(RNDIS_MSG_SET_C, 16, w[2], RNDIS_STATUS_SUCCESS), 16);
			rndis_to_guest(nic, 1, answer, 16, NULL);
			break;
		default:		/* RNDIS_MSG_HALT has no answer */
			say(nic, "RNDIS message %u", w[0]);
		}
		len -= size;
		w = (const void *)w + size;
	}
}

/* Tells the switch outside which path it has to use: the first byte after the header is 1 for the VF. */
static void announce_path(struct nic *nic)
{
	struct sk_buff *skb = alloc_skb(LL_RESERVED_SPACE(nic->uplink) + ETH_ZLEN, GFP_ATOMIC);
	struct ethhdr *eth;

	if (!skb)
		return;
	skb_reserve(skb, LL_RESERVED_SPACE(nic->uplink));
	eth = skb_put_zero(skb, ETH_ZLEN);
	ether_addr_copy(eth->h_dest, nic->mac);
	ether_addr_copy(eth->h_source, nic->mac);
	eth->h_proto = htons(PATH_PROTOCOL);
	*(u8 *)(eth + 1) = nic->on_vf;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth->h_proto;
	skb->dev = nic->uplink;
	dev_queue_xmit(skb);
}

static void use_path(struct nic *nic, bool vf)
{
	if (nic->on_vf == vf)
		return;
	nic->on_vf = vf;
	announce_path(nic);
}

static void switch_path(struct nic *nic, u64 id, bool vf)
{
	say(nic, "data path: %s", vf ? "VF" : "synthetic");
	if (!vf || !nic->ignore_switch)
		use_path(nic, vf);
	nic->switches++;
	complete_to_guest(nic, id, NULL, 0);
}

static void nvsp_from_guest(struct nic *nic, const struct si_packet *p)
{
	const u32 *w = (const u32 *)(&p->desc + 1);
	u64 id = p->desc.trans_id;
	u8 *buffer = NULL;
	u32 size, handle;

	if (p->desc.type == VM_PKT_COMP) {	/* a received packet is done with */
		if (id && id <= nic->recv_count)
			__clear_bit(id - 1, nic->recv_used);
		return;
	}
	if (w[0] != RNDIS)
		say(nic, "NVSP message %u: %x %x", w[0], w[1], w[2]);
	switch (w[0]) {
	case INIT:
		nic->version = w[2];
		complete_to_guest(nic, id, WORDS(INIT_COMPLETE, min(w[2], nvsp), 34, w[2] <= nvsp ? SUCCESS : FAIL), 4);
		break;
	case NDIS_CONFIG:
		nic->sriov = w[3] & CAPABILITY_SRIOV;
		break;
	case RECV_BUF:
	case SEND_BUF:
		handle = w[1];
		if (handle && handle <= SI_GPADLS)
			buffer = nic->si.gpadl[handle - 1].buffer;
		size = buffer ? nic->si.gpadl[handle - 1].size : 0;
		if (w[0] == SEND_BUF) {
			nic->send.at = buffer;
			nic->send.size = size;
			complete_to_guest(nic, id, WORDS(SEND_BUF_COMPLETE, buffer ? SUCCESS : FAIL, SEND_SECTION), 3);
			nic->configured = true;
			if (nic->vf)	/* now the host offers the VF, if it has one */
				tell_association(nic);
			break;
		}
		nic->recv_count = size / RECV_SECTION;
		nic->recv_used = bitmap_zalloc(nic->recv_count, GFP_ATOMIC);
		nic->recv.at = nic->recv_used ? buffer : NULL;
		nic->recv.size = size;
		complete_to_guest(nic, id, WORDS(RECV_BUF_COMPLETE, nic->recv.at ? SUCCESS : FAIL, 1, 0, RECV_SECTION, nic->recv_count,
						    nic->recv_count * RECV_SECTION), 7);
		break;
	case REVOKE_RECV_BUF:
		nic->recv.at = NULL;
		break;
	case REVOKE_SEND_BUF:
		nic->send.at = NULL;
		break;
	case RNDIS:
		if (w[2] == NO_SECTION) {
			rndis_from_guest(nic, (const u8 *)&p->desc + p->inband, p->paged);
		} else if (nic->send.at && (u64)w[2] * SEND_SECTION + w[3] <= nic->send.size) {
			const u8 *section = nic->send.at + w[2] * SEND_SECTION;
			u8 *whole = p->paged ? kmalloc(w[3] + p->paged, GFP_ATOMIC) : NULL;

			if (whole) {	/* the last packet's data are in pages */
				memcpy(whole, section, w[3]);
				memcpy(whole + w[3], (const u8 *)&p->desc + p->inband, p->paged);
				rndis_from_guest(nic, whole, w[3] + p->paged);
				kfree(whole);
			} else if (!p->paged) {
				rndis_from_guest(nic, section, w[3]);
			}
		}
		complete_to_guest(nic, id, WORDS(RNDIS_COMPLETE, SUCCESS), 2);
		break;
	case SWITCH_DATA_PATH:
		if (nic->hold_switch && w[1]) {
			nic->held_switch = id;
			break;
		}
		switch_path(nic, id, w[1] == 1);
		break;
	case SUBCHANNEL:
		complete_to_guest(nic, id, WORDS(SUBCHANNEL, SUCCESS, 0), 3);
		break;
	}
}

static void host(struct tasklet_struct *t)
{
	struct nic *nic = container_of(t, struct nic, si.host);
	struct si_packet *p;

	spin_lock(&nic->lock);
	while (nic->open && (p = si_next_for_host(&nic->si)) != NULL) {
		nvsp_from_guest(nic, p);
		kfree(p);
	}
	spin_unlock(&nic->lock);
}

void host_opened(struct si_channel *si, bool open)
{
	struct nic *nic = container_of(si, struct nic, si);

	spin_lock_bh(&nic->lock);
	nic->open = open;
	nic->configured = nic->sriov = false;
	use_path(nic, false);
	nic->filter = 0;
	nic->held_switch = 0;
	nic->recv.at = nic->send.at = NULL;
	bitmap_free(nic->recv_used);
	nic->recv_used = NULL;
	nic->recv_count = 0;
	spin_unlock_bh(&nic->lock);
}

/* From the uplink to one NIC. A switch reflects nothing. */
static void frame_to_guest(struct nic *nic, struct sk_buff *skb)
{
	const struct ethhdr *eth = eth_hdr(skb);
	struct { u32 type, len, data, data_len, oob, oob_len, oobs, ppi, ppi_len, vc, reserved, vlan[4]; } m = { RNDIS_MSG_PACKET };
	u32 head = 44;

	if (!nic->open || !nic->link || ether_addr_equal(eth->h_source, nic->current_mac))
		return;
	if (!(nic->filter & RNDIS_PACKET_TYPE_PROMISCUOUS)) {
		if (is_broadcast_ether_addr(eth->h_dest) ? !(nic->filter & RNDIS_PACKET_TYPE_BROADCAST) :
		    is_multicast_ether_addr(eth->h_dest) ? !(nic->filter & RNDIS_PACKET_TYPE_ALL_MULTICAST) :
		    !(nic->filter & RNDIS_PACKET_TYPE_DIRECTED) || !ether_addr_equal(eth->h_dest, nic->current_mac))
			return;
	}
	if (skb_vlan_tag_present(skb)) {
		u16 tci = skb_vlan_tag_get(skb);

		m.ppi = 36;
		m.ppi_len = 16;
		m.vlan[0] = 16;
		m.vlan[1] = PPI_VLAN;
		m.vlan[2] = 12;
		m.vlan[3] = tci >> 13 | (tci >> 12 & 1) << 3 | (tci & 0xfff) << 4;
		head += 16;
	}
	m.data = head - 8;
	m.data_len = skb->len;
	m.len = head + skb->len;
	if (rndis_to_guest(nic, 0, &m, head, skb) == 0)
		nic->rx++;
}

static void to_guests(struct net_device *uplink, struct sk_buff *skb)
{
	struct nic *nic;

	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		return;
	list_for_each_entry_rcu(nic, &nics, node) {
		if (nic->uplink != uplink)
			continue;
		spin_lock_bh(&nic->lock);
		frame_to_guest(nic, skb);
		spin_unlock_bh(&nic->lock);
	}
}

static rx_handler_result_t received(struct sk_buff **pskb)
{
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC), *segments, *next;
	struct net_device *uplink;

	if (!skb)
		return RX_HANDLER_CONSUMED;
	uplink = skb->dev;
	skb_push(skb, ETH_HLEN);
	segments = skb_is_gso(skb) ? skb_gso_segment(skb, 0) : NULL;
	if (IS_ERR_OR_NULL(segments)) {
		to_guests(uplink, skb);
	} else {
		skb_list_walk_safe(segments, segments, next) {
			skb_mark_not_on_list(segments);
			skb_reset_mac_header(segments);
			to_guests(uplink, segments);
			kfree_skb(segments);
		}
	}
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

static struct nic *find(const u8 *mac)
{
	struct nic *nic;

	list_for_each_entry(nic, &nics, node)
		if (ether_addr_equal(nic->mac, mac))
			return nic;
	return NULL;
}

static bool used(const struct net_device *dev)
{
	struct nic *nic;

	list_for_each_entry(nic, &nics, node)
		if (nic->uplink == dev)
			return true;
	return false;
}

static int take(struct net_device *dev)
{
	int ret;

	if (used(dev))
		return 0;
	rtnl_lock();
	ret = netdev_rx_handler_register(dev, received, &nics);
	if (!ret) {
		dev_set_promiscuity(dev, 1);
		ret = dev_open(dev, NULL);
	}
	rtnl_unlock();
	return ret;
}

static void leave(struct net_device *dev)
{
	if (dev && !used(dev)) {
		rtnl_lock();
		netdev_rx_handler_unregister(dev);
		dev_set_promiscuity(dev, -1);
		rtnl_unlock();
	}
	dev_put(dev);
}

static int add(const u8 *mac, const char *name)
{
	struct net_device *uplink = dev_get_by_name(&init_net, name);
	struct nic *nic = kzalloc(sizeof(*nic), GFP_KERNEL);
	int ret = !nic ? -ENOMEM : !uplink ? -ENODEV : find(mac) ? -EEXIST : take(uplink);

	if (ret) {
		kfree(nic);
		dev_put(uplink);
		return ret;
	}
	spin_lock_init(&nic->lock);
	si_channel_init(&nic->si, host);
	memcpy(nic->mac, mac, ETH_ALEN);
	memcpy(nic->current_mac, mac, ETH_ALEN);
	nic->uplink = uplink;
	nic->link = true;
	__module_get(THIS_MODULE);
	spin_lock(&list_lock);
	list_add_tail_rcu(&nic->node, &nics);
	spin_unlock(&list_lock);
	return si_device_add(&nic->si, mac);
}

static void del(struct nic *nic)
{
	struct net_device *uplink = nic->uplink;

	si_device_del(&nic->si);	/* the driver says good-bye; the memory goes with the last reference */
	spin_lock(&list_lock);
	list_del_rcu(&nic->node);
	spin_unlock(&list_lock);
	synchronize_rcu();
	leave(uplink);
	put_device(&nic->si.ch.device_obj->device);
	module_put(THIS_MODULE);
}

void host_released(struct si_channel *si)
{
	kfree(container_of(si, struct nic, si));
}

static int command(char *line)
{
	char *word[3] = { };
	struct nic *nic;
	u8 mac[ETH_ALEN];
	int i, ret = 0;

	for (i = 0; i < 3; i++)
		while ((word[i] = strsep(&line, " \n")) != NULL && !*word[i])
			;
	if (word[0] && word[1] && !strcmp(word[0], "release")) {	/* what uname(2) answers: another kernel, for who goes by that */
		strscpy(init_utsname()->release, word[1], sizeof(init_utsname()->release));
		return 0;
	}
	if (!word[0] || !word[1] || !mac_pton(word[1], mac))
		return -EINVAL;
	if (!strcmp(word[0], "add"))
		return word[2] ? add(mac, word[2]) : -EINVAL;
	nic = find(mac);
	if (!nic)
		return -ENOENT;
	if (!strcmp(word[0], "del")) {
		get_device(&nic->si.ch.device_obj->device);
		del(nic);
		return 0;
	}
	spin_lock_bh(&nic->lock);
	if (!strcmp(word[0], "vf") && word[2]) {
		nic->vf = strcmp(word[2], "none");
		ret = nic->vf ? kstrtou32(word[2], 10, &nic->serial) : 0;
		if (nic->configured)
			tell_association(nic);
	} else if (!strcmp(word[0], "link") && word[2]) {
		nic->link = !strcmp(word[2], "up");
		if (nic->configured)
			indicate(nic, nic->link ? RNDIS_STATUS_MEDIA_CONNECT : RNDIS_STATUS_MEDIA_DISCONNECT);
	} else if (!strcmp(word[0], "change") && nic->configured) {
		indicate(nic, 0x40010018);	/* RNDIS_STATUS_NETWORK_CHANGE */
	} else if (!strcmp(word[0], "switch") && word[2]) {	/* hold: the host does not answer; ignore: it answers and does not switch */
		nic->hold_switch = !strcmp(word[2], "hold");
		nic->ignore_switch = !strcmp(word[2], "ignore");
		if (!nic->hold_switch && nic->held_switch && nic->open) {
			u64 id = nic->held_switch;

			nic->held_switch = 0;
			switch_path(nic, id, true);
		}
	} else {
		ret = -EINVAL;
	}
	spin_unlock_bh(&nic->lock);
	return ret;
}

static ssize_t proc_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	char *line = memdup_user_nul(buf, min_t(size_t, len, 200));
	int ret;

	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&nics_lock);
	ret = command(line);
	mutex_unlock(&nics_lock);
	kfree(line);
	return ret ? ret : len;
}

static int proc_show(struct seq_file *m, void *v)
{
	struct nic *n;

	rcu_read_lock();
	list_for_each_entry_rcu(n, &nics, node)
		seq_printf(m, "%pM uplink=%s open=%d nvsp=%x link=%d sriov=%d vf=%d serial=%u path=%s filter=%x mac=%pM rx=%llu tx=%llu tx_while_vf=%llu rx_no_buffer=%llu switches=%llu\n",
			   n->mac, n->uplink->name, n->open, n->version, n->link, n->sriov, n->vf, n->serial,
			   n->on_vf ? "vf" : "synthetic", n->filter, n->current_mac, n->rx, n->tx, n->tx_on_vf, n->rx_no_buffer, n->switches);
	rcu_read_unlock();
	return 0;
}

static int proc_open(struct inode *inode, struct file *file)
{
	return single_open(file, proc_show, NULL);
}

static const struct proc_ops ops = {
	.proc_open = proc_open, .proc_read = seq_read, .proc_lseek = seq_lseek, .proc_release = single_release, .proc_write = proc_write,
};

int host_init(void)
{
	return proc_create("vmbus-host", 0600, NULL, &ops) ? 0 : -ENOMEM;
}

void host_exit(void)
{
	remove_proc_entry("vmbus-host", NULL);
}
