/* Engines: whatever can run a program, in one form. */
#ifndef SKT_ENGINE_H
#define SKT_ENGINE_H

#include "isa/isa.h"
#include "skt.h"

enum skt_what {
    SKT_RAN,
    SKT_FAULTED,
    SKT_REFUSED, /* the kernel's verifier said no: `reason` */
    SKT_BROKEN,  /* it cannot be right: `reason` */
};

/* What an engine can tell of a run. All tell r0's low half and memory. */
enum skt_tells {
    SKT_TELLS_R0 = 1, /* all of r0 */
    SKT_TELLS_FUEL = 2,
    SKT_TELLS_FAULT = 4,
    SKT_TELLS_UNINIT = 8, /* how often what was never written is read */
    SKT_TELLS_ALL = 15,
};

struct skt_outcome {
    enum skt_what what;
    char reason[160];
    char message[SKEP_MESSAGE_MAX]; /* of a fault */
    struct skep_result res;         /* pc of a fault: as the case counts slots */
    uint64_t ctx_at, data_at, map_at[SKT_MAPS]; /* the memory's addresses in the run */
    struct skt_memory ctx, data, map[SKT_MAPS]; /* after the run */
    uint8_t forms[SK_OP_COUNT]; /* 1: the form was executed; by engines that trace */
};

/* What is known of the machine. */
struct skt_machine {
    char no_kernel[128]; /* why bpf(2) cannot be used; else empty */
    char no_native[128]; /* why there is no native code; else empty */
    unsigned kernel_major, kernel_minor;
};

struct skt_engine {
    const char *name;
    uint32_t tells;          /* enum skt_tells */
    uint32_t traces;         /* 1: it fills in `forms` */
    uint32_t refuses;        /* 1: it refuses what other engines fault on */
    uint32_t flags;          /* of its runs, enum skep_run_flags; the kernel has none */
    enum skep_engine engine; /* what skep_run must say that it was; the kernel: AUTO */
    enum skt_load load;      /* which load of the program it runs */
    /* Why it cannot be asked about this run; empty: it can. */
    struct skt_str (*excuse)(const struct skt_engine *engine,
                             const struct skt_machine *machine,
                             const struct skt_program *program,
                             const struct skt_run *run);
    void (*run)(const struct skt_engine *engine, struct skt_program *program,
                const struct skt_run *run, struct skt_outcome *out);
};

enum { SKT_ENGINES = 9 };
extern const struct skt_engine skt_engines[SKT_ENGINES];

/* Why the engine cannot be asked on this machine at all; empty: it can. */
struct skt_str skt_engine_missing(const struct skt_machine *machine,
                                  const struct skt_engine *engine);

/* Finds out about the machine; loads into `vm` for that. */
void skt_machine_init(struct skt_machine *machine, skep_vm *vm);

/* The live kernel's part of it. */
void skt_kernel_init(struct skt_machine *machine);

/* The live kernel: kernel_engine.c. */
struct skt_str skt_kernel_excuse(const struct skt_engine *engine,
                                 const struct skt_machine *machine,
                                 const struct skt_program *program,
                                 const struct skt_run *run);
void skt_kernel_run(const struct skt_engine *engine, struct skt_program *program,
                    const struct skt_run *run, struct skt_outcome *out);

/* ---- Maps: maps.c ------------------------------------------------------------------- */

/* Whether the program has the run's maps. */
int skt_maps_same(const struct skt_program *program, const struct skt_run *run);

/* Gives the program the run's maps, before it is loaded. */
void skt_maps_make(struct skt_program *p, const struct skt_run *run);
void skt_maps_free(struct skt_program *p);

/* Loads its slots, whose references find the maps. */
enum skep_code skt_maps_load(struct skt_program *p, const struct skep_type *type,
                             const struct skep_load_opts *opts, skep_prog **prog,
                             struct skep_err *err);

/* Their contents before a run, and after it. */
void skt_maps_fill(const struct skt_program *p, const struct skt_run *run);
void skt_maps_take(const struct skt_program *p, struct skt_outcome *out);

/* The same in the kernel, where they are created and references to them patched first.
 * These return 0 or a negative errno. */
int skt_maps_create(struct skt_program *p);
void skt_maps_patch(const struct skt_program *p, uint8_t *slots);
int skt_maps_update(const struct skt_program *p, const struct skt_run *run);
int skt_maps_lookup(const struct skt_program *p, struct skt_outcome *out);

/* Whether the outcome is what the run expects, and agrees with `first`, that of the first
 * engine asked (NULL: this is the first): judge.c. Returns 0 and says in *diff what
 * differs. */
int skt_judge(const struct skt_engine *engine, const struct skt_program *program,
              const struct skt_run *run, const struct skt_outcome *outcome,
              const struct skt_outcome *first, struct sk_out *diff);

#endif
