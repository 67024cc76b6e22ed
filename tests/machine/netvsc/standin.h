/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stand-in for hv_vmbus.ko without a Hyper-V below it. The guest side are the symbols that the stock hv_netvsc.ko
 * imports; the host side (host.c) plays the network VSP. Packets go through lists instead of shared rings: hv_netvsc
 * reads packets only through exported functions, and looks at the rings' headers for two numbers (see si_show_ring).
 *
 * This header includes what drivers/hv/hyperv_vmbus.h does, and nothing else: symbol versions (MODVERSIONS) depend on
 * which types are complete in the file that exports.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <linux/list.h>
#include <linux/bitops.h>
#include <asm/sync_bitops.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#include <hyperv/hvhdk.h>
#else
#include <asm/hyperv-tlfs.h>
#endif
#include <linux/atomic.h>
#include <linux/hyperv.h>
#include <linux/interrupt.h>
#include <linux/tracepoint.h>

#define SI_GPADLS 4

/* A packet on its way: descriptor, header and payload, as they would lie in a ring; then what the pages held. */
struct si_packet {
	struct list_head node;
	u32 inband;			/* bytes with descriptor */
	u32 paged;			/* bytes behind them */
	struct vmpacket_descriptor desc;	/* first of all those bytes */
};

struct si_channel {
	struct vmbus_channel ch;
	spinlock_t lock;		/* the two lists and what the ring headers show */
	struct list_head to_guest, to_host;
	u32 host_pending;
	struct tasklet_struct host;	/* the host's thread */
	struct { void *buffer; u32 size; } gpadl[SI_GPADLS];	/* handle is index + 1 */
};

#define to_si(channel) container_of(channel, struct si_channel, ch)

/* channel.c */
void si_channel_init(struct si_channel *si, void (*host)(struct tasklet_struct *));
int si_to_guest(struct si_channel *si, u16 type, u64 id, const void *head, u32 head_len, const void *body, u32 body_len);
struct si_packet *si_next_for_host(struct si_channel *si);
void si_show_ring(struct si_channel *si);
/* bus.c */
int si_device_add(struct si_channel *si, const u8 *mac);
void si_device_del(struct si_channel *si);
/* host.c */
void host_opened(struct si_channel *si, bool open);
void host_released(struct si_channel *si);
int host_init(void);
void host_exit(void);

#endif
