/* Files that perf reads, written to carefully: their names can be guessed, and /tmp is
 * open to everyone. A file is used only if it is a plain file of this user's with this
 * one name. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sysreason.h"
#include "jit/announce_ways.h"

enum skep_code sk_announce_failed(const char *path, struct skep_err *err)
{
    char room[SK_SYSREASON];

    return sk_fail(err, E_ANNOUNCE, sk_at_nothing(), path, sk_sysreason(errno, room));
}

/* What is wrong with the file, or NULL. */
static const char *not_ours(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "it is no plain file";
    if (st->st_uid != geteuid())
        return "it is another user's";
    if (st->st_nlink != 1)
        return "it has another name too";
    return NULL;
}

/* Not blocking: a pipe of that name may have no reader. */
static enum skep_code open_ours(const char *path, int *fd, struct skep_err *err)
{
    const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int opened = open(path, flags | O_NOCTTY, 0600);
    const char *wrong;
    struct stat st;

    if (opened < 0)
        return sk_announce_failed(path, err);
    if (fstat(opened, &st)) {
        enum skep_code code = sk_announce_failed(path, err);

        close(opened);
        return code;
    }
    wrong = not_ours(&st);
    if (wrong) {
        close(opened);
        return sk_fail(err, E_ANNOUNCE, sk_at_nothing(), path, wrong);
    }
    while (flock(opened, LOCK_EX) && errno == EINTR) {
    }
    *fd = opened;
    return SKEP_OK;
}

/* Who had the lock before may have removed the file. */
enum skep_code sk_announce_open(const char *path, int *fd, struct skep_err *err)
{
    struct stat st;

    for (;;) {
        SK_TRY(open_ours(path, fd, err));
        if (fstat(*fd, &st) || st.st_nlink)
            return SKEP_OK;
        sk_announce_close(*fd);
    }
}

void sk_announce_remove_empty(int fd, const char *path)
{
    struct stat opened, there;

    if (!fstat(fd, &opened) && !opened.st_size && !lstat(path, &there) &&
        there.st_dev == opened.st_dev && there.st_ino == opened.st_ino)
        unlink(path);
}

/* Unlocks by hand: a mapping of the file would keep the lock beyond close(2), and so
 * would a child that was forked in between. */
void sk_announce_close(int fd)
{
    flock(fd, LOCK_UN);
    close(fd);
}

enum skep_code sk_announce_write(int fd, const char *path, const struct sk_blob *blob,
                                 struct skep_err *err)
{
    ssize_t written;

    do {
        written = write(fd, blob->data, blob->len);
    } while (written < 0 && errno == EINTR);
    if (written < 0)
        return sk_announce_failed(path, err);
    if ((size_t)written < blob->len) {
        errno = ENOSPC;
        return sk_announce_failed(path, err);
    }
    return SKEP_OK;
}
