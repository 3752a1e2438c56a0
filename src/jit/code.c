/* Emission, relaxation, and the final copy. */
#include "jit/code.h"

#include <string.h>

enum { ROUNDS = 8 };

void sk_code_begin(struct sk_code_buf *buf, const struct sk_mem *mem, uint32_t labels,
                   size_t bytes)
{
    *buf =
        (struct sk_code_buf){ .mem = *mem, .label_count = labels, .label_cap = labels };
    bytes += SK_CODE_ROOM;
    buf->bytes = sk_mem_resize(mem, NULL, 0, bytes, 1);
    buf->labels = sk_mem_resize(mem, NULL, 0, labels, sizeof(buf->labels[0]));
    buf->failed = !buf->bytes || !buf->labels;
    buf->at = buf->bytes;
    buf->end = buf->bytes ? buf->bytes + bytes : NULL;
    if (buf->labels)
        memset(buf->labels, 0xff, labels * sizeof(buf->labels[0]));
}

void sk_code_free(struct sk_code_buf *buf)
{
    const struct sk_mem *mem = &buf->mem;

    sk_mem_free(mem, buf->bytes, (size_t)(buf->end - buf->bytes), 1);
    sk_mem_free(mem, buf->labels, buf->label_cap, sizeof(buf->labels[0]));
    sk_mem_free(mem, buf->fixups, buf->fixup_cap, sizeof(buf->fixups[0]));
    sk_mem_free(mem, buf->lines, buf->line_cap, sizeof(buf->lines[0]));
    sk_mem_free(mem, buf->relocs, buf->reloc_cap, sizeof(buf->relocs[0]));
    sk_mem_free(mem, buf->shift, buf->fixup_count + 1, sizeof(buf->shift[0]));
}

void sk_code_grow(struct sk_code_buf *buf)
{
    size_t old = (size_t)(buf->end - buf->bytes), used = (size_t)(buf->at - buf->bytes);
    uint8_t *bytes = NULL;

    if (!buf->failed && old < UINT32_MAX / 4)
        bytes = sk_mem_resize(&buf->mem, buf->bytes, old, old * 2, 1);
    if (!bytes) { /* what comes overwrites what is there, and is not used */
        buf->failed = 1;
        buf->at = buf->bytes;
        return;
    }
    buf->bytes = bytes;
    buf->at = bytes + used;
    buf->end = bytes + old * 2;
}

/* Room for one more element, or the buffer has failed. */
static int more(struct sk_code_buf *buf, void *block, size_t *cap, uint32_t len,
                size_t size)
{
    if (__builtin_expect(len < *cap, 1))
        return 1;
    if (buf->failed || sk_mem_grow(&buf->mem, block, cap, len, 1, size, NULL))
        buf->failed = 1;
    return !buf->failed;
}

static uint32_t here(const struct sk_code_buf *buf)
{
    return (uint32_t)(buf->at - buf->bytes);
}

uint32_t sk_code_label(struct sk_code_buf *buf)
{
    if (!more(buf, &buf->labels, &buf->label_cap, buf->label_count,
              sizeof(buf->labels[0])))
        return 0;
    buf->labels[buf->label_count] = (struct sk_label){ UINT32_MAX, UINT32_MAX };
    return buf->label_count++;
}

void sk_code_bind(struct sk_code_buf *buf, uint32_t label)
{
    if (!buf->failed)
        buf->labels[label] = (struct sk_label){ here(buf), buf->fixup_count };
}

void sk_code_jump(struct sk_code_buf *buf, uint16_t kind, uint32_t label)
{
    if (more(buf, &buf->fixups, &buf->fixup_cap, buf->fixup_count,
             sizeof(buf->fixups[0])))
        buf->fixups[buf->fixup_count++] = (struct sk_fixup){ here(buf), label, kind, 0 };
}

void sk_code_line(struct sk_code_buf *buf, uint32_t pc)
{
    if (more(buf, &buf->lines, &buf->line_cap, buf->line_count, sizeof(buf->lines[0])))
        buf->lines[buf->line_count++] =
            (struct sk_code_line){ here(buf), buf->fixup_count, pc };
}

void sk_code_reloc(struct sk_code_buf *buf, uint32_t kind, uint32_t symbol)
{
    if (more(buf, &buf->relocs, &buf->reloc_cap, buf->reloc_count,
             sizeof(buf->relocs[0])))
        buf->relocs[buf->reloc_count++] =
            (struct sk_code_reloc){ here(buf), buf->fixup_count, kind, symbol };
}

uint32_t sk_code_offset(const struct sk_code_buf *buf, uint32_t at, uint32_t fixups)
{
    return at + buf->shift[fixups];
}

static void place(struct sk_code_buf *buf, const struct sk_code_target *target)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        buf->shift[i] = sum;
        sum += target->size(buf->fixups[i].kind, buf->fixups[i].is_long);
    }
    buf->shift[buf->fixup_count] = sum;
}

static int64_t distance_of(const struct sk_code_buf *buf, uint32_t i)
{
    const struct sk_fixup *f = &buf->fixups[i];
    const struct sk_label *label = &buf->labels[f->label];

    return (int64_t)sk_code_offset(buf, label->at, label->fixups) -
           (int64_t)sk_code_offset(buf, f->at, i);
}

/* Makes jumps long that do not reach; returns whether there was one. */
static int lengthen(struct sk_code_buf *buf, const struct sk_code_target *target)
{
    int changed = 0;

    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        struct sk_fixup *f = &buf->fixups[i];

        if (!f->is_long && !target->reaches(f->kind, distance_of(buf, i)))
            changed = f->is_long = 1;
    }
    return changed;
}

/* After some rounds the few jumps that still change are not worth more of them: all that are
 * not surely short become long. */
static void settle(struct sk_code_buf *buf, const struct sk_code_target *target)
{
    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        struct sk_fixup *f = &buf->fixups[i];
        uint32_t to = buf->labels[f->label].fixups;
        int64_t between = to > i ? to - i : i - to, slack = between * 16;
        int64_t distance = distance_of(buf, i);

        if (!f->is_long &&
            !target->reaches(f->kind, distance < 0 ? distance - slack : distance + slack))
            f->is_long = 1;
    }
    place(buf, target);
}

enum skep_code sk_code_link(struct sk_code_buf *buf, const struct sk_code_target *target,
                            size_t *len, struct skep_err *err)
{
    if (!buf->failed)
        buf->shift = sk_mem_resize(&buf->mem, NULL, 0, buf->fixup_count + 1,
                                   sizeof(buf->shift[0]));
    if (!buf->shift)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       (size_t)(buf->end - buf->bytes));
    place(buf, target);
    for (int round = 0; lengthen(buf, target); round++) {
        place(buf, target);
        if (round == ROUNDS)
            settle(buf, target);
    }
    *len = sk_code_offset(buf, here(buf), buf->fixup_count);
    return SKEP_OK;
}

void sk_code_write(const struct sk_code_buf *buf, const struct sk_code_target *target,
                   uint8_t *out)
{
    uint32_t done = 0;

    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        const struct sk_fixup *f = &buf->fixups[i];

        memcpy(out, buf->bytes + done, f->at - done);
        out += f->at - done;
        done = f->at;
        target->encode(out, f->kind, f->is_long, distance_of(buf, i));
        out += target->size(f->kind, f->is_long);
    }
    memcpy(out, buf->bytes + done, here(buf) - done);
}
