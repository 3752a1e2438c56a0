/* Machine code as text. */
#include "machine.h"

#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "machine_a64.h"
#include "report.h"

enum { A64_INSN = 4 };

static int refuse(cs_err error)
{
    if (error == CS_ERR_MEM)
        return fail_memory();
    return fail(SKEP_KIND_SYSTEM, "Capstone", "%s", cs_strerror(error));
}

int machine_open(struct machine *machine, enum skep_target target,
                 enum machine_syntax syntax)
{
    int x86 = target == SKEP_TARGET_X86_64;
    cs_arch arch = x86 ? CS_ARCH_X86 : CS_ARCH_ARM64;
    cs_mode mode = x86 ? CS_MODE_64 : CS_MODE_LITTLE_ENDIAN;
    cs_err error;
    csh handle;

    error = cs_open(arch, mode, &handle);
    if (error != CS_ERR_OK)
        return refuse(error);
    if (x86 && syntax == MACHINE_ATT)
        error = cs_option(handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
    *machine = (struct machine){ target, handle, cs_malloc(handle) };
    if (error == CS_ERR_OK && !machine->insn)
        error = CS_ERR_MEM;
    if (error == CS_ERR_OK)
        return 0;
    machine_close(machine);
    return refuse(error);
}

void machine_close(struct machine *machine)
{
    csh handle = machine->handle;

    if (machine->insn)
        cs_free(machine->insn, 1);
    cs_close(&handle);
    *machine = (struct machine){ 0 };
}

static uint64_t little_endian(const unsigned char *code, size_t len)
{
    uint64_t number = 0;

    for (size_t i = len; i-- > 0;)
        number = number << 8 | code[i];
    return number;
}

static void set_text(struct machine_insn *insn, size_t len, const char *operation,
                     const char *operands)
{
    insn->len = len;
    snprintf(insn->operation, sizeof(insn->operation), "%s", operation);
    snprintf(insn->operands, sizeof(insn->operands), "%s", operands);
}

void machine_data(const unsigned char *code, size_t len, struct machine_insn *insn)
{
    size_t zeros = 0;
    char text[32];

    while (zeros < len && code[zeros] == 0)
        zeros++;
    snprintf(text, sizeof(text), "%zu", len);
    if (len == 8)
        snprintf(text, sizeof(text), "0x%016" PRIx64, little_endian(code, len));
    else if (zeros < len)
        snprintf(text, sizeof(text), "0x%02x", code[0]);
    set_text(insn, len != 8 && zeros < len ? 1 : len,
             len == 8      ? ".quad"
             : zeros < len ? ".byte"
                           : ".zero",
             text);
}

/* What nobody knows by name is shown as a number. */
static void unknown_a64(const unsigned char *code, struct machine_insn *insn)
{
    char text[32];

    snprintf(text, sizeof(text), "0x%08" PRIx64, little_endian(code, A64_INSN));
    set_text(insn, A64_INSN, ".inst", text);
}

void machine_decode(const struct machine *machine, const unsigned char *code, size_t len,
                    uint64_t address, struct machine_insn *insn)
{
    const unsigned char *at = code;
    cs_insn *found = machine->insn;
    int a64 = machine->target == SKEP_TARGET_ARM64 && len >= A64_INSN;

    if (a64 && machine_a64((uint32_t)little_endian(code, A64_INSN), insn))
        return;
    if (cs_disasm_iter(machine->handle, &at, &len, &address, found))
        set_text(insn, found->size, found->mnemonic, found->op_str);
    else if (a64)
        unknown_a64(code, insn);
    else
        machine_data(code, 1, insn);
}
