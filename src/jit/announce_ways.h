/* The ways of announcing code, each in a file of its own. See announce.h. */
#ifndef SK_JIT_ANNOUNCE_WAYS_H
#define SK_JIT_ANNOUNCE_WAYS_H

#include "base/blob.h"
#include "jit/announce.h"

/* What DWARF and ELF call this machine. */
#if defined(__x86_64__)
enum { SK_ELF_MACHINE = 62, SK_DWARF_SP = 7, SK_DWARF_RETURN = 16 };
#elif defined(__aarch64__)
enum { SK_ELF_MACHINE = 183, SK_DWARF_SP = 31, SK_DWARF_RETURN = 30 };
#else
enum { SK_ELF_MACHINE = 0, SK_DWARF_SP = 0, SK_DWARF_RETURN = 0 };
#endif

/* announce_file.c: files that perf reads. */

/* Opens a file to append to, makes it if it is not there, and locks it. E_ANNOUNCE unless
 * it is a plain file of this user's, not a link of any kind. *fd is the caller's, for
 * sk_announce_close. */
enum skep_code sk_announce_open(const char *path, int *fd, struct skep_err *err);
void sk_announce_close(int fd);

/* Removes the file, open and locked, if there is nothing in it. */
void sk_announce_remove_empty(int fd, const char *path);

/* Writes it all at once: what threads write at the same time does not mix. */
enum skep_code sk_announce_write(int fd, const char *path, const struct sk_blob *blob,
                                 struct skep_err *err);

/* E_ANNOUNCE: errno says why. */
enum skep_code sk_announce_failed(const char *path, struct skep_err *err);

/* announce_map.c */
enum skep_code sk_announce_perf_map(const struct sk_mem *mem,
                                    const struct sk_announce_code *code,
                                    struct skep_err *err);

/* announce_dump.c; sets the marker if it is the dump's first. */
enum skep_code sk_announce_jitdump(const struct sk_mem *mem,
                                   const struct sk_announce_code *code,
                                   struct sk_announced *announced, struct skep_err *err);

/* announce_gdb.c */
enum skep_code sk_announce_gdb(const struct sk_mem *mem,
                               const struct sk_announce_code *code,
                               struct sk_announced *announced, struct skep_err *err);
void sk_announce_gdb_end(const struct sk_mem *mem, struct sk_gdb_entry *entry);

/* announce_elf.c: an ELF file that describes the code without containing it; the blob is
 * empty before. */
void sk_announce_elf(struct sk_blob *blob, const struct sk_announce_code *code);

/* announce_frame.c: DWARF's call frame information of all symbols, as section
 * .debug_frame. */
void sk_announce_frame(struct sk_blob *blob, const struct sk_announce_code *code);

#endif
