/* The two protocols by which test suites run programs on a virtual machine. */
#ifndef CLI_PLUGIN_H
#define CLI_PLUGIN_H

#include <skep.h>
#include <stddef.h>

/* A program and its memory, and what became of them. */
struct plugin_run {
    skep_vm *vm;
    enum skep_engine engine;
    uint64_t fuel;           /* for the run */
    enum skep_format format; /* RAW or ELF */
    const void *program;
    size_t program_len;
    void *mem; /* NULL: none */
    size_t mem_len;
    uint64_t r0;
    const char *stage; /* "load" or "run": where an error came from */
    struct skep_err err;
};

/* Loads and runs a program. */
enum skep_code plugin_run(struct plugin_run *run);

/* Answers the requests on standard input, a line each, until it ends. Each is run as `how`
 * says: its vm, engine and fuel. Returns the exit status. */
int plugin_batch(const struct plugin_run *how);

#endif
