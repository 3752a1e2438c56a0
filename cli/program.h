/* Programs as commands get them: FILE, --format and --type to something that is
 * loaded. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include <skep_native.h>
#include <skep_text.h>

#include "args.h"
#include "input.h"
#include "json.h"
#include "object.h"

struct program {
    struct input input; /* kept: messages quote its lines */
    skep_vm *vm;
    struct object object; /* that it is from; handle NULL: the file is none */
    skep_prog *prog;      /* NULL: see programs_each */
    struct skep_prog_info info;
    uint32_t index,
        shown; /* of programs_each: in the object; how many are shown in all */
    const struct skep_err *failed; /* why there is no prog */
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
    int all;           /* of programs_each */
};

/* The operand behind FILE if it is a name: none of the words, which end with NULL, nor a
 * beginning of one. Else NULL. Without `words` it always is one. */
const char *program_operand(const struct args *args, const char *const *words);

/* Loads the program of the first operand; `want` is NULL for a program without code, which
 * is only looked at. Returns the exit status; on failure there is nothing to close. */
int program_open(const struct args *args, const struct program_want *want,
                 struct program *program);
void program_close(struct program *program);

/* Calls show(ctx, program) for the program that `want` names, or for all of an object's, in their
 * order. Those that cannot be loaded are reported; show gets them too, with prog NULL and their
 * name and type in info. Without a name, `optional` programs that cannot be loaded are no
 * failure. Returns the first exit status that is not 0. */
int programs_each(const struct args *args, const struct program_want *want,
                  int (*show)(void *ctx, struct program *program), void *ctx);

/* The same for a file that is read already, and taken over. */
int programs_of(const struct args *args, const struct program_want *want,
                const struct input *take_input,
                int (*show)(void *ctx, struct program *program), void *ctx);

/* Turns the input into slots, which need make no program; for skep_release. Returns the exit
 * status. */
int slots_of(const struct args *args, skep_vm *vm, const struct input *input,
             void **slots, size_t *len);

/* What a run returned: of a typed program an int, as bpf(2) reports it; of a raw one all
 * of r0. */
uint64_t program_retval(const struct program *program, const struct skep_result *res);

/* Refuses a --type that is none. Returns the exit status. */
int check_type(const struct args *args);

/* "raw" or the name of the program's type. */
const char *type_name(const struct skep_prog_info *info);

/* The machine that --target names, SKEP_TARGET_HOST if it is not given. Returns the exit
 * status. */
int target_read(const struct args *args, enum skep_target *target);

/* The tag as hexadecimal digits. */
enum { TAG_TEXT = 17 };
const char *tag_text(const struct skep_prog_info *info, char buf[TAG_TEXT]);

/* "ID: TYPE  name NAME  tag TAG" as bpftool begins a program's lines, without a line end; and its
 * fields in an object of JSON. */
void program_head(const struct program *program);
void program_head_json(struct jw *j, const struct program *program);

/* A source line as members of an object: src, and with linum file, line_num and line_col. */
void line_json(struct jw *j, const struct skep_line *line, int linum);

/* A source line as bpftool prints it, with linum not 0 also where it is. */
void line_text(FILE *file, const struct skep_line *line, int linum);

/* The function of the instruction at pc: its name, or "" if that is not known. */
const char *function_name(const skep_prog *prog, uint32_t pc);

/* The kernel's text of an instruction. */
const char *insn_text(const skep_prog *prog, uint32_t pc, char *buf, size_t size);

/* The form that an instruction has. */
struct skep_form insn_form(const struct skep_insn *insn);

enum { INSN_TEXT_MAX = 256 };

#endif
