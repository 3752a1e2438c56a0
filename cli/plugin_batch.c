/* The batch protocol: JSON requests on standard input, a line each, an answer for each.
 *
 *     {"id": "k1", "insns": "b700000001000000...", "mem": "00ff"}
 *     {"id": "k1", "r0": "0x1", "mem": "00fe"}
 *     {"id": "k1", "error": "load: slot 2: opcode 0x8d is no instruction"}
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "json.h"
#include "plugin.h"
#include "report.h"
#include "text.h"

enum { ERROR_MAX = SKEP_MESSAGE_MAX + 64 };

/* A request, and what is to be answered. */
struct request {
    const json_t *id;           /* borrowed; NULL: none */
    unsigned char *insns, *mem; /* owned */
    size_t insns_len, mem_len;
    uint64_t r0;
    char error[ERROR_MAX]; /* "" if there is none */
};

/* The request's id. It is answered as it was given. */
static void read_id(struct request *request, const json_t *object)
{
    const json_t *id = json_object_get(object, "id");

    if (json_is_string(id) || json_is_integer(id))
        request->id = id;
    else if (id)
        snprintf(request->error, ERROR_MAX, "request: id must be a string or an integer");
}

static void put_id(struct jw *j, const json_t *id)
{
    if (json_is_integer(id))
        jw_i64(j, "id", json_integer_value(id));
    else
        jw_str(j, "id", id ? json_string_value(id) : "");
}

/* Reads digits of the request; without them nothing is read. */
static void read_digits(struct request *request, const json_t *object, const char *key,
                        unsigned char **bytes, size_t *len)
{
    const json_t *text = json_object_get(object, key);
    int problem = 0;

    if (text && !json_is_string(text))
        problem = -1;
    else if (text)
        problem =
            hex_bytes(json_string_value(text), json_string_length(text), bytes, len);
    if (problem == -2)
        snprintf(request->error, ERROR_MAX, "request: out of memory");
    else if (problem)
        snprintf(request->error, ERROR_MAX, "request: %s must be hexadecimal digits",
                 key);
}

static void run_request(struct request *request, const struct plugin_run *how)
{
    struct plugin_run run = {
        .vm = how->vm,
        .engine = how->engine,
        .fuel = how->fuel,
        .format = SKEP_FORMAT_RAW,
        .program = request->insns,
        .program_len = request->insns_len,
        .mem = request->mem_len ? request->mem : NULL,
        .mem_len = request->mem_len,
    };
    int n;

    if (plugin_run(&run) == SKEP_OK) {
        request->r0 = run.r0;
        return;
    }
    n = snprintf(request->error, ERROR_MAX, "%s: ", run.stage);
    if (n > 0)
        error_text(&run.err, request->error + n, (size_t)(ERROR_MAX - n));
}

static void put_answer(const struct request *request)
{
    struct jw j = jw_new(stdout, JW_COMPACT);
    char *digits = NULL;

    jw_open(&j, NULL, '{');
    put_id(&j, request->id);
    if (request->error[0]) {
        jw_str(&j, "error", request->error);
    } else {
        jw_hex(&j, "r0", request->r0);
        digits = malloc(request->mem_len * 2 + 1);
    }
    for (size_t i = 0; digits && i < request->mem_len; i++)
        snprintf(digits + i * 2, 3, "%02x", request->mem[i]);
    if (digits && request->mem_len)
        jw_str(&j, "mem", digits);
    free(digits);
    jw_close(&j, '}');
    jw_end(&j);
    fflush(stdout);
}

static void answer(const char *line, size_t len, const struct plugin_run *how)
{
    json_error_t error;
    json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
    struct request request = { 0 };

    if (!json_is_object(object)) {
        snprintf(request.error, ERROR_MAX, "request: %s",
                 object ? "a JSON object was expected" : error.text);
    } else {
        read_id(&request, object);
        read_digits(&request, object, "insns", &request.insns, &request.insns_len);
        if (!json_is_null(json_object_get(object, "mem")))
            read_digits(&request, object, "mem", &request.mem, &request.mem_len);
    }
    if (!request.error[0])
        run_request(&request, how);
    put_answer(&request);
    free(request.insns);
    free(request.mem);
    json_decref(object);
}

/* Reads a line into *line, which is grown as need be. Returns its length with the
 * newline, 0 at the end of the input, -1 if it is too long or memory ran out. */
static ssize_t read_line(char **line, size_t *size)
{
    size_t len = 0;
    int c = 0;

    while (c != '\n' && (c = getc_unlocked(stdin)) != EOF) {
        if (len == *size) {
            size_t more = *size ? *size * 2 : 1 << 16;
            char *grown = more > INPUT_MAX ? NULL : realloc(*line, more);

            if (!grown)
                return -1;
            *line = grown;
            *size = more;
        }
        (*line)[len++] = (char)c;
    }
    return (ssize_t)len;
}

int plugin_batch(const struct plugin_run *how)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len = 0;

    while (!ferror(stdout) && (len = read_line(&line, &size)) > 0)
        if (!text_is_blank(line, (size_t)len))
            answer(line, (size_t)len, how);
    free(line);
    if (len < 0)
        return fail(SKEP_KIND_SYSTEM, "stdin",
                    "a request is too long, or memory ran out");
    if (ferror(stdin))
        return fail_errno("stdin");
    return 0;
}
