/* The kernel's disassembly, picked out of the verifier's log.
 *
 * An instruction occurs in the log in two kinds of line, the second once per visit:
 *
 *           7: .1........ (79) r0 = *(u64 *)(r1 +0)          the list of live registers
 *       1   8: .1........ (07) r1 += 8                       the same, inside of loop 1
 *     7: (79) r0 = *(u64 *)(r1 +0)          ; R0=scalar()    the walk
 *
 * Everything else (states, functions, statistics, complaints) has no `N: (OP) ` at its
 * start.  An instruction that the kernel cannot print is `BUG_...`, without `(OP)`. */
#include "kernel.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_LOG = 256 * 1024,
    LAST_LOG = 128 * 1024 * 1024,
    LONGEST_TEXT = 160,
    LIVE_FIELD = 10, /* one character a register in the list of live registers */
};

static const char *skip_live_registers(const char *p)
{
    size_t n = strspn(p, ".0123456789");

    return n == LIVE_FIELD && p[n] == ' ' ? p + n + 1 : p;
}

static int starts_instruction(const char *p)
{
    if (strncmp(p, "BUG_", 4) == 0)
        return 1;
    return p[0] == '(' && isxdigit((unsigned char)p[1]) &&
           isxdigit((unsigned char)p[2]) && p[3] == ')' && p[4] == ' ';
}

/* Skip the number of the loop that the list gives in front of the slot's. */
static const char *skip_loop(const char *p)
{
    size_t n = strspn(p, "0123456789"), blanks = strspn(p + n, " ");

    return blanks && isdigit((unsigned char)p[n + blanks]) ? p + n + blanks : p;
}

/* The text and the slot of the instruction in a line, or NULL when there is none. */
static const char *instruction_in(const char *line, uint32_t *pc)
{
    char *p;

    line = skip_loop(line + strspn(line, " "));
    if (!isdigit((unsigned char)*line))
        return NULL;
    *pc = (uint32_t)strtoul(line, &p, 10);
    if (p[0] != ':' || p[1] != ' ')
        return NULL;
    line = skip_live_registers(p + 2);
    return starts_instruction(line) ? line : NULL;
}

/* Copy the text without the state after it and without blanks at the end. */
static void copy_text(char *out, const char *text)
{
    size_t n = strcspn(text, ";\n");

    while (n > 0 && text[n - 1] == ' ')
        n--;
    if (n >= LONGEST_TEXT)
        n = LONGEST_TEXT - 1;
    memcpy(out, text, n);
    out[n] = '\0';
}

int oracle_log_lines(const char *log, uint32_t count,
                     void (*line)(void *user, uint32_t pc, const char *text), void *user)
{
    uint8_t *seen = calloc(count ? count : 1, 1);
    char text[LONGEST_TEXT];

    if (!seen)
        return -ENOMEM;
    while (*log) {
        uint32_t pc;
        const char *insn = instruction_in(log, &pc);

        if (insn && pc < count && !seen[pc]) {
            seen[pc] = 1;
            copy_text(text, insn);
            line(user, pc, text);
        }
        log += strcspn(log, "\n");
        log += *log == '\n';
    }
    free(seen);
    return 0;
}

/* Load with the full log, in a buffer that grows until the log fits.  The caller frees
 * log->text in any case. */
static int load_with_log(const struct oracle_prog *prog, struct oracle_log *log)
{
    for (log->size = FIRST_LOG;; log->size *= 8) {
        char *p = realloc(log->text, log->size);
        int fd;

        if (!p)
            return -ENOMEM;
        log->text = p;
        fd = oracle_load(prog, log);
        if (fd != -ENOSPC || log->size >= LAST_LOG)
            return fd;
    }
}

int oracle_text(const struct oracle_prog *prog,
                void (*line)(void *user, uint32_t pc, const char *text), void *user)
{
    struct oracle_log log = { .level = 2 };
    int fd = load_with_log(prog, &log);
    int r = fd < 0 ? fd : 0;

    if (log.text && oracle_log_lines(log.text, prog->count, line, user) < 0)
        r = -ENOMEM;
    free(log.text);
    oracle_close(fd);
    return r;
}
