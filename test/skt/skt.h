/* Tests as data: the runner of .skt files. README.md has the language.
 *
 * A file has cases; a case has a program and one run or many. The way of a run:
 *
 *     file text --parse--> case --expand--> run: inputs, what is expected
 *                            |                |
 *                            +----program-----+--each engine--> outcome --judge--> diff
 *
 * Engines are rows of one table (engine.h): whoever adds one adds a column to each test.
 * A case may say that the kernel does not take it, and why; it cannot leave out an engine
 * of our own. */
#ifndef SKT_H
#define SKT_H

#include <stddef.h>
#include <stdint.h>

#include <skep_text.h>

#include "base/out.h"
#include "kernel.h"

/* ---- Text ------------------------------------------------------------------------- */

/* A piece of a text; `at` is not NULL even if it is empty. */
struct skt_str {
    const char *at;
    size_t len;
};

struct skt_str skt_str(const char *s);
struct skt_str skt_trim(struct skt_str s);
int skt_is(struct skt_str s, const char *word);
int skt_begins(struct skt_str s, const char *word);

/* Takes what stands before the character off *s, trimmed, and the character too; all of
 * *s if it is not in there. */
struct skt_str skt_take(struct skt_str *s, char end);

/* Takes the first word off *s; empty at the end. */
struct skt_str skt_word(struct skt_str *s);

/* Reads all of s as a number of C's, perhaps negative. Returns 0 if it is none. */
int skt_number(struct skt_str s, uint64_t *value);

/* Reads all of s as bytes: pairs of hexadecimal digits, blanks between them allowed,
 * NN*COUNT for a byte COUNT times. Returns 0 if it is none, or more than max. */
int skt_bytes(struct skt_str s, uint8_t *out, size_t max, size_t *len);

/* ---- Files and cases: parse.c ----------------------------------------------------- */

/* A line of a program. */
struct skt_line {
    struct skt_str text;  /* without what is marked behind it */
    struct skt_str times; /* `x N`: it stands N times in a row; else empty */
    struct skt_str code;  /* `! CODE`: the instruction is refused or faults; else empty */
    uint32_t number;      /* in the file */
};

enum skt_item_kind {
    SKT_INPUT,  /* @ NAME VALUE */
    SKT_RESULT, /* -> ...: a run with the inputs above it */
    SKT_HEAD,   /* @ table ... */
    SKT_ROW,    /* a row of it: a run */
};

struct skt_item {
    enum skt_item_kind kind;
    struct skt_str text;
    uint32_t number; /* of the line */
};

struct skt_case {
    struct skt_str title;
    uint32_t number;
    struct skt_line *lines;
    struct skt_item *items;
    size_t line_count, line_cap, item_count, item_cap;
    uint32_t facts; /* `? FACT`, for a verifier */
    uint32_t raw;   /* the program's lines are slots in hexadecimal */
    uint32_t body;  /* the program runs on given registers: see struct oracle_state */
    struct skt_str regs[2]; /* variables that go through the registers; empty: none */
    struct skt_str type;    /* program type; empty: raw */
    struct skt_str kernel;  /* the kernel's program type; empty: syscall */
    uint32_t kernel_major, kernel_minor; /* the first that can run it */
    struct skt_str no_kernel;            /* why the kernel does not take it; else empty */
};

struct skt_file {
    const char *name;
    char *text;
    struct skt_case *cases;
    size_t case_count, case_cap;
    uint32_t bad_line; /* of a file that could not be read: where and why */
    char why[128];
};

/* Reads and parses a file. Returns 0 on failure. In both cases *file is for
 * skt_file_free. */
int skt_file_read(struct skt_file *file, const char *name);
void skt_file_free(struct skt_file *file);

/* ---- Runs: expand.c --------------------------------------------------------------- */

enum { SKT_VARS = 24, SKT_MEM_MAX = 4096, SKT_MAPS = 3, SKT_NAME_MAX = 16 };

/* $NAME stands for VALUE. */
struct skt_var {
    struct skt_str name, value;
};

struct skt_vars {
    struct skt_var var[SKT_VARS];
    uint32_t count;
};

struct skt_memory {
    uint8_t bytes[SKT_MEM_MAX];
    uint32_t len;
};

/* A map with one value, which references find by its number, from 1 on: map[id:1]. */
struct skt_map {
    char name[SKT_NAME_MAX];
    uint32_t size, readonly;
};

struct skt_maps {
    struct skt_map map[SKT_MAPS];
    uint32_t count;
    uint32_t adjacent; /* they lie beside each other */
};

/* An address: relative to something that engines put where they like. */
enum skt_base { SKT_ABSOLUTE, SKT_FP, SKT_CTX, SKT_DATA, SKT_MAP };

struct skt_place {
    enum skt_base base;
    uint32_t map; /* SKT_MAP: its index */
    int64_t off;
};

/* What an expectation may name, one bit each. Memory is always compared: what is not
 * named must be unchanged. */
enum skt_named {
    SKT_NAMES_R0 = 1,
    SKT_NAMES_FUEL = 2,
    SKT_NAMES_ADDR = 4,
    SKT_NAMES_LEN = 8,
    SKT_NAMES_WRITE = 16,
    SKT_NAMES_DEPTH = 32,
    SKT_NAMES_UNINIT_PC = 64,
    SKT_NAMES_WORDS = 128,
};

struct skt_want {
    uint32_t named;
    uint64_t r0, fuel_left;
    uint64_t uninit; /* reads of what was never written; 0 unless named */
    uint64_t uninit_pc, len, write, depth;
    struct skt_place addr;
    char words[80]; /* that a fault's message has */
    struct skt_memory ctx, data, map[SKT_MAPS];
};

struct skt_run {
    const struct skt_case *test;
    uint32_t number; /* line of the result or row */
    struct skt_vars vars;
    uint32_t flags; /* enum skep_run_flags */
    int stop;
    uint64_t fuel;
    struct skt_maps maps;
    struct skt_memory ctx, data, map[SKT_MAPS];
    struct skt_want want;
    uint32_t bad_line; /* what could not be made sense of: where and why; 0: nothing */
    char why[128];
};

/* Calls `each` for every run of the case. */
void skt_expand(const struct skt_case *test,
                void (*each)(void *user, struct skt_run *run), void *user);

/* Copies `text` to buf with variables replaced; returns 0 if one is unknown or there is
 * no room. */
int skt_substitute(const struct skt_vars *vars, struct skt_str text, char *buf,
                   size_t size);

/* ---- Programs: program.c ---------------------------------------------------------- */

/* A program is loaded more than once: with native code as it is made by default, and with
 * all that can be asked for to make it safer. */
enum skt_load { SKT_PLAIN, SKT_GUARDED, SKT_LOADS };

struct skt_program {
    skep_vm *vm;
    char *text;           /* of assembly, variables replaced */
    enum skep_code want;  /* the mark's code; SKEP_OK: none */
    uint32_t want_line;   /* its line in `text`, from 1 */
    uint32_t want_number; /* and in the file */
    uint32_t want_pc;     /* its slot */
    uint8_t *slots;       /* what engines get */
    uint32_t count;
    uint32_t first;          /* slot where the case's own code begins */
    skep_prog *prog;         /* NULL: refused */
    skep_prog *guarded;      /* the same; NULL as well if there is no native code */
    struct skep_err refusal; /* by assembler or loader */
    struct skt_maps maps;
    struct sk_map *map[SKT_MAPS];
    uint8_t *values[SKT_MAPS]; /* what they lie in */
    int map_fd[SKT_MAPS];      /* in the kernel; -1: not there yet */
    int fd;                    /* in the kernel; -ENOENT: not tried yet */
    uint32_t bad_line; /* of the file: what is wrong with the case itself; 0: nothing */
    char why[128];
};

/* An empty program; and back to that. */
void skt_program_init(struct skt_program *program, skep_vm *vm);
void skt_program_free(struct skt_program *program);

/* Makes *program that of the run, and returns 1; keeps it and returns 0 if it is that
 * already. */
int skt_program_make(struct skt_program *program, const struct skt_run *run);

/* Whether load and refusal are as marked, decoding and encoding give the same slots, and
 * so do disassembling and assembling, in both dialects. Returns 0 and says in *diff what
 * is wrong. */
int skt_program_check(const struct skt_program *program, const struct skt_case *test,
                      struct sk_out *diff);

/* ---- The instance that programs are loaded in: host.c ----------------------------- */

/* Creates it, with helpers of Linux's and of our own: see host.c. */
skep_vm *skt_host_new(void);

#endif
