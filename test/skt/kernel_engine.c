/* The live kernel as an engine: programs that its verifier takes, through a test run.
 *
 * A SYSCALL program gets the run's context. A program with a packet gets the run's data;
 * of a socket filter's frame the test run strips the link header, so one is put in front.
 *
 * Where skep refuses a program or faults, the kernel is expected to refuse it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/bits.h"
#include "engine.h"

enum { LOG_SIZE = 1 << 16, LINK_HEADER = 14 };

struct kernel_type {
    const char *name;
    uint32_t type, header;
    uint32_t packet; /* 1: it has one, and needs 14 bytes at least */
};

static const struct kernel_type *find_type(struct skt_str name)
{
    static const struct kernel_type types[] = {
        { "syscall", ORACLE_SYSCALL, 0, 0 },
        { "socket_filter", ORACLE_SOCKET_FILTER, LINK_HEADER, 1 },
        { "xdp", ORACLE_XDP, 0, 1 },
    };

    for (size_t i = 0; i < SK_LEN(types); i++) {
        if (skt_is(name, types[i].name))
            return &types[i];
    }
    return name.len ? NULL : &types[0];
}

/* "6.18.44-name" to its first two numbers. */
static void read_version(struct skt_machine *machine, const char *release)
{
    char *end;

    machine->kernel_major = (unsigned)strtoul(release, &end, 10);
    if (*end == '.')
        machine->kernel_minor = (unsigned)strtoul(end + 1, NULL, 10);
}

void skt_kernel_init(struct skt_machine *machine)
{
    struct utsname name;

    if (oracle_available(machine->no_kernel, sizeof(machine->no_kernel)) && !uname(&name))
        read_version(machine, name.release);
}

struct skt_str skt_kernel_excuse(const struct skt_engine *engine,
                                 const struct skt_machine *machine,
                                 const struct skt_program *program,
                                 const struct skt_run *run)
{
    const struct skt_case *test = run->test;
    unsigned major = machine->kernel_major;

    (void)engine;
    if (machine->no_kernel[0])
        return skt_str(machine->no_kernel);
    if (test->no_kernel.len)
        return test->no_kernel;
    if (!program->slots)
        return skt_str("the assembler refuses the text");
    if (major < test->kernel_major ||
        (major == test->kernel_major && machine->kernel_minor < test->kernel_minor))
        return skt_str("the kernel is too old");
    return skt_str("");
}

/* Puts the last line of the log but that which counts instructions into `reason`. */
static void give_reason(struct skt_outcome *out, const char *log, int error)
{
    const char *end = strstr(log, "\nprocessed ");
    const char *line = end ? end : log + strlen(log);

    while (line > log && line[-1] != '\n')
        line--;
    snprintf(out->reason, sizeof(out->reason), "%s: %.*s", strerror(-error),
             (int)strcspn(line, "\n"), line);
}

static int load_slots(struct skt_program *program, const struct kernel_type *type,
                      const void *slots, struct skt_outcome *out)
{
    struct oracle_prog prog = { .type = type->type,
                                .insns = slots,
                                .count = program->count };
    char text[LOG_SIZE];
    struct oracle_log log = { text, sizeof(text), 1 };

    if (program->fd == -ENOENT)
        program->fd = oracle_load(&prog, NULL);
    if (program->fd >= 0)
        return 1;
    text[0] = 0;
    oracle_close(oracle_load(&prog, &log));
    out->what = SKT_REFUSED;
    give_reason(out, text, program->fd);
    return 0;
}

/* With the kernel's numbers of maps in its references. */
static int load(struct skt_program *program, const struct kernel_type *type,
                struct skt_outcome *out)
{
    size_t bytes = (size_t)program->count * SK_SLOT_BYTES;
    int error = skt_maps_create(program), good;
    uint8_t *slots;

    if (error) {
        snprintf(out->reason, sizeof(out->reason), "a map: %s", strerror(-error));
        return 0;
    }
    slots = malloc(bytes + 1);
    if (!slots)
        abort();
    memcpy(slots, program->slots, bytes);
    skt_maps_patch(program, slots);
    good = load_slots(program, type, slots, out);
    free(slots);
    return good;
}

void skt_kernel_run(const struct skt_engine *engine, struct skt_program *program,
                    const struct skt_run *run, struct skt_outcome *out)
{
    const struct kernel_type *type = find_type(run->test->kernel);
    uint8_t packet[LINK_HEADER + SKT_MEM_MAX] = { 0 };
    struct oracle_io io = { 0 };
    int error;

    (void)engine;
    out->what = SKT_BROKEN;
    if (!type) {
        snprintf(out->reason, sizeof(out->reason), "@ kernel names no program type");
        return;
    }
    if (!load(program, type, out))
        return;
    out->ctx = run->ctx;
    out->data = run->data;
    if (type->packet) {
        memcpy(packet + type->header, run->data.bytes, run->data.len);
        io.data = packet;
        io.data_size = type->header + run->data.len;
        if (io.data_size < LINK_HEADER)
            io.data_size = LINK_HEADER;
    } else {
        io.ctx = out->ctx.len ? out->ctx.bytes : NULL;
        io.ctx_size = out->ctx.len;
    }
    error = skt_maps_update(program, run);
    if (!error)
        error = oracle_run(program->fd, &io);
    if (!error)
        error = skt_maps_lookup(program, out);
    if (error) {
        snprintf(out->reason, sizeof(out->reason), "the test run: %s", strerror(-error));
        return;
    }
    if (type->packet)
        memcpy(out->data.bytes, packet + type->header, run->data.len);
    out->res.r0 = io.retval;
    out->what = SKT_RAN;
}
