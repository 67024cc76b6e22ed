// SPDX-License-Identifier: GPL-2.0-only
/* The channel between guest and host: open, close, send, and memory given to the host. */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/module.h>
#include <linux/hyperv.h>
#include <linux/uio.h>
#include <linux/interrupt.h>
#include <linux/set_memory.h>
#include <asm/page.h>
#include <asm/mshyperv.h>
#include "standin.h"

#define HOST_QUEUE_MAX 512	/* a ring of netvsc's default size holds about as many */

void si_channel_init(struct si_channel *si, void (*host)(struct tasklet_struct *))
{
	struct vmbus_channel *ch = &si->ch;

	spin_lock_init(&si->lock);
	INIT_LIST_HEAD(&si->to_guest);
	INIT_LIST_HEAD(&si->to_host);
	tasklet_setup(&si->host, host);
	INIT_LIST_HEAD(&ch->sc_list);
	spin_lock_init(&ch->sched_lock);
	spin_lock_init(&ch->requestor.req_lock);
	spin_lock_init(&ch->inbound.ring_lock);
	spin_lock_init(&ch->outbound.ring_lock);
	mutex_init(&ch->inbound.ring_buffer_mutex);
	mutex_init(&ch->outbound.ring_buffer_mutex);
	init_completion(&ch->rescind_event);
	ch->state = CHANNEL_OFFER_STATE;
}

/* hv_netvsc asks the ring headers whether anything waits (before it goes to sleep, before it closes), and how full the
 * outgoing one is. */
void si_show_ring(struct si_channel *si)
{
	struct vmbus_channel *ch = &si->ch;

	WRITE_ONCE(ch->inbound.ring_buffer->write_index, list_empty(&si->to_guest) ? 0 : 8);
	WRITE_ONCE(ch->outbound.ring_buffer->write_index,
		   (u64)ch->outbound.ring_datasize * min_t(u32, si->host_pending, HOST_QUEUE_MAX) / (HOST_QUEUE_MAX + 8));
}

static int ring_init(struct hv_ring_buffer_info *ring, u32 size)
{
	ring->ring_buffer = (void *)get_zeroed_page(GFP_KERNEL);
	if (!ring->ring_buffer)
		return -ENOMEM;
	ring->ring_buffer->feature_bits.value = 1;
	ring->ring_size = size;
	ring->ring_size_div10_reciprocal = reciprocal_value(size / 10);
	ring->ring_datasize = size - sizeof(struct hv_ring_buffer);
	ring->priv_read_index = 0;
	return 0;
}

static void ring_exit(struct hv_ring_buffer_info *ring)
{
	free_page((unsigned long)ring->ring_buffer);
	ring->ring_buffer = NULL;
}

static int requestor_init(struct vmbus_requestor *rq, u32 size)
{
	u32 i;

	rq->req_arr = kcalloc(size, sizeof(u64), GFP_KERNEL);
	rq->req_bitmap = bitmap_zalloc(size, GFP_KERNEL);
	if (!rq->req_arr || !rq->req_bitmap)
		return -ENOMEM;
	for (i = 0; i < size; i++)
		rq->req_arr[i] = i + 1;
	rq->size = size;
	rq->next_request_id = 0;
	return 0;
}

static void requestor_exit(struct vmbus_requestor *rq)
{
	kfree(rq->req_arr);
	bitmap_free(rq->req_bitmap);
	rq->req_arr = NULL;
	rq->req_bitmap = NULL;
}

static void drop_all(struct list_head *list)
{
	struct si_packet *p, *n;

	list_for_each_entry_safe(p, n, list, node) {
		list_del(&p->node);
		kfree(p);
	}
}

int vmbus_open(struct vmbus_channel *channel, u32 send_size, u32 recv_size, void *userdata, u32 userdatalen,
	       void (*onchannelcallback)(void *context), void *context)
{
	struct si_channel *si = to_si(channel);

	if (channel->state != CHANNEL_OFFER_STATE)
		return -EINVAL;
	if (ring_init(&channel->outbound, send_size) || ring_init(&channel->inbound, recv_size) ||
	    (channel->rqstor_size && requestor_init(&channel->requestor, channel->rqstor_size))) {
		ring_exit(&channel->outbound);
		ring_exit(&channel->inbound);
		requestor_exit(&channel->requestor);
		return -ENOMEM;
	}
	channel->onchannel_callback = onchannelcallback;
	channel->channel_callback_context = context;
	channel->state = CHANNEL_OPENED_STATE;
	host_opened(si, true);
	return 0;
}
EXPORT_SYMBOL_GPL(vmbus_open);

void vmbus_close(struct vmbus_channel *channel)
{
	struct si_channel *si = to_si(channel);

	if (channel->state != CHANNEL_OPENED_STATE)
		return;
	host_opened(si, false);
	channel->state = CHANNEL_OFFER_STATE;
	tasklet_kill(&si->host);
	drop_all(&si->to_guest);
	drop_all(&si->to_host);
	si->host_pending = 0;
	channel->onchannel_callback = NULL;
	ring_exit(&channel->outbound);
	ring_exit(&channel->inbound);
	requestor_exit(&channel->requestor);
}
EXPORT_SYMBOL_GPL(vmbus_close);

/* Copies pages that are named by their frame numbers. */
static u8 *copy_range(u8 *to, const struct hv_mpb_array *range)
{
	u32 offset = range->offset, left = range->len, i = 0;

	while (left) {
		u32 n = min_t(u32, left, PAGE_SIZE - offset);

		memcpy(to, page_address(pfn_to_page(range->pfn_array[i++])) + offset, n);
		to += n;
		left -= n;
		offset = 0;
	}
	return to;
}

/* Identifiers of requests, so that the host never sees a pointer: a free list inside an array. */
static u64 next_id(struct vmbus_requestor *rq, u64 address)
{
	unsigned long flags;
	u64 i;

	if (!rq->size)
		return VMBUS_NO_RQSTOR;
	spin_lock_irqsave(&rq->req_lock, flags);
	i = rq->next_request_id;
	if (i < rq->size) {
		rq->next_request_id = rq->req_arr[i];
		rq->req_arr[i] = address;
		__set_bit(i, rq->req_bitmap);
	}
	spin_unlock_irqrestore(&rq->req_lock, flags);
	return i < rq->size ? i + 1 : VMBUS_RQST_ERROR;
}

static u64 address_of(struct vmbus_requestor *rq, u64 id)
{
	u64 address = VMBUS_RQST_ERROR, i = id - 1;
	unsigned long flags;

	if (!rq->size)
		return VMBUS_NO_RQSTOR;
	spin_lock_irqsave(&rq->req_lock, flags);
	if (id && i < rq->size && __test_and_clear_bit(i, rq->req_bitmap)) {
		address = rq->req_arr[i];
		rq->req_arr[i] = rq->next_request_id;
		rq->next_request_id = i;
	}
	spin_unlock_irqrestore(&rq->req_lock, flags);
	return address;
}

static u64 id_for(struct vmbus_channel *channel, u64 request)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
	return channel->rqstor_size ? next_id(&channel->requestor, request) : request;
#else
	return channel->next_request_id_callback ? channel->next_request_id_callback(channel, request) : request;
#endif
}

static const struct hv_mpb_array *next_range(const struct hv_mpb_array *range)
{
	return (const void *)&range->pfn_array[DIV_ROUND_UP(range->offset + range->len, PAGE_SIZE)];
}

static int send(struct vmbus_channel *channel, const void *buffer, u32 len, const struct hv_mpb_array *ranges, u32 count,
		u64 requestid, u64 *trans_id, u16 type, u16 flags)
{
	struct si_channel *si = to_si(channel);
	const struct hv_mpb_array *r = ranges;
	struct si_packet *p;
	u32 i, paged = 0, inband = ALIGN(sizeof(p->desc) + len, 8);
	u64 id = requestid;
	u8 *to;

	/* Completions of received packets are taken even now, so that the driver can come to an end. */
	if (channel->rescind && type != VM_PKT_COMP)
		return -ENODEV;
	if (channel->state != CHANNEL_OPENED_STATE)
		return -ENODEV;
	for (i = 0; i < count; i++, r = next_range(r))
		paged += r->len;
	p = kzalloc(offsetof(struct si_packet, desc) + inband + paged, GFP_ATOMIC);
	if (!p)
		return -EAGAIN;
	p->inband = inband;
	p->paged = paged;
	p->desc.type = type;
	p->desc.flags = flags;
	p->desc.offset8 = sizeof(p->desc) >> 3;
	p->desc.len8 = inband >> 3;
	memcpy(&p->desc + 1, buffer, len);
	to = (u8 *)&p->desc + inband;
	for (i = 0, r = ranges; i < count; i++, r = next_range(r))
		to = copy_range(to, r);

	local_bh_disable();
	spin_lock(&si->lock);
	if (si->host_pending >= HOST_QUEUE_MAX && type != VM_PKT_COMP)
		id = VMBUS_RQST_ERROR;
	else if (flags == VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED)
		id = id_for(channel, requestid);
	if (id == VMBUS_RQST_ERROR) {
		spin_unlock(&si->lock);
		local_bh_enable();
		kfree(p);
		return -EAGAIN;
	}
	p->desc.trans_id = id;
	list_add_tail(&p->node, &si->to_host);
	si->host_pending++;
	si_show_ring(si);
	spin_unlock(&si->lock);
	tasklet_schedule(&si->host);
	local_bh_enable();
	if (trans_id)
		*trans_id = id;
	return 0;
}

int vmbus_sendpacket_getid(struct vmbus_channel *channel, void *buffer, u32 bufferlen, u64 requestid, u64 *trans_id,
			   enum vmbus_packet_type type, u32 flags)
{
	return send(channel, buffer, bufferlen, NULL, 0, requestid, trans_id, type, flags);
}
EXPORT_SYMBOL(vmbus_sendpacket_getid);

int vmbus_sendpacket(struct vmbus_channel *channel, void *buffer, u32 bufferlen, u64 requestid,
		     enum vmbus_packet_type type, u32 flags)
{
	return send(channel, buffer, bufferlen, NULL, 0, requestid, NULL, type, flags);
}
EXPORT_SYMBOL(vmbus_sendpacket);

int vmbus_sendpacket_mpb_desc(struct vmbus_channel *channel, struct vmbus_packet_mpb_array *desc, u32 desc_size,
			      void *buffer, u32 bufferlen, u64 requestid)
{
	return send(channel, buffer, bufferlen, &desc->range, desc->rangecount, requestid, NULL, VM_PKT_DATA_USING_GPA_DIRECT,
		    VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED);
}
EXPORT_SYMBOL_GPL(vmbus_sendpacket_mpb_desc);

struct si_packet *si_next_for_host(struct si_channel *si)
{
	struct si_packet *p;

	spin_lock_bh(&si->lock);
	p = list_first_entry_or_null(&si->to_host, struct si_packet, node);
	if (p) {
		list_del(&p->node);
		si->host_pending--;
		si_show_ring(si);
	}
	spin_unlock_bh(&si->lock);
	return p;
}

/* Puts a packet into the guest's ring, and interrupts it unless it said that it is awake. The channel must stay open. */
int si_to_guest(struct si_channel *si, u16 type, u64 id, const void *head, u32 head_len, const void *body, u32 body_len)
{
	struct vmbus_channel *ch = &si->ch;
	u32 offset = ALIGN(sizeof(struct vmpacket_descriptor) + head_len, 8), len = ALIGN(offset + body_len, 8);
	/* More than it says, and zero: the driver copies whole unions out of short messages. */
	struct si_packet *p = kzalloc(offsetof(struct si_packet, desc) + len + 256, GFP_ATOMIC);
	unsigned long flags;

	if (!p)
		return -ENOMEM;
	p->inband = len;
	p->desc.type = type;
	p->desc.offset8 = offset >> 3;
	p->desc.len8 = len >> 3;
	p->desc.trans_id = id;
	memcpy(&p->desc + 1, head, head_len);
	memcpy((u8 *)&p->desc + offset, body, body_len);
	local_bh_disable();
	spin_lock(&si->lock);
	list_add_tail(&p->node, &si->to_guest);
	si_show_ring(si);
	spin_unlock(&si->lock);
	ch->interrupts++;
	if (!READ_ONCE(ch->inbound.ring_buffer->interrupt_mask)) {
		local_irq_save(flags);	/* as in an interrupt: HV_CALL_ISR */
		ch->onchannel_callback(ch->channel_callback_context);
		local_irq_restore(flags);
	}
	local_bh_enable();
	return 0;
}

static int give(struct vmbus_channel *channel, void *buffer, u32 size, u32 *handle)
{
	struct si_channel *si = to_si(channel);
	u32 i;

	for (i = 0; i < SI_GPADLS && si->gpadl[i].buffer; i++)
		;
	if (i == SI_GPADLS)
		return -ENOSPC;
	si->gpadl[i].buffer = buffer;
	si->gpadl[i].size = size;
	*handle = i + 1;
	return 0;
}

static void take(struct vmbus_channel *channel, u32 handle)
{
	if (handle && handle <= SI_GPADLS)
		to_si(channel)->gpadl[handle - 1].buffer = NULL;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
int vmbus_sendpacket_pagebuffer(struct vmbus_channel *channel, struct hv_page_buffer pages[], u32 count, void *buffer, u32 bufferlen,
				u64 requestid)
{
	/* Each is a range of one page. */
	return send(channel, buffer, bufferlen, (const struct hv_mpb_array *)pages, count, requestid, NULL, VM_PKT_DATA_USING_GPA_DIRECT,
		    VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED);
}
EXPORT_SYMBOL_GPL(vmbus_sendpacket_pagebuffer);

int vmbus_establish_gpadl(struct vmbus_channel *channel, void *kbuffer, u32 size, u32 *gpadl_handle)
{
	return give(channel, kbuffer, size, gpadl_handle);
}

int vmbus_teardown_gpadl(struct vmbus_channel *channel, u32 gpadl_handle)
{
	take(channel, gpadl_handle);
	return 0;
}

u64 vmbus_next_request_id(struct vmbus_requestor *rqstor, u64 rqst_addr)
{
	return next_id(rqstor, rqst_addr);
}

u64 vmbus_request_addr(struct vmbus_requestor *rqstor, u64 trans_id)
{
	return address_of(rqstor, trans_id);
}
#else
int vmbus_establish_gpadl(struct vmbus_channel *channel, void *kbuffer, u32 size, struct vmbus_gpadl *gpadl)
{
	gpadl->buffer = kbuffer;
	gpadl->size = size;
	gpadl->decrypted = false;
	return give(channel, kbuffer, size, &gpadl->gpadl_handle);
}

int vmbus_teardown_gpadl(struct vmbus_channel *channel, struct vmbus_gpadl *gpadl)
{
	take(channel, gpadl->gpadl_handle);
	gpadl->gpadl_handle = 0;
	return 0;
}

u64 vmbus_next_request_id(struct vmbus_channel *channel, u64 rqst_addr)
{
	return next_id(&channel->requestor, rqst_addr);
}

u64 vmbus_request_addr(struct vmbus_channel *channel, u64 trans_id)
{
	return address_of(&channel->requestor, trans_id);
}
#endif
EXPORT_SYMBOL_GPL(vmbus_establish_gpadl);
EXPORT_SYMBOL_GPL(vmbus_teardown_gpadl);
EXPORT_SYMBOL_GPL(vmbus_next_request_id);
EXPORT_SYMBOL_GPL(vmbus_request_addr);
