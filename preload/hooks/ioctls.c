/* ioctl: a few of its thousands of requests make a descriptor, and two change one. */
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#include "hook.h"
#include "shared.h"

/* Where the new descriptor is found: it is the result, or it stands in the structure that the argument points to. */
#define RESULT 0xffffu

/* Structures are given by their size, which is part of the request: their headers come from many packages. */
#define BYTES(size) char[size]

static const struct request {
    uint32_t request;
    uint16_t place; /* RESULT, or bytes from the start of the structure */
    uint16_t kind;
} requests[] = {
    {0x5441, RESULT, LW_FD_PTY},                          /* TIOCGPTPEER */
    {0x894c, RESULT, LW_FD_NAMESPACE},                    /* SIOCGSKNS */
    {_IO(0xb7, 1), RESULT, LW_FD_NAMESPACE},              /* NS_GET_USERNS */
    {_IO(0xb7, 2), RESULT, LW_FD_NAMESPACE},              /* NS_GET_PARENT */
    {_IOR(0xb7, 11, BYTES(16)), RESULT, LW_FD_NAMESPACE}, /* NS_MNT_GET_NEXT */
    {_IOR(0xb7, 12, BYTES(16)), RESULT, LW_FD_NAMESPACE}, /* NS_MNT_GET_PREV */
    {_IO(0xff, 1), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_CGROUP_NAMESPACE */
    {_IO(0xff, 2), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_IPC_NAMESPACE */
    {_IO(0xff, 3), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_MNT_NAMESPACE */
    {_IO(0xff, 4), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_NET_NAMESPACE */
    {_IO(0xff, 5), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_PID_NAMESPACE */
    {_IO(0xff, 6), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE */
    {_IO(0xff, 7), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_TIME_NAMESPACE */
    {_IO(0xff, 8), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE */
    {_IO(0xff, 9), RESULT, LW_FD_NAMESPACE},              /* PIDFD_GET_USER_NAMESPACE */
    {_IO(0xff, 10), RESULT, LW_FD_NAMESPACE},             /* PIDFD_GET_UTS_NAMESPACE */
    {_IO(0xaa, 0), RESULT, LW_FD_USERFAULTFD},            /* USERFAULTFD_IOC_NEW */
    {_IO(0xae, 0x01), RESULT, LW_FD_DEVICE},              /* KVM_CREATE_VM */
    {_IO(0xae, 0x41), RESULT, LW_FD_DEVICE},              /* KVM_CREATE_VCPU */
    {_IO(0xae, 0xce), RESULT, LW_FD_DEVICE},              /* KVM_GET_STATS_FD */
    {_IOWR(0xae, 0xd4, BYTES(64)), RESULT, LW_FD_DEVICE}, /* KVM_CREATE_GUEST_MEMFD */
    {_IOWR(0xae, 0xe0, BYTES(12)), 4, LW_FD_DEVICE},      /* KVM_CREATE_DEVICE */
    {_IO(';', 106), RESULT, LW_FD_DEVICE},                /* VFIO_GROUP_GET_DEVICE_FD */
    {_IOW('u', 0x42, BYTES(24)), RESULT, LW_FD_DEVICE},   /* UDMABUF_CREATE */
    {_IOW('u', 0x43, BYTES(8)), RESULT, LW_FD_DEVICE},    /* UDMABUF_CREATE_LIST */
    {_IOWR('H', 0, BYTES(24)), 8, LW_FD_DEVICE},          /* DMA_HEAP_IOCTL_ALLOC */
    {_IOWR('b', 2, BYTES(8)), 4, LW_FD_DEVICE},           /* DMA_BUF_IOCTL_EXPORT_SYNC_FILE */
    {_IOWR('d', 0x2d, BYTES(12)), 8, LW_FD_DEVICE},       /* DRM_IOCTL_PRIME_HANDLE_TO_FD */
    {_IOWR('d', 0xc1, BYTES(16)), 8, LW_FD_DEVICE},       /* DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD */
    {_IOWR('d', 0xc6, BYTES(24)), 20, LW_FD_DEVICE},      /* DRM_IOCTL_MODE_CREATE_LEASE */
    {_IOWR('>', 3, BYTES(48)), 36, LW_FD_DEVICE},         /* SYNC_IOC_MERGE */
    {_IOWR('V', 16, BYTES(64)), 16, LW_FD_DEVICE},        /* VIDIOC_EXPBUF */
    {_IOR('|', 5, int), 0, LW_FD_DEVICE},                 /* MEDIA_IOC_REQUEST_ALLOC */
    {_IOWR(0xb4, 3, BYTES(364)), 360, LW_FD_DEVICE},      /* GPIO_GET_LINEHANDLE_IOCTL */
    {_IOWR(0xb4, 4, BYTES(48)), 44, LW_FD_DEVICE},        /* GPIO_GET_LINEEVENT_IOCTL */
    {_IOWR(0xb4, 7, BYTES(592)), 588, LW_FD_DEVICE},      /* GPIO_V2_GET_LINE_IOCTL */
};

static const struct request *request_of(unsigned long request)
{
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (requests[i].request == (uint32_t)request)
            return &requests[i];
    return NULL;
}

bool lw_request_matters(unsigned long request)
{
    return request == FIOCLEX || request == FIONCLEX || request_of(request);
}

void lw_requested(struct lw_call *call, int fd, unsigned long request, const void *argument, long result)
{
    const struct request *made = request_of(request);
    if (!made) {
        if (result == 0)
            lw_cloexec_changed(call, fd, request == FIOCLEX);
        return;
    }
    int new = (int)result;
    if (result >= 0 && made->place != RESULT)
        memcpy(&new, (const char *)argument + made->place, sizeof new);
    lw_acquired_fd(call, new, made->kind, &(struct lw_detail){.has_partner = true, .partner = fd});
}

LW_EXPORT int ioctl(int fd, unsigned long request, ...)
{
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (!lw_request_matters(request)) {
        int result = LW_REAL(ioctl)(fd, request, argument);
        LW_LOOK_IF(result == -1, ioctl, fd);
        return result;
    }
    LW_ENTER_OR_RETURN(ioctl, (fd, request, argument));
    int lw_result = LW_REAL(ioctl)(fd, request, argument);
    lw_requested(&lw_call, fd, request, argument, lw_result);
    if (lw_result == -1)
        lw_use_failed_here(&lw_call, fd);
    return lw_result;
}
