/* llvm-mc reads the lines from one temporary file and prints to another, so that neither
 * side waits for the other.  With --show-encoding it prints each instruction with a
 * comment
 *
 *     add x0, x1, x2        // encoding: [0x20,0x00,0x02,0x8b]
 *
 * in the order of the lines; directives that it adds have no such comment. */
#include "mc.h"

#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"

enum {
    MAX_BYTES = 15,
    MAX_REPORTS = 20,
    MAX_LINE = 512, /* to llvm-mc and of what it prints */
};

struct bytes {
    uint8_t at[MAX_BYTES];
    size_t len;
};

struct line {
    size_t text; /* where its text begins in mc->text */
    struct bytes bytes;
};

enum result { MC_AGREES, MC_DIFFERS, MC_ABSENT };

struct mc {
    const char *triple, *attributes;
    char *text; /* all lines, each ended by a newline */
    size_t text_len, text_cap;
    struct line *lines;
    size_t len, cap;
};

/* ---- The lines ------------------------------------------------------------------- */

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* Room for `n` more elements after `len` of them. */
static void *grown(void *array, size_t *cap, size_t len, size_t n, size_t size)
{
    if (len + n > *cap) {
        *cap = 2 * (len + n);
        array = realloc(array, *cap * size);
        if (!array)
            die("mc");
    }
    return array;
}

static struct mc *new_list(const char *triple, const char *attributes)
{
    struct mc *mc = calloc(1, sizeof(*mc));

    if (!mc)
        die("mc");
    mc->triple = triple;
    mc->attributes = attributes;
    return mc;
}

static void free_list(struct mc *mc)
{
    free(mc->text);
    free(mc->lines);
    free(mc);
}

/* Adds a line whose text has `n` characters, or as vsnprintf says that it failed. */
static void add(struct mc *mc, const uint8_t *bytes, size_t len, const char *text, int n)
{
    struct line *line;

    if (len > MAX_BYTES || n < 0 || n >= MAX_LINE) {
        errno = EOVERFLOW;
        die("mc: a line");
    }
    mc->lines = grown(mc->lines, &mc->cap, mc->len, 1, sizeof(*mc->lines));
    line = &mc->lines[mc->len++];
    line->text = mc->text_len;
    line->bytes.len = len;
    memcpy(line->bytes.at, bytes, len);

    mc->text = grown(mc->text, &mc->text_cap, mc->text_len, (size_t)n + 1, 1);
    memcpy(mc->text + mc->text_len, text, (size_t)n);
    mc->text_len += (size_t)n;
    mc->text[mc->text_len++] = '\n';
}

void mc_expect(struct mc *mc, const uint8_t *bytes, size_t len, const char *format, ...)
{
    char text[MAX_LINE];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add(mc, bytes, len, text, n);
}

void mc_expect32(struct mc *mc, uint32_t word, const char *format, ...)
{
    char text[MAX_LINE];
    uint8_t bytes[4];
    va_list args;
    int n;

    sk_store32(bytes, sk_le32(word));
    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add(mc, bytes, sizeof(bytes), text, n);
}

/* ---- The process ----------------------------------------------------------------- */

/* Starts llvm-mc between two files.  Returns 0 or an errno; ENOENT if there is no
 * llvm-mc. */
static int start(const struct mc *mc, FILE *in, FILE *out, pid_t *pid)
{
    char triple[64], attributes[256];
    char *argv[] = { "llvm-mc", "--show-encoding", triple, attributes, NULL };
    posix_spawn_file_actions_t files;
    int error;

    snprintf(triple, sizeof(triple), "--triple=%s", mc->triple);
    snprintf(attributes, sizeof(attributes), "--mattr=%s", mc->attributes);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, fileno(in), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, fileno(out), STDOUT_FILENO);
    error = posix_spawnp(pid, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* Did the process end well? */
static bool ended_well(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            die("mc: waitpid");
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- The comparison -------------------------------------------------------------- */

/* The next encoding that llvm-mc printed.  False when there is no more. */
static bool next_encoding(FILE *out, struct bytes *bytes)
{
    char printed[MAX_LINE];

    while (fgets(printed, sizeof(printed), out)) {
        const char *p = strstr(printed, "encoding: [");

        if (!p)
            continue;
        p = strchr(p, '[');
        for (bytes->len = 0; p && *p != ']' && bytes->len < MAX_BYTES; bytes->len++) {
            char *end;

            bytes->at[bytes->len] = (uint8_t)strtoul(p + 1, &end, 16);
            p = strpbrk(end, ",]");
        }
        return true;
    }
    return false;
}

static void print_bytes(const char *who, const struct bytes *bytes)
{
    printf("    %-8s", who);
    for (size_t i = 0; i < bytes->len; i++)
        printf(" %02x", bytes->at[i]);
    printf("\n");
}

static void report(const struct mc *mc, const struct line *line,
                   const struct bytes *theirs)
{
    const char *text = mc->text + line->text;

    printf("%.*s\n", (int)strcspn(text, "\n"), text);
    print_bytes("encoder", &line->bytes);
    print_bytes("llvm-mc", theirs);
}

/* Compares all lines with what llvm-mc printed; the number of those that differ. */
static size_t compare(const struct mc *mc, FILE *out)
{
    size_t differ = 0;

    for (size_t i = 0; i < mc->len; i++) {
        const struct line *line = &mc->lines[i];
        struct bytes theirs = { .len = 0 };

        next_encoding(out, &theirs);
        if (theirs.len == line->bytes.len &&
            memcmp(theirs.at, line->bytes.at, theirs.len) == 0)
            continue;
        if (differ++ < MAX_REPORTS)
            report(mc, line, &theirs);
    }
    return differ;
}

static enum result run_between(const struct mc *mc, FILE *in, FILE *out)
{
    pid_t pid;
    int error = start(mc, in, out, &pid);
    size_t differ;

    if (error == ENOENT) {
        printf("skipped: %zu lines of assembly, llvm-mc is not installed\n", mc->len);
        return MC_ABSENT;
    }
    if (error) {
        errno = error;
        die("mc: llvm-mc");
    }
    if (!ended_well(pid)) {
        printf("llvm-mc refuses lines, see standard error\n");
        return MC_DIFFERS;
    }
    rewind(out);
    differ = compare(mc, out);
    printf("%zu of %zu lines differ from llvm-mc\n", differ, mc->len);
    return differ ? MC_DIFFERS : MC_AGREES;
}

static enum result run_list(struct mc *mc)
{
    FILE *in = tmpfile(), *out = tmpfile();
    enum result result;

    if (!in || !out || fwrite(mc->text, 1, mc->text_len, in) != mc->text_len ||
        fflush(in))
        die("mc: temporary file");
    rewind(in);
    result = run_between(mc, in, out);
    fclose(in);
    fclose(out);
    return result;
}

int mc_main(const char *triple, const char *attributes,
            void (*const families[])(struct mc *), size_t count)
{
    struct mc *mc = new_list(triple, attributes);
    enum result result;

    for (size_t i = 0; i < count; i++)
        families[i](mc);
    result = run_list(mc);
    free_list(mc);
    return result == MC_ABSENT ? 77 : result != MC_AGREES;
}
