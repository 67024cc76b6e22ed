// SPDX-License-Identifier: GPL-2.0-only
/* How the guest reads what the host sent. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/hyperv.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <linux/slab.h>
#include <linux/prefetch.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#include <linux/io.h>
#include <asm/mshyperv.h>
#endif
#include "standin.h"
#include <linux/export.h>

struct vmpacket_descriptor *hv_pkt_iter_first(struct vmbus_channel *channel)
{
	struct si_channel *si = to_si(channel);
	struct si_packet *p;

	spin_lock_bh(&si->lock);
	p = list_first_entry_or_null(&si->to_guest, struct si_packet, node);
	spin_unlock_bh(&si->lock);
	return p ? &p->desc : NULL;
}
EXPORT_SYMBOL_GPL(hv_pkt_iter_first);

struct vmpacket_descriptor *__hv_pkt_iter_next(struct vmbus_channel *channel, const struct vmpacket_descriptor *desc)
{
	struct si_channel *si = to_si(channel);
	struct si_packet *p = container_of(desc, struct si_packet, desc);

	spin_lock_bh(&si->lock);
	list_del(&p->node);
	si_show_ring(si);
	spin_unlock_bh(&si->lock);
	kfree(p);
	return hv_pkt_iter_first(channel);
}
EXPORT_SYMBOL_GPL(__hv_pkt_iter_next);

void hv_pkt_iter_close(struct vmbus_channel *channel)
{
}
EXPORT_SYMBOL_GPL(hv_pkt_iter_close);
