/* A USB port for pcscd, with a virtual reader that can be unplugged and plugged in.

   Preloaded into Debian's pcscd, this stands where libudev would tell of USB devices: it knows
   one, an ACR122U, which comes and goes by words on the pipe PLUG. Where pcscd loads libccid to
   talk to it, it gets Debian's vpcd instead, which takes cards on the ports from PORT on. What
   pcscd does with its readers, it does by itself. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ifdhandler.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* libudev: nobody looks behind the pointers. */
static char handle, action;

void *udev_new(void) { return &handle; }
void *udev_unref(void *udev) { return NULL; }

void *udev_enumerate_new(void *udev) { return &handle; }
int udev_enumerate_add_match_subsystem(void *list, const char *subsystem) { return 0; }
int udev_enumerate_scan_devices(void *list) { return 0; }
void *udev_enumerate_get_list_entry(void *list) { return &handle; }
const char *udev_list_entry_get_name(void *entry) { return "/sys/devices/usb1/1-1:1.0"; }
void *udev_list_entry_get_next(void *entry) { return NULL; }
void *udev_enumerate_unref(void *list) { return NULL; }

void *udev_monitor_new_from_netlink(void *udev, const char *name) { return &handle; }
int udev_monitor_filter_add_match_subsystem_devtype(void *monitor, const char *a, const char *b)
{
    return 0;
}
int udev_monitor_enable_receiving(void *monitor) { return 0; }
void *udev_monitor_unref(void *monitor) { return NULL; }

int udev_monitor_get_fd(void *monitor)
{
    static int fd = -1;
    return fd < 0 ? fd = open(PLUG, O_RDWR | O_CLOEXEC) : fd;
}

void *udev_monitor_receive_device(void *monitor)
{
    return read(udev_monitor_get_fd(monitor), &action, 1) == 1 ? &handle : NULL;
}

void *udev_device_new_from_syspath(void *udev, const char *path) { return &handle; }
void *udev_device_unref(void *device) { return NULL; }
void *udev_device_get_parent_with_subsystem_devtype(void *device, const char *a, const char *b)
{
    return device;
}
const char *udev_device_get_action(void *device) { return action == '+' ? "add" : "remove"; }
const char *udev_device_get_devnode(void *device) { return "/dev/bus/usb/001/002"; }
const char *udev_device_get_sysname(void *device) { return "1-1:1.0"; }
const char *udev_device_get_property_value(void *device, const char *name) { return NULL; }
const char *udev_device_get_sysattr_value(void *device, const char *name)
{
    if (!strcmp(name, "idVendor"))
        return "072f";
    return strcmp(name, "idProduct") ? NULL : "2200";
}

/* The driver: this library again, which is linked with vpcd's. */
void *dlopen(const char *path, int flags)
{
    void *(*real)(const char *, int) = dlsym(RTLD_NEXT, "dlopen");
    Dl_info own;
    if (!path || !strstr(path, "libccid") || !dladdr(&handle, &own))
        return real(path, flags);
    return real(own.dli_fname, flags);
}

RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR name)
{
    return IFDHCreateChannel(lun, PORT);
}

/* vpcd hears on all addresses of the machine; this keeps it on the loopback. */
int bind(int fd, const struct sockaddr *address, socklen_t size)
{
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    if (address->sa_family != AF_INET)
        return real(fd, address, size);
    struct sockaddr_in local = *(const struct sockaddr_in *)address;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return real(fd, (struct sockaddr *)&local, sizeof local);
}
