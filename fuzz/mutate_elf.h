/* A mutator that knows objects: it changes a field of the ELF header, of a section header, a
 * symbol, a relocation, a slot of code, a word of .BTF or .BTF.ext, to a value that might
 * matter; or bytes of one section as libFuzzer does; or sizes and places of sections.
 *
 * What it is given may be any bytes; what is no object goes to libFuzzer's own mutator. */
#ifndef FUZZ_MUTATE_ELF_H
#define FUZZ_MUTATE_ELF_H

#include <stddef.h>
#include <stdint.h>

/* As LLVMFuzzerCustomMutator. */
size_t mutate_elf(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
