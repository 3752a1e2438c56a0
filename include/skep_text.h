/* Programs as text: listing, assembling, explaining, and the instruction set itself.
 * The rules at the head of skep.h hold here too. */
#ifndef SKEP_TEXT_H
#define SKEP_TEXT_H

#include "skep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- One instruction of a program --------------------------------------------------- */

struct skep_insn {
    uint32_t pc;
    uint32_t slots; /* 1 or 2; 0: pc is the second slot of a 64-bit load */
    uint32_t form;  /* index for skep_form_get */
    uint8_t opcode, dst, src;
    int16_t off;
    int32_t imm, next_imm; /* next_imm: of the second slot */
    uint32_t target;       /* of a jump or local call; UINT32_MAX otherwise */
    uint32_t function;     /* index of the function that it belongs to */
};

/* Fills *insn from slot `pc`; SKEP_E_ARGUMENT past the end. */
SKEP_API enum skep_code skep_prog_insn(const skep_prog *prog, uint32_t pc,
                                       struct skep_insn *insn);

/* Whose way of writing instructions. */
enum skep_dialect {
    SKEP_KERNEL, /* as Linux's verifier log and bpftool, without the "(op) " in front */
    SKEP_LLVM,   /* as llvm-objdump */
};

/* Text functions write into buf (size bytes, always NUL-terminated unless size is 0) and
 * return the length that the whole text has, like snprintf(3). `prog` must have an
 * instruction at pc. */
SKEP_API size_t skep_insn_text(const skep_prog *prog, uint32_t pc,
                               enum skep_dialect dialect, char *buf, size_t size);

/* What the instruction does, as an English sentence. */
SKEP_API size_t skep_insn_words(const skep_prog *prog, uint32_t pc, char *buf,
                                size_t size);

/* ---- What objects say of programs --------------------------------------------------- */

/* Strings live as long as the program, and may hold anything that the object does. */
struct skep_function_note {
    size_t size;
    const char *name;   /* "" if it is not known, and so the others */
    const char *symbol; /* as Linux names its code: "bpf_prog_TAG_NAME" */
    const char *proto;  /* as bpftool writes it: "int prog(struct xdp_md * ctx)" */
};

/* What is known of function `index`; SKEP_E_ARGUMENT past the last. */
SKEP_API enum skep_code skep_prog_function_note(const skep_prog *prog, uint32_t index,
                                                struct skep_function_note *note);

/* A line of C: of the instructions from pc on, up to the next one. */
struct skep_line {
    size_t size;
    uint32_t pc;
    uint32_t line, column;
    const char *file, *text;
};

/* The line that the instruction at pc is of: line->pc is where that begins. SKEP_E_ARGUMENT if
 * none is known. */
SKEP_API enum skep_code skep_prog_line(const skep_prog *prog, uint32_t pc,
                                       struct skep_line *line);

/* The name of the kernel's function or variable that the instruction at pc refers to; NULL: none,
 * or it is not known. */
SKEP_API const char *skep_prog_extern(const skep_prog *prog, uint32_t pc);

/* Why the instruction at pc could not be adapted to the kernel's types; NULL: it could, or need
 * not. */
SKEP_API const char *skep_prog_poison(const skep_prog *prog, uint32_t pc);

/* ---- Listings ----------------------------------------------------------------------- */

/* Receives text piece by piece. Returns 0 to go on; anything else ends the call with
 * SKEP_E_OUTPUT. */
typedef int (*skep_write_fn)(void *ctx, const char *text, size_t len);

enum skep_list_flags {
    SKEP_LIST_OPCODES = 1, /* under each instruction its bytes */
    SKEP_LIST_LINUM = 2,   /* file and number beside source lines, if there are any */
};

/* Lists a program as `bpftool prog dump xlated` does: "   0: (b4) w1 = 1". */
SKEP_API enum skep_code skep_list(const skep_prog *prog, uint32_t flags,
                                  skep_write_fn write, void *ctx, struct skep_err *err);

/* The control-flow graph for Graphviz, as `bpftool prog dump xlated visual` draws it. */
SKEP_API enum skep_code skep_list_visual(const skep_prog *prog, skep_write_fn write,
                                         void *ctx, struct skep_err *err);

struct skep_disasm_opts {
    size_t size;
    enum skep_dialect dialect;
    /* 1: print also what would be refused, undecodable slots as BUG_xx. */
    uint32_t no_check;
};

/* Disassembles slots, one line an instruction, "INDEX: TEXT". Without no_check slots that
 * make no well-formed program are refused before anything is written. */
SKEP_API enum skep_code skep_disasm(skep_vm *vm, const void *slots, size_t len,
                                    const struct skep_disasm_opts *opts,
                                    skep_write_fn write, void *ctx, struct skep_err *err);

/* ---- Assembling --------------------------------------------------------------------- */

struct skep_asm_opts {
    size_t size;
    /* Names of context fields: ctx.FIELD; NULL: raw, or as .type says. */
    const char *type;
    uint32_t no_check; /* 1: do not demand that the slots make a well-formed program */
};

/* Assembles text (doc/asm.md has the language) into slots. *out has *out_len bytes from
 * the vm's allocator, for skep_release. Errors are SKEP_AT_TEXT. */
SKEP_API enum skep_code skep_asm(skep_vm *vm, const char *text, size_t len,
                                 const struct skep_asm_opts *opts, void **out,
                                 size_t *out_len, struct skep_err *err);

/* Gives back a block that a function of this header returned. */
SKEP_API void skep_release(skep_vm *vm, void *block, size_t len);

/* Finds out what format an input has, and turns every format into slots (*out for
 * skep_release): what skep_load does first. *format may be AUTO and then says what was
 * found. */
SKEP_API enum skep_code skep_read(skep_vm *vm, const void *data, size_t len,
                                  const struct skep_load_opts *opts,
                                  enum skep_format *format, void **out, size_t *out_len,
                                  struct skep_err *err);

/* ---- The instruction set ------------------------------------------------------------ */

/* One row of the instruction set's table. Strings are static. */
struct skep_form {
    const char *name;       /* "add64_reg" */
    const char *class_name; /* "ALU64": RFC 9669, 3.1 */
    const char *group;      /* conformance group, RFC 9669, 2.4: "base64" */
    const char *since;      /* "v1" to "v4": ISA version of compilers; "linux" */
    const char *status;     /* "standard", "deprecated", "linux", "reserved" */
    const char *text;       /* kernel text with placeholders */
    const char *words;      /* meaning with placeholders */
    /* Field that selects the form among those of its opcode: "off", "imm", "src", or "". */
    const char *selector;
    int32_t selector_value;
    uint8_t opcode;
    uint8_t width; /* in bits; 0 without one */
    uint8_t slots; /* 1 or 2 */
    uint8_t uses;  /* enum skep_form_uses */
};

enum skep_form_uses {
    SKEP_USES_DST = 1,
    SKEP_USES_SRC = 2,
    SKEP_USES_OFF = 4,
    SKEP_USES_IMM = 8,
    SKEP_USES_NEXT_IMM = 16,
};

/* The number of forms, and form `index` of them. Returns SKEP_E_ARGUMENT past the last.
 */
SKEP_API uint32_t skep_form_count(void);
SKEP_API enum skep_code skep_form_get(uint32_t index, struct skep_form *form);

/* An instance of the form: its slots (8 * form.slots bytes, zeros behind) into `slots`,
 * its text into buf as the functions above do. */
SKEP_API size_t skep_form_example(uint32_t index, enum skep_dialect dialect,
                                  uint8_t slots[16], char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
