/* Files that the command writes. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

enum { NEW_FILE_MODE = 0666 };

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Writes to what is there already: a device or a pipe. */
static int write_directly(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), failed, why;

    if (fd < 0)
        return fail_errno(path);
    failed = write_all(fd, data, len);
    why = errno;
    if (close(fd) != 0 && !failed) {
        failed = -1;
        why = errno;
    }
    errno = why;
    return failed ? fail_errno(path) : 0;
}

static mode_t file_mode(const struct stat *old)
{
    mode_t mask;

    if (old)
        return old->st_mode & 07777;
    mask = umask(0);
    umask(mask);
    return NEW_FILE_MODE & ~mask;
}

/* Fills the temporary file and gives it the name; -1 with errno set. */
static int fill_and_rename(int fd, const char *temporary, const char *path,
                           const struct stat *old, const void *data, size_t len)
{
    if (write_all(fd, data, len) != 0 || fchmod(fd, file_mode(old)) != 0) {
        int why = errno;

        close(fd);
        errno = why;
        return -1;
    }
    if (close(fd) != 0)
        return -1;
    return rename(temporary, path);
}

/* Replaces the regular file `path`; `old` is NULL if there is none yet. */
static int replace_file(const char *path, const struct stat *old, const void *data,
                        size_t len)
{
    char temporary[PATH_MAX + 8];
    int fd;

    if (old && access(path, W_OK) != 0)
        return fail_errno(path);
    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
        (int)sizeof(temporary)) {
        errno = ENAMETOOLONG;
        return fail_errno(path);
    }
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fail_errno(path);
    if (fill_and_rename(fd, temporary, path, old, data, len) != 0) {
        int status = fail_errno(path);

        unlink(temporary);
        return status;
    }
    return 0;
}

static int write_path(const char *path, const void *data, size_t len)
{
    char target[PATH_MAX];
    struct stat old;

    if (stat(path, &old) != 0) {
        struct stat link;

        if (errno != ENOENT)
            return fail_errno(path);
        if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
            return fail(SKEP_KIND_SYSTEM, path, "is a link to nothing");
        return replace_file(path, NULL, data, len);
    }
    if (S_ISDIR(old.st_mode))
        return fail(SKEP_KIND_SYSTEM, path, "is a directory");
    if (!S_ISREG(old.st_mode))
        return write_directly(path, data, len);
    if (!realpath(path, target))
        return fail_errno(path);
    return replace_file(target, &old, data, len);
}

int output_write(const char *path, const void *data, size_t len)
{
    sigset_t deferred, before;
    int status;

    if (!strcmp(path, "-")) {
        fwrite(data, 1, len, stdout);
        return 0;
    }
    /* Signals wait until the temporary file is gone or has its name. */
    sigemptyset(&deferred);
    sigaddset(&deferred, SIGINT);
    sigaddset(&deferred, SIGTERM);
    sigaddset(&deferred, SIGHUP);
    sigprocmask(SIG_BLOCK, &deferred, &before);
    status = write_path(path, data, len);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

int write_stdout(void *ctx, const char *text, size_t len)
{
    (void)ctx;
    return fwrite(text, 1, len, stdout) != len;
}

/* Why the last write to standard output failed. An earlier one may have taken its reason
 * with it: then another is tried. */
static int write_errno(void)
{
    errno = 0;
    if (fflush(stdout) != 0 && errno)
        return errno;
    clearerr(stdout);
    if (fputc('\n', stdout) == EOF || fflush(stdout) != 0)
        return errno;
    return EIO;
}

int output_finish(int status)
{
    int why = 0;

    if (fflush(stdout) != 0 || ferror(stdout))
        why = write_errno();
    else if (fclose(stdout) != 0)
        why = errno;
    if (why == 0)
        return status;
    errno = why;
    if (why != EPIPE)
        fail_errno("standard output");
    return status ? status : SKEP_KIND_SYSTEM;
}
