/* What mutators know of BTF: kinds, counts, sizes, ids, names and offsets are changed, records
 * copied and dropped, so that most of what is made is read to the end. */
#ifndef FUZZ_MUTATE_TYPES_H
#define FUZZ_MUTATE_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* Changes the BTF of `len` bytes at `btf`, where there are `room`. Returns its new length; 0: it
 * has no records that can be told apart, and is as before. */
size_t mutate_types(uint8_t *btf, size_t len, size_t room, unsigned seed);

/* How many whole records it has; 0 as above. */
uint32_t mutate_types_count(const uint8_t *btf, size_t len);

/* Adds a string; returns its offset, 0: there is no room, or no BTF. */
uint32_t mutate_add_string(uint8_t *btf, size_t *len, size_t room, const char *text);

#endif
