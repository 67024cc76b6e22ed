// SPDX-License-Identifier: GPL-2.0-only
/* Apart from channel.c, because highmem.h would change the versions of its symbols. */
#include <linux/mm.h>
#include <linux/highmem.h>
#include "standin.h"

/* Copies pages that are named by their frame numbers. */
u8 *si_copy_range(u8 *to, const struct hv_mpb_array *range)
{
	u32 offset = range->offset, left = range->len, i = 0;

	while (left) {
		u32 n = min_t(u32, left, PAGE_SIZE - offset);
		u8 *from = kmap_local_page(pfn_to_page(range->pfn_array[i++]));

		memcpy(to, from + offset, n);
		kunmap_local(from);
		to += n;
		left -= n;
		offset = 0;
	}
	return to;
}
