/* GDB's JIT interface (GDB manual, "JIT Compilation Interface"): a list of ELF files in
 * memory, and a function in which a debugger has a breakpoint, called when the list
 * changed. A debugger finds both by their names, so the list's head must be a variable:
 * the only writable data of the library (tools/lint makes this one exception;
 * doc/adr/0007).
 *
 * Both symbols are static. Debuggers look into the symbol table of each file, and find
 * static symbols too, while with external ones the library would use another library's
 * list that happens to be loaded, or not link with another compiler in one program. */
#define _DEFAULT_SOURCE
#include <sched.h>
#include <stdatomic.h>

#include "jit/announce_ways.h"

/* The layout of everything here is GDB's. */
struct sk_gdb_entry {
    struct sk_gdb_entry *next, *prev;
    const uint8_t *file;
    uint64_t file_len;
    size_t room; /* of the file's block; ours */
};

enum action { NOTHING, REGISTER, UNREGISTER };

__attribute__((used)) static struct {
    uint32_t version;
    uint32_t action;                /* enum action */
    struct sk_gdb_entry *concerned; /* by the action */
    struct sk_gdb_entry *first;
    atomic_flag lock; /* ours: held by who changes the list */
} __jit_debug_descriptor = { .version = 1, .lock = ATOMIC_FLAG_INIT };

/* The empty statement looks at the list, as far as the compiler knows: no store to it may
 * be dropped, or moved past a call. */
__attribute__((noinline, used)) static void __jit_debug_register_code(void)
{
    __asm__ volatile("" : : "r"(&__jit_debug_descriptor) : "memory");
}

/* Held for a few stores only, or as long as a debugger stops the process. */
static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&__jit_debug_descriptor.lock,
                                             memory_order_acquire))
        sched_yield();
}

static void unlock(void)
{
    atomic_flag_clear_explicit(&__jit_debug_descriptor.lock, memory_order_release);
}

/* Tells the debugger, if there is one. */
static void tell(enum action action, struct sk_gdb_entry *entry)
{
    __jit_debug_descriptor.action = action;
    __jit_debug_descriptor.concerned = entry;
    __jit_debug_register_code();
    __jit_debug_descriptor.action = NOTHING;
    __jit_debug_descriptor.concerned = NULL;
}

enum skep_code sk_announce_gdb(const struct sk_mem *mem,
                               const struct sk_announce_code *code,
                               struct sk_announced *announced, struct skep_err *err)
{
    struct sk_gdb_entry *entry = sk_mem_new(mem, 1, sizeof(*entry));
    struct sk_blob file;

    if (!entry)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(), sizeof(*entry));
    sk_blob_init(&file, mem);
    sk_announce_elf(&file, code);
    if (file.failed) {
        enum skep_code result = sk_blob_check(&file, err);

        sk_blob_fini(&file);
        sk_mem_free(mem, entry, 1, sizeof(*entry));
        return result;
    }
    entry->file = file.data;
    entry->file_len = file.len;
    entry->room = file.cap;
    lock();
    entry->next = __jit_debug_descriptor.first;
    if (entry->next)
        entry->next->prev = entry;
    __jit_debug_descriptor.first = entry;
    tell(REGISTER, entry);
    unlock();
    announced->gdb = entry;
    return SKEP_OK;
}

void sk_announce_gdb_end(const struct sk_mem *mem, struct sk_gdb_entry *entry)
{
    lock();
    if (entry->prev)
        entry->prev->next = entry->next;
    else
        __jit_debug_descriptor.first = entry->next;
    if (entry->next)
        entry->next->prev = entry->prev;
    tell(UNREGISTER, entry);
    unlock();
    sk_mem_free(mem, (void *)(uintptr_t)entry->file, entry->room, 1);
    sk_mem_free(mem, entry, 1, sizeof(*entry));
}
