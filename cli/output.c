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

/* A file on its way: to be replaced, if there is a temporary one, or written to directly. */
struct draft {
    const struct output *output;
    char target[PATH_MAX];
    char temporary[PATH_MAX + 8]; /* "": none */
};

/* Fills and closes the temporary file; -1 with errno set. */
static int fill(int fd, const struct output *output, mode_t mode)
{
    if (write_all(fd, output->data, output->len) != 0 || fchmod(fd, mode) != 0) {
        int why = errno;

        close(fd);
        errno = why;
        return -1;
    }
    return close(fd);
}

static void discard(struct draft *draft)
{
    if (draft->temporary[0])
        unlink(draft->temporary);
    draft->temporary[0] = 0;
}

/* Writes what will replace the regular file draft->target; `old` is NULL if there is none
 * yet. */
static int write_temporary(struct draft *draft, const struct stat *old)
{
    const char *path = draft->output->path;
    int fd, n;

    if (old && access(draft->target, W_OK) != 0)
        return fail_errno(path);
    n = snprintf(draft->temporary, sizeof(draft->temporary), "%s.XXXXXX", draft->target);
    if (n >= (int)sizeof(draft->temporary)) {
        draft->temporary[0] = 0;
        errno = ENAMETOOLONG;
        return fail_errno(path);
    }
    fd = mkostemp(draft->temporary, O_CLOEXEC);
    if (fd < 0) {
        draft->temporary[0] = 0;
        return fail_errno(path);
    }
    if (fill(fd, draft->output, file_mode(old)) != 0) {
        int status = fail_errno(path);

        discard(draft);
        return status;
    }
    return 0;
}

/* Does all that can fail for a regular file, but for its name. */
static int prepare(struct draft *draft)
{
    const char *path = draft->output->path;
    struct stat old, link;

    if (!strcmp(path, "-"))
        return 0;
    if (stat(path, &old) != 0) {
        if (errno != ENOENT)
            return fail_errno(path);
        if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
            return fail(SKEP_KIND_SYSTEM, path, "is a link to nothing");
        if (snprintf(draft->target, sizeof(draft->target), "%s", path) >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return fail_errno(path);
        }
        return write_temporary(draft, NULL);
    }
    if (S_ISDIR(old.st_mode))
        return fail(SKEP_KIND_SYSTEM, path, "is a directory");
    if (!S_ISREG(old.st_mode))
        return 0;
    if (!realpath(path, draft->target))
        return fail_errno(path);
    return write_temporary(draft, &old);
}

/* Writes to a device, a pipe, or standard output, whose failure output_finish reports. */
static int write_stream(const struct draft *draft)
{
    const struct output *output = draft->output;

    if (draft->temporary[0])
        return 0;
    if (strcmp(output->path, "-") != 0)
        return write_directly(output->path, output->data, output->len);
    if (fwrite(output->data, 1, output->len, stdout) != output->len ||
        fflush(stdout) != 0)
        return SKEP_KIND_SYSTEM;
    return 0;
}

static int give_name(struct draft *draft)
{
    if (!draft->temporary[0])
        return 0;
    if (rename(draft->temporary, draft->target) != 0)
        return fail_errno(draft->output->path);
    draft->temporary[0] = 0;
    return 0;
}

static int write_drafts(struct draft *drafts, size_t count)
{
    int status = 0;

    for (size_t i = 0; i < count && !status; i++)
        status = prepare(&drafts[i]);
    for (size_t i = 0; i < count && !status; i++)
        status = write_stream(&drafts[i]);
    for (size_t i = count; i-- && !status;)
        status = give_name(&drafts[i]);
    for (size_t i = 0; i < count; i++)
        discard(&drafts[i]);
    return status;
}

int output_write_all(const struct output *outputs, size_t count)
{
    struct draft drafts[OUTPUTS_MAX];
    sigset_t deferred, before;
    int status;

    for (size_t i = 0; i < count; i++) {
        drafts[i].output = &outputs[i];
        drafts[i].temporary[0] = 0;
    }
    /* Signals wait until the temporary files are gone or have their names. */
    sigemptyset(&deferred);
    sigaddset(&deferred, SIGINT);
    sigaddset(&deferred, SIGTERM);
    sigaddset(&deferred, SIGHUP);
    sigprocmask(SIG_BLOCK, &deferred, &before);
    status = write_drafts(drafts, count);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

int output_write(const char *path, const void *data, size_t len)
{
    return output_write_all(&(struct output){ path, data, len }, 1);
}

/* ---- Which file it is --------------------------------------------------------------- */

/* Whether the paths are of one file that is still to be made. */
static int same_new_file(const char *a, const char *b)
{
    const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
    char dir_a[PATH_MAX], dir_b[PATH_MAX];
    struct stat in_a, in_b;

    if (strcmp(slash_a ? slash_a + 1 : a, slash_b ? slash_b + 1 : b) != 0)
        return 0;
    snprintf(dir_a, sizeof(dir_a), "%.*s.", slash_a ? (int)(slash_a + 1 - a) : 0, a);
    snprintf(dir_b, sizeof(dir_b), "%.*s.", slash_b ? (int)(slash_b + 1 - b) : 0, b);
    return stat(dir_a, &in_a) == 0 && stat(dir_b, &in_b) == 0 &&
           in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino;
}

int output_same(const char *a, const char *b)
{
    struct stat of_a, of_b;
    int is_a = stat(a, &of_a) == 0, is_b = stat(b, &of_b) == 0;

    if (!is_a && !is_b)
        return same_new_file(a, b);
    return is_a && is_b && S_ISREG(of_a.st_mode) && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

int output_is_regular(const char *path)
{
    struct stat st;

    return strcmp(path, "-") != 0 && (stat(path, &st) != 0 || S_ISREG(st.st_mode));
}

int output_spares(const char *path, const char *input)
{
    struct stat in, out;
    int is_in =
        strcmp(input, "-") ? stat(input, &in) == 0 : fstat(STDIN_FILENO, &in) == 0;

    if (!strcmp(path, "-") || !is_in || !S_ISREG(in.st_mode) || stat(path, &out) != 0 ||
        in.st_dev != out.st_dev || in.st_ino != out.st_ino)
        return 0;
    return fail(SKEP_KIND_USAGE, path, "the output would overwrite the input");
}

/* ---- Standard output ---------------------------------------------------------------- */

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
