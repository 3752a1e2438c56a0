/* Files and hexadecimal text, read into memory. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

enum { FIRST_READ = 64 << 10 };

/* Why a file of that kind cannot be read, or NULL. */
static const char *refused_kind(mode_t mode)
{
    if (S_ISDIR(mode))
        return "is a directory, a file was expected";
    if (S_ISSOCK(mode))
        return "is a socket, a file was expected";
    if (S_ISBLK(mode))
        return "is a block device, a file was expected";
    return NULL;
}

/* Opens without blocking: a FIFO that nobody writes to then ends at once. */
static int open_file(const char *path, int *fd)
{
    const char *refused = NULL;
    struct stat info;

    if (stat(path, &info) == 0)
        refused = refused_kind(info.st_mode);
    if (refused)
        return fail(SKEP_KIND_SYSTEM, path, "%s", refused);
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return *fd < 0 ? fail_errno(path) : 0;
}

/* Doubles the buffer, the NUL behind the data included. */
static int grow(struct input *input, size_t *size)
{
    size_t more = *size ? *size * 2 : FIRST_READ;
    char *data;

    if (more > INPUT_MAX + 2)
        more = INPUT_MAX + 2;
    data = realloc(input->data, more);
    if (!data)
        return fail_memory();
    input->data = data;
    *size = more;
    return 0;
}

/* Reads some bytes, waiting for them if need be; 0 at the end, -1 with errno set. */
static ssize_t read_some(int fd, char *at, size_t size)
{
    for (;;) {
        ssize_t n = read(fd, at, size);
        struct pollfd waited = { .fd = fd, .events = POLLIN };

        if (n >= 0 || (errno != EINTR && errno != EAGAIN))
            return n;
        if (errno == EAGAIN && poll(&waited, 1, -1) < 0 && errno != EINTR)
            return -1;
    }
}

static int read_all(int fd, struct input *input)
{
    size_t size = 0;
    ssize_t n = 1;

    while (n > 0) {
        if (input->len + 1 >= size) {
            int status = grow(input, &size);

            if (status)
                return status;
        }
        n = read_some(fd, input->data + input->len, size - input->len - 1);
        if (n < 0)
            return fail_errno(input->name);
        input->len += (size_t)n;
        if (input->len > INPUT_MAX)
            return fail(SKEP_KIND_MALFORMED, input->name,
                        "longer than %d MiB, which is the limit", INPUT_MAX >> 20);
    }
    input->data[input->len] = 0;
    return 0;
}

/* What an empty input from a FIFO means. */
static int check_empty(int fd, const struct input *input)
{
    struct stat info;

    if (input->len == 0 && fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode))
        return fail(SKEP_KIND_SYSTEM, input->name, "is a FIFO that nobody writes to");
    return 0;
}

const char *input_name(const char *path)
{
    return strcmp(path, "-") ? path : "stdin";
}

int input_read(const char *path, struct input *input)
{
    int fd = STDIN_FILENO, status;

    *input = (struct input){ .name = input_name(path) };
    if (!strcmp(path, "-")) {
        status = read_all(fd, input);
    } else {
        status = open_file(path, &fd);
        if (status)
            return status;
        status = read_all(fd, input);
        if (!status)
            status = check_empty(fd, input);
        close(fd);
    }
    if (status)
        input_free(input);
    return status;
}

void input_free(struct input *input)
{
    free(input->data);
    *input = (struct input){ 0 };
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int hex_bytes(const char *text, size_t len, unsigned char **bytes, size_t *count)
{
    unsigned char *out = malloc(len / 2 + 1);
    size_t n = 0;

    if (!out)
        return -2;
    for (size_t i = 0; i < len; i++) {
        int high, low;

        if (strchr(" \t\r\n", text[i]) && text[i])
            continue;
        high = digit_value(text[i]);
        low = ++i < len ? digit_value(text[i]) : -1;
        if (high < 0 || low < 0) {
            free(out);
            return -1;
        }
        out[n++] = (unsigned char)(high << 4 | low);
    }
    *bytes = out;
    *count = n;
    return 0;
}
