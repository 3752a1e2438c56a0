/* Native code of programs: made when they are loaded, and shown. */
#include <string.h>

#include "api/vm.h"
#include "base/bits.h"
#include "jit/object.h"

enum { KINDS = SKEP_NATIVE_CHECKED | SKEP_NATIVE_UNCHECKED | SKEP_NATIVE_UNMETERED };

/* The kinds by their flags. */
static const struct {
    uint32_t flag;
    enum sk_code_kind kind;
    uint32_t mode;
} kinds[] = {
    { SKEP_NATIVE_CHECKED, SK_CODE_NATIVE_CHECKED, SK_JIT_CHECKED | SK_JIT_METERED },
    { SKEP_NATIVE_UNCHECKED, SK_CODE_NATIVE_UNCHECKED, SK_JIT_METERED },
    { SKEP_NATIVE_UNMETERED, SK_CODE_NATIVE_UNMETERED, 0 },
};

static enum skep_code check_flags(uint32_t flags, uint32_t known, struct skep_err *err)
{
    enum { BOTH = SKEP_NATIVE_PADS | SKEP_NATIVE_NO_PADS };

    if (flags & ~known)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "unknown flags of native code");
    if ((flags & BOTH) == BOTH)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                       "native code cannot be both with landing pads and without");
    return SKEP_OK;
}

static enum skep_code load_kinds(struct skep_prog *prog, uint32_t flags,
                                 struct skep_err *err)
{
    for (size_t i = 0; i < SK_LEN(kinds); i++) {
        struct sk_native **native = &prog->native[kinds[i].kind];

        if (!(flags & kinds[i].flag))
            continue;
        SK_TRY(sk_native_load(&prog->image.prog, kinds[i].kind, flags, native, err));
        prog->image.code[kinds[i].kind] = *native;
    }
    return SKEP_OK;
}

enum skep_code sk_api_load_native(struct skep_prog *prog, enum skep_engine engine,
                                  uint32_t flags, struct skep_err *err)
{
    enum {
        KNOWN = KINDS | SKEP_NATIVE_BLIND | SKEP_NATIVE_PADS | SKEP_NATIVE_NO_PADS |
                SKEP_NATIVE_PERF_MAP | SKEP_NATIVE_JITDUMP | SKEP_NATIVE_GDB
    };
    struct skep_err own;
    enum skep_code code;

    SK_TRY(check_flags(flags, KNOWN, err));
    if (engine > SKEP_ENGINE_JIT)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "unknown engine");
    if (engine == SKEP_ENGINE_INTERP)
        return SKEP_OK;
    if (!(flags & KINDS))
        flags |= SKEP_NATIVE_CHECKED;
    code = load_kinds(prog, flags, &own);
    if (!code)
        return SKEP_OK;
    sk_api_free_native(prog);
    if (engine == SKEP_ENGINE_AUTO &&
        (code == SKEP_E_NO_JIT || code == SKEP_E_EXEC_MEMORY))
        return SKEP_OK; /* the interpreter serves */
    if (err)
        *err = own;
    return code;
}

void sk_api_free_native(struct skep_prog *prog)
{
    for (size_t i = 0; i < SK_LEN(kinds); i++) {
        sk_native_free(prog->native[kinds[i].kind]);
        prog->native[kinds[i].kind] = NULL;
        prog->image.code[kinds[i].kind] = NULL;
    }
}

/* ---- Shown -------------------------------------------------------------------------- */

static enum skep_code mode_of(uint32_t flags, uint32_t *mode, struct skep_err *err)
{
    uint32_t kind = flags & (KINDS | SKEP_NATIVE_OBJECT);

    SK_TRY(check_flags(flags,
                       KINDS | SKEP_NATIVE_OBJECT | SKEP_NATIVE_BLIND | SKEP_NATIVE_PADS |
                           SKEP_NATIVE_NO_PADS,
                       err));
    *mode = (flags & SKEP_NATIVE_PADS ? (uint32_t)SK_JIT_PADS : 0) |
            (flags & SKEP_NATIVE_BLIND ? (uint32_t)SK_JIT_BLIND : 0);
    if (kind == SKEP_NATIVE_OBJECT) { /* is never loaded, and so not among the kinds */
        *mode |= SK_JIT_OBJECT;
        return SKEP_OK;
    }
    for (size_t i = 0; i < SK_LEN(kinds); i++) {
        if ((kind ? kind : SKEP_NATIVE_CHECKED) != kinds[i].flag)
            continue;
        *mode |= kinds[i].mode;
        return SKEP_OK;
    }
    return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                   "code is compiled for one kind of runs at a time");
}

/* The features that the code may use: jit->target and jit->mode are set. */
static enum skep_code take_features(const struct sk_prog *prog, uint32_t asked,
                                    struct sk_jit_opts *jit, struct skep_err *err)
{
    const uint32_t known = (uint32_t)SKEP_CPU_BASELINE | (uint32_t)SKEP_CPU_NATIVE |
                           SKEP_CPU_BMI1 | SKEP_CPU_BMI2 | SKEP_CPU_MOVBE | SKEP_CPU_LSE;
    int here = jit->target == sk_native_host();

    if (asked & ~known)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "unknown features of CPUs");
    if (asked & SKEP_CPU_NATIVE && !here)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                       "this machine's features are asked for, which is not the target");
    if (asked & SKEP_CPU_NATIVE)
        jit->features = (asked & ~(uint32_t)SKEP_CPU_NATIVE) | prog->env->cpu;
    else if (asked)
        jit->features = asked;
    else if (jit->mode & SK_JIT_OBJECT)
        jit->features = (uint32_t)SKEP_CPU_BASELINE;
    else if (here)
        jit->features = prog->env->cpu;
    else
        jit->features = SKEP_CPU_BMI1 | SKEP_CPU_BMI2 | SKEP_CPU_MOVBE | SKEP_CPU_LSE;
    return SKEP_OK;
}

enum skep_code skep_compile(const skep_prog *prog, const struct skep_compile_opts *opts,
                            skep_native **native, struct skep_err *err)
{
    struct skep_compile_opts o;
    struct sk_jit_opts jit = { 0 };
    struct sk_native *fresh;

    SK_TRY(sk_api_need(prog, "prog", err));
    SK_TRY(sk_api_need(native, "the place of the result", err));
    SK_TRY(sk_api_options(opts, &o, sizeof(o), "skep_compile_opts", err));
    SK_TRY(mode_of(o.flags, &jit.mode, err));
    if (o.target > SKEP_TARGET_ARM64)
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(), "unknown target");
    jit.target = o.target ? o.target : sk_native_host();
    SK_TRY(take_features(&prog->image.prog, o.features, &jit, err));
    SK_TRY(sk_native_compile(&prog->image.prog, &jit, &fresh, err));
    *native = (skep_native *)fresh;
    return SKEP_OK;
}

void skep_native_free(skep_native *native)
{
    sk_native_free((struct sk_native *)native);
}

const skep_native *skep_prog_native(const skep_prog *prog, enum skep_native_flags kind)
{
    for (size_t i = 0; prog && i < SK_LEN(kinds); i++) {
        if (kinds[i].flag == (uint32_t)kind)
            return (const skep_native *)prog->native[kinds[i].kind];
    }
    return NULL;
}

static const struct sk_native *inner(const skep_native *native)
{
    return (const struct sk_native *)native;
}

const void *skep_native_code(const skep_native *native, size_t *len)
{
    *len = inner(native)->len;
    return inner(native)->exec.code ? inner(native)->exec.code : inner(native)->bytes;
}

skep_native_fn skep_native_function(const skep_native *native)
{
    return native ? sk_native_function(inner(native)) : NULL;
}

const struct skep_err *skep_native_announce_err(const skep_native *native)
{
    return native && inner(native)->announce_err.code ? &inner(native)->announce_err
                                                      : NULL;
}

enum skep_target skep_native_target(const skep_native *native)
{
    return inner(native)->target;
}

const struct skep_native_line *skep_native_lines(const skep_native *native, size_t *count)
{
    *count = inner(native)->line_count;
    return inner(native)->lines;
}

const struct skep_native_symbol *skep_native_symbols(const skep_native *native,
                                                     size_t *count)
{
    *count = inner(native)->symbol_count;
    return inner(native)->symbols;
}

const struct skep_native_reloc *skep_native_relocs(const skep_native *native,
                                                   size_t *count)
{
    *count = inner(native)->reloc_count;
    return inner(native)->relocs;
}

/* ---- Object files ------------------------------------------------------------------- */

typedef enum skep_code (*object_part)(const struct sk_native *native, const char *name,
                                      struct sk_blob *blob, struct skep_err *err);

static enum skep_code make_part(const skep_native *native, const char *name,
                                object_part part, void **out, size_t *out_len,
                                struct skep_err *err)
{
    struct sk_blob blob;
    enum skep_code code;

    SK_TRY(sk_api_need(native, "native", err));
    SK_TRY(sk_api_need(name, "name", err));
    SK_TRY(sk_api_need(out, "the place of the result", err));
    SK_TRY(sk_api_need(out_len, "the place of its length", err));
    if (!(inner(native)->mode & SK_JIT_OBJECT))
        return sk_fail(err, E_ARGUMENT, sk_at_nothing(),
                       "the code was not compiled for an object file");
    sk_blob_init(&blob, &inner(native)->mem);
    code = part(inner(native), name, &blob, err);
    if (!code)
        code = sk_blob_give(&blob, out, out_len, err);
    sk_blob_fini(&blob);
    return code;
}

enum skep_code skep_native_object(const skep_native *native, const char *name, void **out,
                                  size_t *out_len, struct skep_err *err)
{
    return make_part(native, name, sk_object_write, out, out_len, err);
}

enum skep_code skep_native_header(const skep_native *native, const char *name, void **out,
                                  size_t *out_len, struct skep_err *err)
{
    return make_part(native, name, sk_object_header, out, out_len, err);
}
