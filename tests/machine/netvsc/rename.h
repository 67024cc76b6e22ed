/* SPDX-License-Identifier: GPL-2.0-only */
/* The symbols that hv_netvsc.ko imports, under other names: the kernel has a hv_vmbus of its own. rebind.sh reads this list, too. */
#define __hv_pkt_iter_next standin_pkt_iter_next
#define __vmbus_driver_register standin_driver_register
#define hv_pkt_iter_close standin_pkt_iter_close
#define hv_pkt_iter_first standin_pkt_iter_first
#define vmbus_close standin_close
#define vmbus_driver_unregister standin_driver_unregister
#define vmbus_establish_gpadl standin_establish_gpadl
#define vmbus_next_request_id standin_next_request_id
#define vmbus_open standin_open
#define vmbus_proto_version standin_proto_version
#define vmbus_request_addr standin_request_addr
#define vmbus_sendpacket standin_sendpacket
#define vmbus_sendpacket_mpb_desc standin_sendpacket_mpb_desc
#define vmbus_set_sc_create_callback standin_set_sc_create_callback
#define vmbus_teardown_gpadl standin_teardown_gpadl
#define vmbus_sendpacket_getid standin_sendpacket_getid
