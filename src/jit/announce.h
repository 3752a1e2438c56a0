/* Announcing native code to perf and GDB, so that both can name its functions.
 *
 *     sk_announce(&mem, &code, SKEP_NATIVE_PERF_MAP | SKEP_NATIVE_GDB, &announced, NULL);
 *     ...                                          the code is there and may run
 *     sk_announce_end(&mem, &announced);           before it is unmapped
 *
 * Three ways, each with what reads it:
 *
 *     PERF_MAP  /tmp/perf-PID.map: lines of address, size and name   perf report
 *     JITDUMP   ./jit-PID.dump: the code itself, with times          perf inject --jit
 *     GDB       an ELF file in memory: names and how to unwind       gdb, lldb
 *
 * Announcing changes nothing about the code and how it runs, and a failure harms nothing:
 * callers may ignore it. Any thread may announce at any time; announcements of one
 * process are kept apart by file locks and by the lock of announce_gdb.c. The library
 * reads no environment and follows no symbolic links; it writes to files only that are
 * this user's own. errno is left as it was. */
#ifndef SK_JIT_ANNOUNCE_H
#define SK_JIT_ANNOUNCE_H

#include <stddef.h>
#include <stdint.h>

#include <skep_native.h>

#include "base/mem.h"

/* How a debugger finds a function's caller: what is true from an offset on. Registers
 * have DWARF's numbers (System V ABI for x86-64, figure 3.36: rsp is 7; DWARF for the Arm
 * 64-bit Architecture, 4.1: sp is 31). The CFA, canonical frame address, is what the
 * stack pointer was in the caller, before the call. At a function's first instruction it
 * is rsp + 8 (the return address lies at CFA - 8), or sp (the return address is in x30),
 * and all registers hold what is the caller's. */
enum sk_cfi_what {
    SK_CFI_CFA,        /* the CFA is register `reg` plus `value` */
    SK_CFI_CFA_OFFSET, /* the CFA is the same register's plus `value` */
    SK_CFI_SAVED,      /* the caller's `reg` lies at CFA + `value`, a multiple of 8 */
    SK_CFI_RESTORED,   /* `reg` holds what is the caller's */
    SK_CFI_LOST,       /* the caller's `reg` is not to be found */
    SK_CFI_REMEMBER,   /* all that is true here ... */
    SK_CFI_RECALL,     /* ... is true again, as at the last REMEMBER */
    SK_CFI_START,      /* another part of the code begins: only in code.h */
};

struct sk_cfi {
    uint32_t offset; /* from the symbol's start; rows are sorted by it */
    uint8_t what;    /* enum sk_cfi_what */
    uint8_t reg;
    int32_t value;
};

struct sk_announce_symbol {
    uint32_t offset, size; /* within the code */
    const char *name;      /* as people shall see it, such as "count_packets/main" */
    const struct sk_cfi *rows;
    size_t row_count;
};

struct sk_announce_code {
    const void *address; /* where it lies, in place and executable */
    size_t len;
    const struct sk_announce_symbol *symbols; /* sorted by offset, not overlapping */
    size_t symbol_count;
    const struct skep_native_line *lines; /* sorted by offset; for JITDUMP. May be NULL */
    size_t line_count;
    const char *source; /* the "file" that lines are in: slot N is its line N + 1 */
};

/* What lasts as long as the code. All zero: nothing is announced. */
struct sk_announced {
    struct sk_gdb_entry *gdb;
    void *marker; /* by this mapping perf learns of the dump; only with who began it */
    size_t marker_len;
};

/* Announces the code in each of the ways that `ways` names (SKEP_NATIVE_PERF_MAP,
 * _JITDUMP, _GDB; other flags are ignored). *announced is set in any case. One way's
 * failure does not keep the others from being tried; the first failure is returned:
 * E_ANNOUNCE with the file and the reason, or E_NO_MEMORY. */
enum skep_code sk_announce(const struct sk_mem *mem, const struct sk_announce_code *code,
                           uint32_t ways, struct sk_announced *announced,
                           struct skep_err *err);

/* Takes the code back from GDB, and gives back what the announcement held. perf's files
 * stay: they tell what was, and are read after the fact. All zero is fine. */
void sk_announce_end(const struct sk_mem *mem, struct sk_announced *announced);

#endif
