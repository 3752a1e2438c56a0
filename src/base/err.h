/* Errors: written once, where the fault is detected.
 *
 *     return sk_fail(err, E_BAD_OPCODE, sk_at_slot(pc), opcode);
 *
 * The texts live in skep_err.def; the compiler checks the arguments against them. */
#ifndef SK_BASE_ERR_H
#define SK_BASE_ERR_H

#include <skep.h>

struct sk_pos {
    enum skep_at at;
    uint64_t where;
    uint32_t line, column;
};

static inline struct sk_pos sk_at_nothing(void)
{
    return (struct sk_pos){ .at = SKEP_AT_NOTHING };
}

static inline struct sk_pos sk_at_slot(uint64_t slot)
{
    return (struct sk_pos){ .at = SKEP_AT_SLOT, .where = slot };
}

static inline struct sk_pos sk_at_byte(uint64_t byte)
{
    return (struct sk_pos){ .at = SKEP_AT_BYTE, .where = byte };
}

static inline struct sk_pos sk_at_part(uint64_t byte)
{
    return (struct sk_pos){ .at = SKEP_AT_PART, .where = byte };
}

static inline struct sk_pos sk_at_text(uint32_t line, uint32_t column)
{
    return (struct sk_pos){ .at = SKEP_AT_TEXT, .line = line, .column = column };
}

/* The format of each error under its name, so that the compiler can check arguments. */
#define SKEP_ERR(id, kind, text)                                                         \
    __attribute__((unused)) static const char sk_format_##id[] = text;
#include <skep_err.def>
#undef SKEP_ERR

/* Fills *err if there is one and returns the code. */
#define sk_fail(err, id, pos, ...)                                                       \
    sk_err_set(err, SKEP_##id, pos, sk_format_##id, ##__VA_ARGS__)

__attribute__((format(printf, 4, 5))) enum skep_code sk_err_set(struct skep_err *err,
                                                                enum skep_code code,
                                                                struct sk_pos pos,
                                                                const char *format, ...);

/* Passes an error on: for calls whose outputs need no clean-up. The one macro here that
 * returns. */
#define SK_TRY(call)                                                                     \
    do {                                                                                 \
        enum skep_code sk_try_code = (call);                                             \
        if (sk_try_code)                                                                 \
            return sk_try_code;                                                          \
    } while (0)

/* For a case that the code around it excludes. */
#define sk_unreachable(why) __builtin_unreachable()

#endif
