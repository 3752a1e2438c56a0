/* Programs as commands get them: FILE, --format and --type to something that is
 * loaded. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include <skep_native.h>
#include <skep_text.h>

#include "args.h"
#include "input.h"

struct program {
    struct input input; /* kept: messages quote its lines */
    skep_vm *vm;
    skep_prog *prog;
    struct skep_prog_info info;
};

/* Makes an instance with the helpers that the command offers to programs. Returns the
 * exit status. */
int vm_open(skep_vm **vm);

/* How a command wants its program. */
struct program_want {
    const char *name; /* the function to take in an object, the program's name otherwise;
                         or NULL */
    enum skep_engine engine;
    uint32_t native;   /* enum skep_native_flags */
    const char *words; /* not NULL: `name` is for objects only, others have these words */
};

/* The operand behind FILE if it is a name: none of the words, which end with NULL, nor a
 * beginning of one. Else NULL. Without `words` it always is one. */
const char *program_operand(const struct args *args, const char *const *words);

/* Loads the program of the first operand; `want` is NULL for a program without code, which
 * is only looked at. Returns the exit status; on failure there is nothing to close. */
int program_open(const struct args *args, const struct program_want *want,
                 struct program *program);
void program_close(struct program *program);

/* Reads the file and turns it into slots, which need make no program; for skep_release.
 * Returns the exit status. */
int slots_read(const struct args *args, skep_vm *vm, void **slots, size_t *len);

/* What a run returned: of a typed program an int, as bpf(2) reports it; of a raw one all
 * of r0. */
uint64_t program_retval(const struct program *program, const struct skep_result *res);

/* "raw" or the name of the program's type. */
const char *type_name(const struct skep_prog_info *info);

/* The machine that --target names, SKEP_TARGET_HOST if it is not given. Returns the exit
 * status. */
int target_read(const struct args *args, enum skep_target *target);

/* The tag as hexadecimal digits. */
enum { TAG_TEXT = 17 };
const char *tag_text(const struct skep_prog_info *info, char buf[TAG_TEXT]);

/* The kernel's text of an instruction. */
const char *insn_text(const skep_prog *prog, uint32_t pc, char *buf, size_t size);

/* The form that an instruction has. */
struct skep_form insn_form(const struct skep_insn *insn);

enum { INSN_TEXT_MAX = 256 };

#endif
