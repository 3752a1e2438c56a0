/* Emission, relaxation, and the final copy. */
#include "jit/code.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 8 };

void sk_code_begin(struct sk_code_buf *buf, const struct sk_mem *mem, uint32_t labels,
                   size_t bytes)
{
    *buf = (struct sk_code_buf){ .mem = *mem,
                                 .label_count = labels,
                                 .label_cap = labels,
                                 .line_cap = (size_t)labels * 2 };
    bytes += SK_CODE_ROOM;
    buf->bytes = sk_mem_resize(mem, NULL, 0, bytes, 1);
    buf->labels = sk_mem_resize(mem, NULL, 0, labels, sizeof(buf->labels[0]));
    buf->lines = sk_mem_resize(mem, NULL, 0, buf->line_cap, sizeof(buf->lines[0]));
    if (!buf->lines)
        buf->line_cap = 0;
    buf->failed = !buf->bytes || !buf->labels || !buf->lines;
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
    sk_mem_free(mem, buf->cfi, buf->cfi_cap, sizeof(buf->cfi[0]));
    sk_mem_free(mem, buf->relocs, buf->reloc_cap, sizeof(buf->relocs[0]));
    sk_mem_free(mem, buf->pads, buf->fixup_count + 1, sizeof(buf->pads[0]));
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

int sk_code_more(struct sk_code_buf *buf, void *block, size_t *cap, uint32_t len,
                 size_t size)
{
    if (buf->failed || sk_mem_grow(&buf->mem, block, cap, len, 1, size, NULL))
        buf->failed = 1;
    return !buf->failed;
}

uint32_t sk_code_label(struct sk_code_buf *buf)
{
    if (!sk_code_room_for(buf, labels, label))
        return 0;
    buf->labels[buf->label_count] = (struct sk_label){ UINT32_MAX, UINT32_MAX };
    return buf->label_count++;
}

void sk_code_cfi(struct sk_code_buf *buf, enum sk_cfi_what what, unsigned reg,
                 int32_t value)
{
    if (sk_code_room_for(buf, cfi, cfi))
        buf->cfi[buf->cfi_count++] =
            (struct sk_code_cfi){ sk_code_here(buf), buf->fixup_count, (uint8_t)what,
                                  (uint8_t)reg, value };
}

void sk_code_reloc(struct sk_code_buf *buf, uint32_t kind, uint32_t symbol)
{
    if (sk_code_room_for(buf, relocs, reloc))
        buf->relocs[buf->reloc_count++] =
            (struct sk_code_reloc){ sk_code_here(buf), buf->fixup_count, kind, symbol };
}

/* The pad of the loop that fixup i, a jump, is the first to close: the innermost one. */
static struct sk_fixup *pad_of(const struct sk_code_buf *buf, uint32_t i)
{
    const struct sk_label *head = &buf->labels[buf->fixups[i].label];
    struct sk_fixup *pad;

    if (!head->fixups || head->fixups > i)
        return NULL;
    pad = &buf->fixups[head->fixups - 1];
    return pad->kind == SK_CODE_LOOP && pad->at == head->at &&
                   pad->label == SK_CODE_NO_END
               ? pad
               : NULL;
}

/* Counts pads, and tells them where what is behind them ends. */
static void find_ends(struct sk_code_buf *buf)
{
    struct sk_fixup *function = NULL;
    uint32_t pads = 0;

    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        struct sk_fixup *f = &buf->fixups[i], *loop = NULL;

        buf->pads[i] = pads;
        if (f->kind == SK_CODE_FUNCTION) {
            if (function)
                function->label = i;
            function = f;
        } else if (f->kind != SK_CODE_LOOP) {
            loop = pad_of(buf, i);
        }
        if (loop)
            loop->label = i;
        pads += (uint32_t)sk_code_is_pad(f);
    }
    if (function)
        function->label = buf->fixup_count;
    buf->pads[buf->fixup_count] = pads;
}

/* The size of pad i, at the offset `place`. */
static uint8_t pad_size(const struct sk_code_buf *buf, uint32_t i, uint32_t place)
{
    const struct sk_fixup *pad = &buf->fixups[i];
    int is_loop = pad->kind == SK_CODE_LOOP;
    uint32_t into = place % SK_CODE_LINE, end = pad->label, len;
    uint32_t most = is_loop ? SK_CODE_SHORT_LOOP : SK_CODE_SHORT_FUNCTION;

    if (end == SK_CODE_NO_END)
        return 0;
    len = (end < buf->fixup_count ? buf->fixups[end].at : sk_code_here(buf)) - pad->at;
    for (uint32_t j = i + 1; j < end + (uint32_t)is_loop && len <= most; j++)
        len += buf->fixups[j].size;
    return len > most || into + len <= SK_CODE_LINE ? 0 : (uint8_t)(SK_CODE_LINE - into);
}

static void drop_pads(struct sk_code_buf *buf)
{
    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        if (sk_code_is_pad(&buf->fixups[i]))
            buf->fixups[i].label = SK_CODE_NO_END;
    }
    memset(buf->pads, 0, (buf->fixup_count + 1) * sizeof(buf->pads[0]));
}

static void place(struct sk_code_buf *buf)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        struct sk_fixup *f = &buf->fixups[i];

        buf->shift[i] = sum;
        if (sk_code_is_pad(f))
            f->size = pad_size(buf, i, f->at + sum);
        sum += f->size;
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

static void resize(struct sk_fixup *f, const struct sk_code_target *target, int is_long)
{
    f->is_long = (uint8_t)is_long;
    f->size = (uint8_t)target->size(f->kind, is_long);
}

/* Whether jump i is short even if all between it and its target become long. */
static int reaches_surely(const struct sk_code_buf *buf,
                          const struct sk_code_target *target, uint32_t i,
                          int64_t distance)
{
    const struct sk_fixup *f = &buf->fixups[i];
    uint32_t to = buf->labels[f->label].fixups;
    int64_t between = to > i ? to - i : i - to, slack = between * SK_CODE_GROWTH;

    if (buf->pads)
        slack += labs((long)buf->pads[to] - buf->pads[i]) * SK_CODE_LINE;
    return target->reaches(f->kind, distance < 0 ? distance - slack : distance + slack);
}

/* Makes jumps long that do not reach; `all`: also those that might not later. Returns whether
 * there was one. */
static int lengthen(struct sk_code_buf *buf, const struct sk_code_target *target, int all)
{
    int changed = 0;

    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        struct sk_fixup *f = &buf->fixups[i];
        int64_t distance;

        if (f->is_long || f->is_settled || sk_code_is_pad(f))
            continue;
        distance = distance_of(buf, i);
        f->is_settled = (uint8_t)reaches_surely(buf, target, i, distance);
        if (f->is_settled || (!all && target->reaches(f->kind, distance)))
            continue;
        resize(f, target, 1);
        changed = 1;
    }
    return changed;
}

enum skep_code sk_code_link(struct sk_code_buf *buf, const struct sk_code_target *target,
                            size_t *len, struct skep_err *err)
{
    sk_code_room(buf); /* copy() reads some bytes more */
    if (!buf->failed)
        buf->shift = sk_mem_resize(&buf->mem, NULL, 0, buf->fixup_count + 1,
                                   sizeof(buf->shift[0]));
    if (buf->shift && buf->pad_count)
        buf->pads =
            sk_mem_resize(&buf->mem, NULL, 0, buf->fixup_count + 1, sizeof(buf->pads[0]));
    if (!buf->shift || (buf->pad_count && !buf->pads))
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       (size_t)(buf->end - buf->bytes));
    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        if (!sk_code_is_pad(&buf->fixups[i]))
            resize(&buf->fixups[i], target, 0);
    }
    if (buf->pads)
        find_ends(buf);
    place(buf);
    /* after some rounds the few jumps that still change are not worth more of them */
    for (int round = 0; lengthen(buf, target, round > ROUNDS); round++) {
        if (round == ROUNDS && buf->pads)
            drop_pads(buf);
        place(buf);
    }
    *len = sk_code_offset(buf, sk_code_here(buf), buf->fixup_count);
    if (*len > target->farthest)
        return sk_fail(err, E_NO_JIT, sk_at_nothing(),
                       "the code is larger than its jumps reach");
    return SKEP_OK;
}

/* Copies bytes between fixups. Most stretches are short: more than is wanted, where there is room
 * for it, is cheaper than the right number. */
static uint8_t *copy(uint8_t *out, const uint8_t *end, const uint8_t *from, uint32_t size)
{
    enum { SHORT = 32 };

    if (size <= SHORT && end - out >= SHORT)
        memcpy(out, from, SHORT);
    else
        memcpy(out, from, size);
    return out + size;
}

void sk_code_write(const struct sk_code_buf *buf, const struct sk_code_target *target,
                   uint8_t *out)
{
    const uint8_t *end = out + sk_code_offset(buf, sk_code_here(buf), buf->fixup_count);
    uint32_t done = 0;

    for (uint32_t i = 0; i < buf->fixup_count; i++) {
        const struct sk_fixup *f = &buf->fixups[i];

        out = copy(out, end, buf->bytes + done, f->at - done);
        done = f->at;
        if (sk_code_is_pad(f))
            target->pad(out, f->size);
        else
            target->encode(out, f->kind, f->is_long, distance_of(buf, i));
        out += f->size;
    }
    copy(out, end, buf->bytes + done, sk_code_here(buf) - done);
}
