/* See kernel.h. */
#include "kernel.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

static const char *kernel;

void kernel_set(const char *folder)
{
    kernel = folder;
}

/* What stands for a file of the kernel's; a path without such a file if there is none. */
static const char *redirected(const char *path, char *buf, size_t size)
{
    const char *file;

    if (!kernel)
        return path;
    if (strncmp(path, "/sys/kernel/btf/", 16) == 0)
        file = "btf";
    else if (strcmp(path, "/proc/config.gz") == 0)
        file = "config";
    else if (strcmp(path, "/proc/kallsyms") == 0)
        file = "symbols";
    else if (strcmp(path, "/sys/bus/event_source/devices/kprobe/type") == 0)
        file = "release"; /* any number: there are kprobes */
    else if (strncmp(path, "/boot/", 6) == 0 || strncmp(path, "/lib/modules/", 13) == 0 ||
             strcmp(path, "/proc/version_signature") == 0)
        file = "none";
    else
        return path;
    snprintf(buf, size, "%s/%s", kernel, file);
    return buf;
}

int __real_uname(struct utsname *name);
int __wrap_uname(struct utsname *name);

enum { PATH = 4096 };

/* Debian's libbpf was built for large files, which have functions of their own. */
#define WRAP_OPEN(open)                                                                  \
    int __real_##open(const char *path, int flags, ...);                                 \
    int __wrap_##open(const char *path, int flags, ...);                                 \
    int __wrap_##open(const char *path, int flags, ...)                                  \
    {                                                                                    \
        char buf[PATH];                                                                  \
        int mode = 0;                                                                    \
                                                                                         \
        if (flags & O_CREAT) {                                                           \
            va_list list;                                                                \
                                                                                         \
            va_start(list, flags);                                                       \
            mode = va_arg(list, int);                                                    \
            va_end(list);                                                                \
        }                                                                                \
        return __real_##open(redirected(path, buf, sizeof(buf)), flags, mode);           \
    }

/* A function of a path and a second argument. */
#define WRAP(result, function, argument)                                                 \
    result __real_##function(const char *path, argument second);                         \
    result __wrap_##function(const char *path, argument second);                         \
    result __wrap_##function(const char *path, argument second)                          \
    {                                                                                    \
        char buf[PATH];                                                                  \
                                                                                         \
        return __real_##function(redirected(path, buf, sizeof(buf)), second);            \
    }

WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP(FILE *, fopen, const char *)
WRAP(FILE *, fopen64, const char *)
WRAP(gzFile, gzopen, const char *)
WRAP(gzFile, gzopen64, const char *)
WRAP(int, access, int)

int __real_faccessat(int folder, const char *path, int mode, int flags);
int __wrap_faccessat(int folder, const char *path, int mode, int flags);

int __wrap_faccessat(int folder, const char *path, int mode, int flags)
{
    char buf[PATH];

    return __real_faccessat(folder, redirected(path, buf, sizeof(buf)), mode, flags);
}

int __wrap_uname(struct utsname *name)
{
    int result = __real_uname(name);
    char buf[PATH];
    FILE *file;

    if (!kernel || result != 0)
        return result;
    snprintf(buf, sizeof(buf), "%s/release", kernel);
    file = __real_fopen(buf, "r");
    if (!file)
        return result;
    if (!fgets(name->release, sizeof(name->release), file))
        name->release[0] = '\0';
    name->release[strcspn(name->release, "\n")] = '\0';
    strcpy(name->version, "#1");
    fclose(file);
    return 0;
}
