/* The programs: their BPF code as the build extracted it, and the host code linked in.
 *
 * programs.inc, made by the build, has one line PROG(name) for each file in progs/.  The
 * assembler includes mem/name.bin and xdp/name.bin; it finds them by the include path. */
#include "engine.h"

#define EMBED(symbol, file)                                                              \
    __asm__(".pushsection .rodata\n"                                                     \
            ".balign 8\n"                                                                \
            ".globl " symbol "\n" symbol ":\n"                                           \
            ".incbin \"" file "\"\n"                                                     \
            ".globl " symbol "_end\n" symbol "_end:\n"                                   \
            ".popsection\n");

#define PROG(name)                                                                       \
    EMBED("bench_mem_" #name, "mem/" #name ".bin")                                       \
    EMBED("bench_xdp_" #name, "xdp/" #name ".bin")                                       \
    extern const uint8_t bench_mem_##name[], bench_mem_##name##_end[];                   \
    extern const uint8_t bench_xdp_##name[], bench_xdp_##name##_end[];                   \
    uint64_t bench_o2_##name(const uint8_t *mem, uint64_t len);                          \
    uint64_t bench_o3_##name(const uint8_t *mem, uint64_t len);
#include "programs.inc"
#undef PROG

#define PROG(name)                                                                       \
    { #name,                                                                             \
      { bench_mem_##name, bench_mem_##name##_end },                                      \
      { bench_xdp_##name, bench_xdp_##name##_end },                                      \
      bench_o2_##name,                                                                   \
      bench_o3_##name },
const struct bench_prog bench_progs[] = {
#include "programs.inc"
};
#undef PROG

const size_t bench_prog_count = sizeof(bench_progs) / sizeof(bench_progs[0]);

uint8_t bench_frame[FRAME_LEN];

bool bench_has_calls(const struct bench_prog *prog)
{
    const uint8_t opcode_call = 0x85; /* RFC 9669, 4.3: JMP class, CALL */

    for (const uint8_t *slot = prog->mem.start; slot < prog->mem.end; slot += 8)
        if (*slot == opcode_call)
            return true;
    return false;
}

size_t bench_insns(const struct bench_code *code)
{
    const uint8_t opcode_wide = 0x18; /* RFC 9669, 5.4: LD class, IMM, DW */
    size_t count = 0;

    for (const uint8_t *slot = code->start; slot < code->end; slot += 8) {
        if (*slot == opcode_wide)
            slot += 8;
        count++;
    }
    return count;
}
