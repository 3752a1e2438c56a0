/* The table of commands, and how words find their row. The order matters: of several
 * commands that an abbreviation fits, the first one is meant. */
#include <string.h>

#include "command.h"

#define OBJECT_OPTIONS (OPT_BIT(BTF) | OPT_BIT(KCONFIG) | OPT_BIT(SET))
#define PROGRAM_OPTIONS (OPT_BIT(FORMAT) | OPT_BIT(TYPE) | OBJECT_OPTIONS)
#define RUN_OPTIONS                                                                      \
    (PROGRAM_OPTIONS | OPT_BIT(CTX) | OPT_BIT(DATA_IN) | OPT_BIT(STRICT) | OPT_BIT(FUEL))
#define ENGINE_OPTIONS (OPT_BIT(INTERP) | OPT_BIT(JIT) | OPT_BIT(ANNOUNCE))

#define PLUGIN_OPTIONS                                                                   \
    (OPT_BIT(INTERPRET) | OPT_BIT(JIT) | OPT_BIT(CHECKED) | OPT_BIT(PROGRAM) |           \
     OPT_BIT(ELF) | OPT_BIT(BATCH) | OPT_BIT(DEBUG) | OPT_BIT(FUEL))

#define ABOUT_CONTEXT                                                                    \
    "The context of a program with a type is given by its fields, major=1, or whole "    \
    "with --ctx; fields then change it. Numbers are written as in C, byte arrays as "    \
    "hexadecimal digits. For cgroup_device, device=TYPE:MAJOR:MINOR:ACCESS stands for "  \
    "three fields: TYPE is c or b, ACCESS some of r, w and m (mknod)."
#define ABOUT_ALL                                                                           \
    "Without PROGRAM all programs of an object are shown, one after the other, each after " \
    "a line that says which it is, as bpftool does where a name fits several."
#define ABOUT_OBJECT                                                                      \
    "An object is loaded as Linux's loaders do it: a program with the functions that it " \
    "reaches, adapted to the kernel that --btf and --kconfig name, global variables as "  \
    "--set sets them. Its type is what its section says."
#define ABOUT_PROGRAM                                                                    \
    "PROGRAM names the program of an object; for other files it is the program's name "  \
    "in the output."

const struct command command_table[] = {
    {
        .name = "prog show",
        .operands = "FILE [PROGRAM]",
        .summary = "Show what a program is: type, name, tag, sizes",
        .about = {
            "Prints a line with the program's type, name and tag, and one with its "
            "size, as bpftool prog show does for programs in the kernel. jited is the "
            "size of the native code that runs it here if nothing else is asked for, not "
            "jited that the interpreter does.",
            "The last line says how long it took to read and check the program's slots, "
            "and to make native code of them.",
            "The tag is the beginning of the SHA-256 of the instructions, as Linux 6.18 "
            "computes it: the same program has the same tag there.",
            ABOUT_PROGRAM " " ABOUT_ALL " One that cannot be loaded is reported, and the "
            "others are shown.",
            ABOUT_OBJECT,
        },
        .options = PROGRAM_OPTIONS,
        .min = 1,
        .max = 2,
        .examples = {
            { "skep prog show examples/device-filter.s", "in bpftool's words" },
            { "skep -p prog show examples/device-filter.s", "as JSON" },
        },
        .run = cmd_prog_show,
    },
    {
        .name = "prog dump xlated",
        .operands = "FILE [PROGRAM] [opcodes] [linum] [visual]",
        .summary = "List a program's instructions as bpftool does",
        .about = {
            "Prints each instruction with its slot's number, opcode and text, letter by "
            "letter as bpftool prog dump xlated prints a program of the kernel's.",
            "Of an object, prototypes of functions and lines of C stand between. opcodes adds "
            "the bytes of each instruction, linum file and number to lines of C. visual prints "
            "the control-flow graph instead, in the language of Graphviz.",
            "PROGRAM names the program of an object. " ABOUT_ALL,
            ABOUT_OBJECT,
        },
        .options = PROGRAM_OPTIONS,
        .min = 1,
        .max = 5,
        .examples = {
            { "skep prog dump xlated examples/device-filter.s opcodes",
              "with the bytes" },
            { "skep prog dump xlated examples/device-filter.s visual | dot -Tsvg >f.svg",
              "a picture of the control flow" },
            { "bpftool -j prog dump xlated id 7 opcodes | skep prog dump xlated -",
              "reads what bpftool prints" },
        },
        .run = cmd_prog_dump_xlated,
    },
    {
        .name = "prog dump jited",
        .operands = "FILE [PROGRAM] [opcodes] [linum]",
        .summary = "List a program's machine code as bpftool does",
        .about = {
            "Compiles the program and prints each instruction of the machine code with "
            "its offset, as bpftool prog dump jited does with a program of the kernel's. "
            "Offsets count from the beginning of the whole code, so that targets of "
            "jumps can be found.",
            "Functions and the code that they share have headings. A comment names what "
            "will be called, or whose address will be filled in, when the code is "
            "loaded.",
            "Of an object, prototypes of functions and lines of C stand between. opcodes adds "
            "the bytes of each instruction, linum file and number to lines of C.",
            "PROGRAM names the program of an object. " ABOUT_ALL,
            "--interleave puts every eBPF instruction before its code. Code is made as late "
            "as possible, so an instruction may have none of its own: what it does is then "
            "in the code of a later one. Slow paths, taken when a check fails, stand at the "
            "function's end, under the instruction that they are of.",
            "Without an option for it, the code is the one that runs by default: every "
            "access is checked and fuel is counted.",
        },
        .options = PROGRAM_OPTIONS | OPT_BIT(TARGET) | OPT_BIT(INTERLEAVE) |
                   OPT_BIT(INTEL) | OPT_BIT(CHECKED) | OPT_BIT(UNCHECKED) |
                   OPT_BIT(UNMETERED) | OPT_BIT(BLIND) | OPT_BIT(OUTPUT),
        .min = 1,
        .max = 4,
        .examples = {
            { "skep prog dump jited examples/device-filter.s --unmetered --interleave",
              "what became of each instruction" },
            { "skep prog dump jited prog.o --target arm64 opcodes",
              "another machine's code, with the bytes" },
            { "skep prog dump jited prog.o --unmetered -o prog.code",
              "the bytes alone, into a file" },
        },
        .run = cmd_prog_dump_jited,
    },
    {
        .name = "map show",
        .operands = "FILE",
        .summary = "Show the maps that an object declares",
        .about = {
            "Prints what bpftool map show does for maps in the kernel: id, type, name, flags, "
            "sizes. The ids are those that listings of the object's programs have.",
            "Global variables lie in maps too, named after the object and the section: "
            "prog.bss.",
        },
        .options = OBJECT_OPTIONS,
        .min = 1,
        .max = 1,
        .examples = {
            { "skep map show prog.o", "in bpftool's words" },
            { "skep -p map show prog.o", "as JSON" },
        },
        .run = cmd_map_show,
    },
    {
        .name = "object show",
        .operands = "FILE",
        .summary = "Show what an object holds: programs, maps, variables",
        .about = {
            "Prints an object's license, programs, maps, global variables with their types "
            "and values, and what it takes from the kernel: variables of its configuration, "
            "symbols and functions. Nothing is loaded.",
            "Values are those that the object gives, or --set.",
        },
        .options = OBJECT_OPTIONS,
        .min = 1,
        .max = 1,
        .examples = {
            { "skep object show prog.o", "what is in it?" },
            { "skep object show prog.o --set threshold=7", "with a variable set" },
        },
        .run = cmd_object_show,
    },
    {
        .name = "prog compile",
        .operands = "FILE [PROGRAM] -o OUT",
        .summary = "Compile a program to an object file for C's linker",
        .about = {
            "Writes an ELF relocatable object and a C header that declares what is in it: "
            "uint64_t NAME(void *ctx, uint64_t len), where ctx and len are what r1 and r2 "
            "begin with. Programs that it is linked into need nothing of skep.",
            "Nothing is checked while it runs, and no fuel is counted: the program must be "
            "known to be good and to end. Stack that it never wrote holds anything.",
            "A call of a helper is a call of the C function of that name, such as "
            "bpf_ktime_get_ns, or bpf_helper_7 if 7 has no name: a function of five "
            "uint64_t that returns one, for the caller to define. Addresses of the "
            "program's functions are those of C functions of the same kind.",
            "Programs that cannot do without skep are refused, exit status 1: those that "
            "load from packets the old way, refer to maps or variables of the kernel, "
            "call functions of the kernel, make tail calls, or nest more than 8 calls.",
            "PROGRAM names the program of an object; for other files it is the program's "
            "name, and so that of the C function.",
            "Both files are written whole, or none is changed. Where OUT is no regular file, "
            "such as -, /dev/null or a pipe, there is no header unless --header asks for it.",
        },
        .options = PROGRAM_OPTIONS | OPT_BIT(TARGET) | OPT_BIT(BLIND) | OPT_BIT(OUTPUT) |
                   OPT_BIT(NAME) | OPT_BIT(HEADER) | OPT_BIT(CPU),
        .min = 1,
        .max = 2,
        .examples = {
            { "skep prog compile examples/device-filter.s -o filter.o",
              "filter.o and filter.h" },
            { "skep prog compile prog.bin --name verdict --target arm64 -o verdict.o",
              "under another name, for another machine" },
            { "skep prog compile prog.bin -o prog.o --cpu native",
              "for this machine and those that can do as much" },
        },
        .run = cmd_prog_compile,
    },
    {
        .name = "prog run",
        .operands = "FILE [PROGRAM] [FIELD=VALUE...]",
        .summary = "Run a program and print what it returns",
        .about = {
            "Every access of the program is checked while it runs, and its work is "
            "bounded by --fuel. A run-time fault is reported with the instruction, the "
            "registers and the reason; exit status 4.",
            ABOUT_PROGRAM,
            ABOUT_CONTEXT,
            "Without a type, r1 is the address and r2 the length of a memory that --ctx "
            "or --data-in fills; what is in it afterwards is printed. Then the result "
            "is all 64 bits of r0; with a type it is the low 32, as bpf(2) returns it.",
        },
        .options = RUN_OPTIONS | ENGINE_OPTIONS | OPT_BIT(REPEAT) | OPT_BIT(DATA_OUT) |
                   OPT_BIT(VARS),
        .min = 1,
        .max = 64,
        .examples = {
            { "skep prog run examples/device-filter.s device=c:1:3:rw",
              "may /dev/null be opened for reading and writing?" },
            { "skep prog run f.s --type cgroup_device access_type=0x20002 major=1",
              "the same kind of question, field by field" },
            { "skep -j prog run sum.bin --ctx 0102030405060708 --jit",
              "memory from the command line; native code, or an error" },
            { "skep prog run prog.o count --set step=2 --vars",
              "a global variable before, and all of them after the run" },
        },
        .run = cmd_prog_run,
    },
    {
        .name = "gen object",
        .operands = "OUT IN...",
        .summary = "Link objects into one",
        .about = {
            "Links ELF objects for eBPF, as bpftool gen object does: sections of one name "
            "are put behind each other, equal types become one, and functions, maps and "
            "variables that one object declares extern and another one defines become one. "
            "License and version must be the same in all.",
            "Of several weak definitions the first counts, and a strong one before all "
            "weak ones; two strong ones are refused, and so are declarations whose types "
            "do not fit. What no object defines stays extern.",
            "The output can be linked again. With one input it is that without DWARF. "
            "OUT is written whole or not at all, and may be one of the inputs.",
        },
        .options = 0,
        .min = 2,
        .max = 4096,
        .examples = {
            { "skep gen object prog.bpf.o main.bpf.o lib.bpf.o", "two objects in one" },
            { "skep gen object lean.o prog.bpf.o", "without debugging information" },
        },
        .run = cmd_gen_object,
    },
    {
        .name = "asm",
        .operands = "FILE -o OUT",
        .summary = "Assemble text into raw slots",
        .about = {
            "Takes the kernel's way of writing instructions and LLVM's, labels, "
            "expressions, .equ, and names of helpers and of context fields; what "
            "bpftool and llvm-objdump print can be pasted. An error shows the line and "
            "the place in it.",
            "OUT is written whole or not at all.",
        },
        .options = OPT_BIT(OUTPUT) | OPT_BIT(TYPE) | OPT_BIT(NO_CHECK),
        .min = 1,
        .max = 1,
        .examples = {
            { "skep asm examples/device-filter.s -o device-filter.bin", "512 bytes" },
            { "printf 'r0 = 1\\nexit\\n' | skep asm - -o - | xxd", "through a pipe" },
        },
        .run = cmd_asm,
    },
    {
        .name = "disasm",
        .operands = "FILE [PROGRAM]",
        .summary = "Disassemble, one instruction a line",
        .about = {
            "Each line is the slot's number, a colon, and the text. skep asm takes back "
            "what is printed of one program; of an object with several name the one.",
            "Of an object, prototypes of functions and lines of C stand between. " ABOUT_ALL,
            "With --no-check slots that are no instruction are shown too, as BUG_xx, "
            "where xx is the opcode, mostly with its class: BUG_alu64_ff. skep asm does "
            "not take these back.",
        },
        .options = OPT_BIT(FORMAT) | OPT_BIT(NO_CHECK) | OPT_BIT(LLVM) | OBJECT_OPTIONS,
        .min = 1,
        .max = 2,
        .examples = {
            { "skep disasm --llvm prog.bin", "in LLVM's dialect" },
            { "echo 'b7 00 00 00 2a 00 00 00' | skep disasm --no-check -",
              "bytes that make no whole program" },
        },
        .run = cmd_disasm,
    },
    {
        .name = "trace",
        .operands = "FILE [PROGRAM] [FIELD=VALUE...]",
        .summary = "Run a program and show what each instruction changes",
        .about = {
            "Prints for each instruction that is executed its slot, text and class, and "
            "the registers and the memory that it changed, before and after; for jumps, "
            "where they lead. Numbers are hexadecimal and decimal; addresses are named "
            "by what they point into, such as ctx+4 or r10-8. Functions are indented by "
            "their depth.",
            "With --json each line is an object: one for the start, one for each "
            "instruction, one for the end.",
            ABOUT_PROGRAM,
            ABOUT_CONTEXT,
        },
        .options = RUN_OPTIONS | OPT_BIT(INTERP),
        .min = 1,
        .max = 64,
        .examples = {
            { "skep trace examples/device-filter.s device=c:1:3:rw", "on the terminal" },
            { "skep trace --json prog.bin --ctx 00ff | jq 'select(.mem)'",
              "only the instructions that write memory" },
        },
        .run = cmd_trace,
    },
    {
        .name = "isa",
        .operands = "[PATTERN]",
        .summary = "Explain an instruction of the instruction set",
        .about = {
            "PATTERN is an opcode (0x0f, 0f), the name of an instruction or a pattern "
            "of names (add64_reg, '*xchg*'), a class, conformance group or version "
            "(LDX, divmul64, v4), or an instruction in assembly ('r1 += r2'). Few "
            "instructions are explained bit by bit, many are listed. Without PATTERN "
            "all are listed.",
        },
        .options = 0,
        .min = 0,
        .max = 1,
        .examples = {
            { "skep isa 0x0f", "what does this byte mean?" },
            { "skep isa 'if r1 s> -1 goto +4'", "how is this encoded?" },
            { "skep isa v4", "what came with -mcpu=v4?" },
        },
        .run = cmd_isa,
    },
    {
        .name = "explain",
        .operands = "FILE [PROGRAM]",
        .summary = "Explain a program instruction by instruction",
        .about = {
            "Prints what the program is, what the registers are for, how many "
            "instructions of each class there are, and then each instruction with its "
            "meaning in words, its bytes, and the fields that they encode. Of an object, "
            "functions, maps and variables have their names, and lines of C stand between.",
            ABOUT_PROGRAM " " ABOUT_ALL,
        },
        .options = PROGRAM_OPTIONS,
        .min = 1,
        .max = 2,
        .examples = {
            { "skep explain examples/device-filter.s", "from assembly text" },
            { "bpftool -j prog dump xlated id 7 opcodes | skep explain -",
              "a program that the kernel runs" },
        },
        .run = cmd_explain,
    },
    {
        .name = "bench",
        .operands = "FILE [PROGRAM]",
        .summary = "Measure how fast a program loads and runs",
        .about = {
            "Runs the program in batches and prints the time of one run in nanoseconds: "
            "that of the fastest batch, ns_min, and of the middle one, ns_median; the "
            "first batch warms up and does not count. insns is the number of "
            "instructions that one run executes, load_ns the time that it takes to read "
            "and check the program's slots, compile_ns that of making native code of "
            "them, code_bytes the size of that code.",
            "The default are unchecked runs, which trust the program as one would trust "
            "a function in C; native code then counts fuel only if --fuel is given. "
            "--checked measures the runs that all other commands make.",
            "--repeat gives the number of runs in all; the default is as many as take "
            "60 milliseconds. The memory is not reset between runs.",
            ABOUT_PROGRAM,
        },
        .options = RUN_OPTIONS | ENGINE_OPTIONS | OPT_BIT(REPEAT) | OPT_BIT(CHECKED) |
                   OPT_BIT(UNCHECKED),
        .min = 1,
        .max = 64,
        .examples = {
            { "skep bench csum.bin --data-in packet.bin", "unchecked" },
            { "skep -j bench csum.bin --data-in packet.bin --interp --checked",
              "checked and interpreted, for a script" },
        },
        .run = cmd_bench,
    },
    {
        .name = "btf dump",
        .operands = "[file] FILE|vmlinux [format raw|c]",
        .summary = "List the types of an object or a kernel",
        .about = {
            "FILE is an object with a section .BTF, of any machine, or BTF as such; vmlinux "
            "stands for the running kernel's, /sys/kernel/btf/vmlinux.",
            "format raw, the default, prints each type as it is stored; format c a header in "
            "C that defines them, in an order that a compiler takes. Both are what bpftool btf "
            "dump prints, letter by letter; but characters in names that could do harm to a "
            "terminal are written as \\xNN.",
            "With JSON, types are as bpftool -j writes them; enumerators of unsigned enums from "
            "2^31 on are right here.",
        },
        .options = OPT_BIT(BASE_BTF),
        .min = 1,
        .max = 4,
        .examples = {
            { "skep btf dump vmlinux format c >vmlinux.h", "the kernel's types" },
            { "skep btf dump prog.o", "an object's, one by one" },
        },
        .run = cmd_btf_dump,
    },
    {
        .name = "btf print",
        .operands = "FILE|vmlinux TYPE HEX|@FILE",
        .summary = "Print bytes as a value of a type",
        .about = {
            "TYPE is the name of a type, a variable or a section, also with struct, union or "
            "enum in front, or a number as btf dump shows it. The bytes are hexadecimal digits, "
            "or in a file; there may be more of them than the value has.",
            "The text is an initialiser in C: members and elements at an array's end that are "
            "zero are left out. A union shows each of its members.",
            "JSON is in the form of bpftool map dump: bit fields are strings in hexadecimal, "
            "members without a name have an empty one.",
        },
        .options = OPT_BIT(BASE_BTF) | OPT_BIT(ZEROS),
        .min = 3,
        .max = 3,
        .examples = {
            { "skep btf print vmlinux bpf_insn 'b7 00 00 00 2a 00 00 00'",
              "an instruction by the kernel's type" },
            { "skep -p btf print prog.o .data @data.bin", "a section's variables as JSON" },
        },
        .run = cmd_btf_print,
    },
    {
        .name = "plugin",
        .operands = "[MEM]",
        .summary = "Run test programs for conformance suites",
        .about = {
            "Reads a program from standard input as hexadecimal digits, runs it with "
            "the memory MEM, also hexadecimal digits, and prints r0 in hexadecimal: "
            "what bpf_conformance_runner wants of a plugin. r1 is the memory's address "
            "and r2 its length.",
            "With --batch it answers many requests: each line of standard input is an "
            "object with id, insns and mem, each answer one with id, and r0 and mem, or "
            "error. An id is a string or an integer.",
            "Programs need not be safe: every access is checked, and their work is "
            "bounded by --fuel.",
        },
        .options = PLUGIN_OPTIONS,
        .min = 0,
        .max = 1,
        .examples = {
            { "echo 'b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00' | skep plugin",
              "2a" },
            { "bpf_conformance_runner --test_file_directory D --plugin_path skep "
              "--plugin_options plugin",
              "MEM may stand before the command's name" },
        },
        .run = cmd_plugin,
    },
    {
        .name = "help",
        .operands = "[COMMAND]",
        .summary = "Print the help page of a command",
        .about = { "Without COMMAND it prints what commands there are." },
        .options = OPT_BIT(MAN) | OPT_BIT(LIST),
        .min = 0,
        .max = 3,
        .examples = {
            { "skep help prog run", "a page as text" },
            { "skep help --man prog run | man -l -", "the same as a manual page" },
        },
        .run = cmd_help,
    },
    {
        .name = "version",
        .operands = "",
        .summary = "Print the version",
        .about = { "Prints the version of the command, which is that of its library." },
        .options = 0,
        .min = 0,
        .max = 0,
        .run = cmd_version,
    },
    {
        .name = "completion",
        .operands = "bash",
        .summary = "Print a script that completes commands in bash",
        .about = { "The script is to be sourced, or saved where bash-completion looks "
                   "for it." },
        .options = 0,
        .min = 1,
        .max = 1,
        .examples = {
            { "source <(skep completion bash)", "for the running shell" },
            { "skep completion bash >/usr/share/bash-completion/completions/skep",
              "for everybody" },
        },
        .run = cmd_completion,
    },
};

const size_t command_count = sizeof(command_table) / sizeof(command_table[0]);

int is_prefix(const char *word, const char *whole)
{
    return *word && !strncmp(word, whole, strlen(word));
}

/* Whether the word begins the first of `names`, words with blanks between them. */
static int begins_word(const char *word, const char *names)
{
    size_t len = strlen(word);

    return len && len <= strcspn(names, " ") && !strncmp(word, names, len);
}

/* How many words of the command's name the given ones fit; *rest is what they leave of
 * it. */
static size_t match_name(const char *name, char **words, size_t count, const char **rest)
{
    size_t n = 0;

    while (*name && n < count && begins_word(words[n], name)) {
        name += strcspn(name, " ");
        name += *name == ' ';
        n++;
    }
    *rest = name;
    return n;
}

/* Whether the names begin with the same word. */
static int same_object(const struct command *a, const struct command *b)
{
    size_t len = strcspn(a->name, " ");

    return len == strcspn(b->name, " ") && !strncmp(a->name, b->name, len);
}

const struct command *command_find(char **words, size_t count, size_t *used)
{
    const struct command *first =
        NULL; /* of several objects that fit, its one is meant */

    for (size_t i = 0; i < command_count && count; i++) {
        const struct command *command = &command_table[i];
        const char *rest;
        size_t n = match_name(command->name, words, count, &rest);

        if (n == 0 || (first && !same_object(command, first)))
            continue;
        first = command;
        if (*rest == 0) {
            *used = n;
            return command;
        }
    }
    return NULL;
}

int command_in_group(const struct command *command, char **words, size_t count)
{
    const char *rest;

    return count && match_name(command->name, words, count, &rest) == count;
}
