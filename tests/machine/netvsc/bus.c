// SPDX-License-Identifier: GPL-2.0-only
/* The bus "vmbus": drivers and devices, with the sysfs files that a Hyper-V guest shows. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/device.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#include <linux/platform_device.h>
#include <linux/of_address.h>
#endif
#include <linux/interrupt.h>
#include <linux/sysctl.h>
#include <linux/slab.h>
#include <linux/acpi.h>
#include <linux/completion.h>
#include <linux/hyperv.h>
#include <linux/kernel_stat.h>
#include <linux/clockchips.h>
#include <linux/cpu.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#include <linux/sched/isolation.h>
#endif
#include <linux/sched/task_stack.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
#include <asm/mshyperv.h>
#endif
#include <linux/delay.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
#include <linux/notifier.h>
#else
#include <linux/panic_notifier.h>
#endif
#include <linux/ptrace.h>
#include <linux/screen_info.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
#include <linux/kdebug.h>
#endif
#include <linux/efi.h>
#include <linux/random.h>
#include <linux/kernel.h>
#include <linux/syscore_ops.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#include <linux/dma-map-ops.h>
#include <linux/pci.h>
#endif
#include <clocksource/hyperv_timer.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#include <asm/mshyperv.h>
#endif
#include "standin.h"

u32 vmbus_proto_version = VERSION_WIN10_V5_1;
EXPORT_SYMBOL_GPL(vmbus_proto_version);

static struct device *root;

static ssize_t id_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%d\n", device_to_hv_device(dev)->channel->offermsg.child_relid);
}
static DEVICE_ATTR_RO(id);

static ssize_t state_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%d\n", device_to_hv_device(dev)->channel->state);
}
static DEVICE_ATTR_RO(state);

static ssize_t class_id_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "{%pUl}\n", &device_to_hv_device(dev)->dev_type);
}
static DEVICE_ATTR_RO(class_id);

static ssize_t device_id_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "{%pUl}\n", &device_to_hv_device(dev)->dev_instance);
}
static DEVICE_ATTR_RO(device_id);

static ssize_t modalias_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "vmbus:%*phN\n", UUID_SIZE, &device_to_hv_device(dev)->dev_type);
}
static DEVICE_ATTR_RO(modalias);

static ssize_t vendor_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "0x%x\n", device_to_hv_device(dev)->vendor_id);
}
static DEVICE_ATTR_RO(vendor);

static ssize_t device_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "0x%x\n", device_to_hv_device(dev)->device_id);
}
static DEVICE_ATTR_RO(device);

static struct attribute *vmbus_dev_attrs[] = {
	&dev_attr_id.attr, &dev_attr_state.attr, &dev_attr_class_id.attr, &dev_attr_device_id.attr,
	&dev_attr_modalias.attr, &dev_attr_vendor.attr, &dev_attr_device.attr, NULL,
};
ATTRIBUTE_GROUPS(vmbus_dev);

static const struct hv_vmbus_device_id *find_id(const struct hv_driver *drv, struct hv_device *hv)
{
	const struct hv_vmbus_device_id *id;

	for (id = drv->id_table; id && !guid_is_null(&id->guid); id++)
		if (guid_equal(&id->guid, &hv->dev_type))
			return id;
	return NULL;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
static int vmbus_match(struct device *dev, struct device_driver *driver)
#else
static int vmbus_match(struct device *dev, const struct device_driver *driver)
#endif
{
	return find_id(drv_to_hv_drv(driver), device_to_hv_device(dev)) != NULL;
}

static int vmbus_probe(struct device *dev)
{
	struct hv_driver *drv = drv_to_hv_drv(dev->driver);
	struct hv_device *hv = device_to_hv_device(dev);

	return drv->probe ? drv->probe(hv, find_id(drv, hv)) : -ENODEV;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
static int vmbus_remove(struct device *dev)
{
	struct hv_driver *drv = drv_to_hv_drv(dev->driver);

	return drv->remove ? drv->remove(device_to_hv_device(dev)) : 0;
}
#else
static void vmbus_remove(struct device *dev)
{
	struct hv_driver *drv = drv_to_hv_drv(dev->driver);

	if (drv->remove)
		drv->remove(device_to_hv_device(dev));
}
#endif

static void vmbus_shutdown(struct device *dev)
{
	if (dev->driver && drv_to_hv_drv(dev->driver)->shutdown)
		drv_to_hv_drv(dev->driver)->shutdown(device_to_hv_device(dev));
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static int vmbus_uevent(struct device *dev, struct kobj_uevent_env *env)
#else
static int vmbus_uevent(const struct device *dev, struct kobj_uevent_env *env)
#endif
{
	return add_uevent_var(env, "MODALIAS=vmbus:%*phN", UUID_SIZE, &device_to_hv_device(dev)->dev_type);
}

static struct bus_type hv_bus = {
	.name = "vmbus", .match = vmbus_match, .probe = vmbus_probe, .remove = vmbus_remove, .shutdown = vmbus_shutdown,
	.uevent = vmbus_uevent, .dev_groups = vmbus_dev_groups,
};

int __vmbus_driver_register(struct hv_driver *hv_driver, struct module *owner, const char *mod_name)
{
	hv_driver->driver.name = hv_driver->name;
	hv_driver->driver.owner = owner;
	hv_driver->driver.mod_name = mod_name;
	hv_driver->driver.bus = &hv_bus;
	spin_lock_init(&hv_driver->dynids.lock);
	INIT_LIST_HEAD(&hv_driver->dynids.list);
	return driver_register(&hv_driver->driver);
}
EXPORT_SYMBOL_GPL(__vmbus_driver_register);

void vmbus_driver_unregister(struct hv_driver *hv_driver)
{
	driver_unregister(&hv_driver->driver);
}
EXPORT_SYMBOL_GPL(vmbus_driver_unregister);

static void released(struct device *dev)
{
	struct hv_device *hv = device_to_hv_device(dev);
	struct si_channel *si = to_si(hv->channel);

	kfree(hv);
	host_released(si);
}

int si_device_add(struct si_channel *si, const u8 *mac)
{
	static const struct hv_vmbus_device_id nic = { HV_NIC_GUID };
	static u32 relid = 10;
	struct hv_device *hv = kzalloc(sizeof(*hv), GFP_KERNEL);
	guid_t instance = GUID_INIT(0xf8615163, 0x0000, 0x1000, 0x20, 0x00, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);

	if (!hv)
		return -ENOMEM;
	hv->dev_type = nic.guid;
	hv->dev_instance = instance;
	hv->vendor_id = 0x1414;		/* Microsoft */
	hv->device_id = 0x3;		/* vmbus_devs[HV_NIC].dev_type */
	hv->channel = &si->ch;
	si->ch.device_obj = hv;
	si->ch.offermsg.offer.if_type = hv->dev_type;
	si->ch.offermsg.offer.if_instance = hv->dev_instance;
	si->ch.offermsg.child_relid = ++relid;
	hv->device.bus = &hv_bus;
	hv->device.parent = root;
	hv->device.release = released;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	hv->device.dma_parms = &hv->dma_parms;
	hv->device.dma_mask = &hv->dma_mask;
	dma_set_mask(&hv->device, DMA_BIT_MASK(64));
#endif
	dev_set_name(&hv->device, "%pUl", &hv->dev_instance);
	return device_register(&hv->device);
}

void si_device_del(struct si_channel *si)
{
	si->ch.rescind = true;
	device_unregister(&si->ch.device_obj->device);
}

static int __init si_init(void)
{
	int ret = bus_register(&hv_bus);

	if (ret)
		return ret;
	root = root_device_register("VMBUS:00");
	if (IS_ERR(root)) {
		bus_unregister(&hv_bus);
		return PTR_ERR(root);
	}
	ret = host_init();
	if (ret) {
		root_device_unregister(root);
		bus_unregister(&hv_bus);
	}
	return ret;
}

static void __exit si_exit(void)
{
	host_exit();
	root_device_unregister(root);
	bus_unregister(&hv_bus);
}

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A vmbus without Hyper-V, and a host behind it that serves hv_netvsc (for tests)");
module_init(si_init);
module_exit(si_exit);
