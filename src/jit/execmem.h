/* Memory for code: writable or executable, never both.
 *
 *     | guard page |  code ...            | guard page |
 *     ^ exec->map  ^ exec->code            ^ rounded up to pages
 *
 * sk_exec_map gives writable memory, the caller fills it, sk_exec_seal makes it
 * executable and read-only for good. The guard pages are never accessible. A mapping
 * belongs to one program; nothing is shared and there is no state but the struct, which
 * may be moved. errno is left as it was. */
#ifndef SK_JIT_EXECMEM_H
#define SK_JIT_EXECMEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sk_exec {
    uint8_t *map; /* with the guard pages; NULL: nothing is mapped */
    size_t map_len;
    uint8_t *code; /* at the start of a page */
    size_t len;    /* as asked for */
};

/* Maps room for `len` bytes of code (0: one page, for nothing), writable and zeroed, if
 * possible within 2 GiB of `near` (any address of the library's code; NULL: anywhere).
 * Callers look where it came to lie: `near` is a wish. E_EXEC_MEMORY says which call was
 * refused and why; *exec is then left alone. */
enum skep_code sk_exec_map(struct sk_exec *exec, size_t len, const void *near,
                           struct skep_err *err);

/* Makes the code executable and read-only, and visible to instruction fetches. On failure
 * (E_EXEC_MEMORY) the mapping is gone (*exec is empty). */
enum skep_code sk_exec_seal(struct sk_exec *exec, struct skep_err *err);

/* Gives the mapping back and empties *exec; an empty one is fine. */
void sk_exec_unmap(struct sk_exec *exec);

#endif
