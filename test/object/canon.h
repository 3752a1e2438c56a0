/* What a loader makes of an object, as text: one fact a line, the same from libbpf and from
 * skep, so that diff(1) compares them.
 *
 *     object license "GPL" version 0
 *     map NAME kernel NAME type 2 key 4 value 16 max 1 flags 0x0 extra 0x0 numa 0 pin 0 types 3 and 5
 *     inner NAME type ...                   the template of the inner map of NAME
 *     data NAME size 16                     what global data holds, 32 bytes a line,
 *     data NAME 0 0100000000000000...       lines of zeros left out
 *     slot NAME 3 TARGET                    an element that is a program or map
 *     freeze NAME
 *     type 5 STRUCT "s" 16 "a" 3 0 0 "b" 4 32 0
 *                     a record of BTF: its name, its numbers; so its parts
 *     var .data "x" 0 4 7        a variable of a DATASEC, by offset: offset, size, VAR
 *     prog NAME section "xdp" type 6 attach 37 flags 0x0 target "" count 2
 *     b701000000000000                      slots, with " map NAME" for its descriptor
 *     func 0 NAME
 *     line 0 FILE:12:5 TEXT
 *
 * A program or object that cannot be loaded has `refused: REASON` behind its name.
 *
 * What one side cannot know is "?": object.py takes it for equal to anything. */
#ifndef OBJECT_CANON_H
#define OBJECT_CANON_H

#include <stddef.h>
#include <stdint.h>

/* The number of a kernel's version, such as "6.12.34-name": LINUX_VERSION_CODE. */
uint32_t canon_version(const char *release);

struct canon_file {
    uint8_t *data; /* for free(3), with a NUL behind it; NULL if it cannot be read */
    size_t len;
};
struct canon_file canon_read(const char *folder, const char *name); /* folder "": none */

struct canon_map {
    const char *name, *kernel_name;
    uint32_t type, key_size, value_size, max_entries, flags;
    uint64_t extra;
    uint32_t numa, pin;
    uint32_t key_type, value_type; /* BTF ids */
    int any_max;                   /* max_entries is not known */
};

struct canon_prog {
    const char *name, *section;
    uint32_t type;
    int64_t attach; /* negative: not known */
    uint32_t flags;
    const char *target; /* NULL: not known */
    uint32_t count;
};

/* A text in quotes, what is not printable ASCII escaped. */
void canon_quoted(const char *text);

void canon_object(const char *license, uint32_t version);
void canon_map(const struct canon_map *map);
void canon_inner(const char *outer, const struct canon_map *map);
void canon_data(const char *map, const uint8_t *data, size_t len);
void canon_slot(const char *map, uint32_t index, const char *target);
void canon_freeze(const char *map);

/* A record of BTF. One part after the other prints the line: the head, numbers and parts with
 * numbers of their own, the end. */
void canon_type(uint32_t id, const char *kind, const char *name);
void canon_number(int64_t number);
void canon_part(const char *name);
void canon_unknown(void); /* a number or part's name */
void canon_end(void);
void canon_var(const char *datasec, const char *name, uint64_t offset, uint64_t size,
               uint32_t id);

void canon_prog(const struct canon_prog *prog);
/* A program's slots. name(ctx, imm) is the name of the map that the immediate of a load of
 * an address stands for. */
void canon_slots(const uint8_t *slots, uint32_t count,
                 const char *(*name)(void *ctx, int32_t imm), void *ctx);
void canon_func(uint32_t pc, const char *name);
void canon_line(uint32_t pc, const char *file, uint32_t line, uint32_t column,
                const char *text);
/* `what` is "object", or "prog NAME". */
void canon_refused(const char *what, const char *name, const char *reason);

#endif
