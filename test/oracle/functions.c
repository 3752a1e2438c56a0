/* Functions begin at slot 0, where local calls lead, and at addresses that are loaded. */
#include "functions.h"

#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WIDE = 0x18, CALL = 0x85, LOCAL = 1, ADDRESS = 4 };

static struct oracle_insn slot_at(const struct oracle_prog *prog, uint32_t pc)
{
    struct oracle_insn insn;

    memcpy(&insn, (const char *)prog->insns + (size_t)pc * sizeof(insn), sizeof(insn));
    return insn;
}

/* Sets marks[pc] to 1 where a function begins; returns whether an address is taken. */
static int mark_functions(const struct oracle_prog *prog, uint8_t *marks)
{
    int taken = 0;

    marks[0] = 1;
    for (uint32_t pc = 0; pc < prog->count; pc++) {
        struct oracle_insn insn = slot_at(prog, pc);
        int address = insn.code == WIDE && insn.regs >> 4 == ADDRESS;
        int64_t target = (int64_t)pc + 1 + insn.imm;

        if ((address || (insn.code == CALL && insn.regs >> 4 == LOCAL)) && target >= 0 &&
            target < prog->count)
            marks[target] = 1;
        taken |= address;
        pc += insn.code == WIDE;
    }
    return taken;
}

/* int f(), as type 3. */
static int load_btf(void)
{
    static const struct {
        struct btf_header header;
        struct btf_type number;
        uint32_t number_data;
        struct btf_type prototype, function;
        char names[16];
    } blob = {
        .header = { .magic = BTF_MAGIC,
                    .version = BTF_VERSION,
                    .hdr_len = sizeof(struct btf_header),
                    .type_len = 3 * sizeof(struct btf_type) + sizeof(uint32_t),
                    .str_off = 3 * sizeof(struct btf_type) + sizeof(uint32_t),
                    .str_len = sizeof("\0int\0f") },
        .number = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 4 },
        .number_data = BTF_INT_SIGNED << 24 | 32,
        .prototype = { .info = BTF_KIND_FUNC_PROTO << 24, .type = 1 },
        .function = { .name_off = 5, .info = BTF_KIND_FUNC << 24, .type = 2 },
        .names = "\0int\0f",
    };
    union bpf_attr attr;
    long r;

    memset(&attr, 0, sizeof(attr));
    attr.btf = (uint64_t)(uintptr_t)&blob;
    attr.btf_size = sizeof(blob) - sizeof(blob.names) + blob.header.str_len;
    r = syscall(SYS_bpf, BPF_BTF_LOAD, &attr, sizeof(attr));
    return r < 0 ? -errno : (int)r;
}

static int fill(struct oracle_functions *functions, const uint8_t *marks, uint32_t slots)
{
    functions->info = calloc(slots, sizeof(functions->info[0]));
    if (!functions->info)
        return -ENOMEM;
    for (uint32_t pc = 0; pc < slots; pc++) {
        if (marks[pc])
            functions->info[functions->count++] =
                (struct bpf_func_info){ .insn_off = pc, .type_id = 3 };
    }
    functions->btf = load_btf();
    return functions->btf < 0 ? functions->btf : 0;
}

int oracle_functions_init(struct oracle_functions *functions,
                          const struct oracle_prog *prog)
{
    uint8_t *marks = calloc(prog->count + 1u, 1);
    int r = marks ? 0 : -ENOMEM;

    *functions = (struct oracle_functions){ .btf = -1 };
    if (marks && mark_functions(prog, marks))
        r = fill(functions, marks, prog->count);
    free(marks);
    if (r)
        oracle_functions_fini(functions);
    return r;
}

void oracle_functions_fini(struct oracle_functions *functions)
{
    oracle_close(functions->btf);
    free(functions->info);
    *functions = (struct oracle_functions){ .btf = -1 };
}
