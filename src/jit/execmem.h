/* Memory for code: writable or executable, never both.
 *
 *     | guard page |  code ...            | guard page |
 *                  ^ exec->code           ^ rounded up to pages
 *
 * sk_exec_map gives writable memory, the caller fills it, sk_exec_seal makes it executable and
 * read-only for good. The guard pages are never accessible. A mapping belongs to one program;
 * nothing is shared and there is no state but the struct. */
#ifndef SK_JIT_EXECMEM_H
#define SK_JIT_EXECMEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sk_exec {
    uint8_t *map; /* with the guard pages; NULL: nothing is mapped */
    size_t map_len;
    uint8_t *code;
    size_t len; /* as asked for */
};

/* Maps room for `len` bytes of code, writable, if possible within 2 GiB of `near` (any address
 * of the library's code). E_EXEC_MEMORY says what the system refused; *exec is then left
 * alone. */
enum skep_code sk_exec_map(struct sk_exec *exec, size_t len, const void *near,
                           struct skep_err *err);

/* Makes the code executable and read-only, and visible to instruction fetches. On failure the
 * mapping is gone (*exec is empty). */
enum skep_code sk_exec_seal(struct sk_exec *exec, struct skep_err *err);

/* Gives the mapping back; an empty one is fine. */
void sk_exec_unmap(struct sk_exec *exec);

#endif
