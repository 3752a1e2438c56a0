/* The mutator of fuzz_core: records of CO-RE with their access strings, the types of either
 * side, and the target made anew from the object's. One time in eight libFuzzer's own has its
 * turn. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "mutate_types.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum {
    FRONT = 4,
    SPLIT = 0x8000,
    EXT_HEADER = 32, /* with the table of CO-RE */
    RECORD = 16,
    KINDS = 13,
};

/* The parts of an input, each in a block of `room` bytes. */
struct part {
    uint8_t *data;
    size_t len;
};

struct input {
    struct part ext, local, target;
    size_t room;
    uint64_t random;
    unsigned split;
};

static uint32_t chance(struct input *in, uint32_t below)
{
    in->random =
        in->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(in->random >> 33) % (below ? below : 1);
}

static uint32_t word_at(const struct part *part, size_t at)
{
    return sk_le32(sk_load32(part->data + at));
}

static void set_word(struct part *part, size_t at, uint32_t value)
{
    sk_store32(part->data + at, sk_le32(value));
}

/* ---- Parts --------------------------------------------------------------------------------- */

static void copy_part(struct part *part, const uint8_t **from, size_t *left, size_t len,
                      size_t room)
{
    part->len = len < *left ? len : *left;
    part->data = malloc(room + 1);
    memcpy(part->data, *from, part->len);
    *from += part->len;
    *left -= part->len;
}

static void take_apart(struct input *in, const uint8_t *data, size_t size, size_t max)
{
    uint32_t ext = sk_le16(sk_load16(data)), local = sk_le16(sk_load16(data + 2));

    in->room = max;
    in->split = ext & SPLIT;
    data += FRONT;
    size -= FRONT;
    copy_part(&in->ext, &data, &size, ext & ~(uint32_t)SPLIT, max);
    copy_part(&in->local, &data, &size, local, max);
    copy_part(&in->target, &data, &size, size, max);
}

/* Returns the length; 0: it is too long. */
static size_t put_together(const struct input *in, uint8_t *data, size_t max)
{
    size_t len = FRONT + in->ext.len + in->local.len + in->target.len;

    if (len > max || in->ext.len >= SPLIT || in->local.len > UINT16_MAX)
        return 0;
    sk_store16(data, sk_le16((uint16_t)(in->ext.len | in->split)));
    sk_store16(data + 2, sk_le16((uint16_t)in->local.len));
    data += FRONT;
    memcpy(data, in->ext.data, in->ext.len);
    memcpy(data + in->ext.len, in->local.data, in->local.len);
    memcpy(data + in->ext.len + in->local.len, in->target.data, in->target.len);
    return len;
}

/* ---- Records ------------------------------------------------------------------------------- */

/* Where the records of CO-RE begin, those of the first section, if that is in order. */
static size_t find_records(const struct part *ext, uint32_t *count)
{
    size_t header, at;

    if (ext->len < EXT_HEADER)
        return 0;
    header = word_at(ext, 4);
    at = header + word_at(ext, 24);
    if (header != EXT_HEADER || at > ext->len || ext->len - at < 12 + RECORD ||
        word_at(ext, at) != RECORD)
        return 0;
    *count = word_at(ext, at + 8);
    if (!*count || *count > (ext->len - at - 12) / RECORD)
        return 0;
    return at + 12;
}

/* "0:2:1", numbers small as a rule. */
static void make_access(struct input *in, char text[64])
{
    size_t at = 0;

    for (uint32_t n = 1 + chance(in, 5); n; n--) {
        uint32_t number = chance(in, 3) ? chance(in, 4) : chance(in, 300);

        if (!chance(in, 50))
            number = 0x7fffffff - chance(in, 2);
        do {
            text[at++] = (char)('0' + number % 10);
            number /= 10;
        } while (number);
        if (n > 1)
            text[at++] = chance(in, 60) ? ':' : '-';
    }
    text[at] = 0;
    if (text[0] != '0' && chance(in, 4)) /* most begin with 0 */
        text[0] = '0';
}

static void change_access(struct input *in, size_t record)
{
    char text[64];
    uint32_t offset;

    make_access(in, text);
    offset = mutate_add_string(in->local.data, &in->local.len, in->room, text);
    if (offset)
        set_word(&in->ext, record + 8, offset);
}

/* One more record in the first section. */
static void add_record(struct input *in, size_t records, size_t from, uint32_t count)
{
    struct part *ext = &in->ext;
    uint8_t record[RECORD];

    if (in->room - ext->len < RECORD)
        return;
    memcpy(record, ext->data + from, RECORD);
    memmove(ext->data + records + RECORD, ext->data + records, ext->len - records);
    memcpy(ext->data + records, record, RECORD);
    ext->len += RECORD;
    set_word(ext, records - 4, count + 1);
    set_word(ext, 28, word_at(ext, 28) + RECORD);
}

static void change_record(struct input *in)
{
    uint32_t count = 0, types = mutate_types_count(in->local.data, in->local.len);
    size_t records = find_records(&in->ext, &count), at;

    if (!records)
        return;
    at = records + (size_t)RECORD * chance(in, count);
    switch (chance(in, 8)) {
    case 0:
    case 1:
        set_word(&in->ext, at + 12, chance(in, KINDS + 1));
        break;
    case 2:
    case 3:
        set_word(&in->ext, at + 4, chance(in, types + 2));
        break;
    case 4:
        add_record(in, records, at, count);
        break;
    case 5: /* another one's string */
        set_word(&in->ext, at + 8,
                 word_at(&in->ext, records + (size_t)RECORD * chance(in, count) + 8));
        break;
    default:
        change_access(in, at);
    }
}

/* ---- All ------------------------------------------------------------------------------------ */

static void change_types(struct input *in, struct part *part)
{
    size_t len = mutate_types(part->data, part->len, in->room, chance(in, 1u << 31));

    if (len)
        part->len = len;
}

static void mutate(struct input *in)
{
    switch (chance(in, 16)) {
    case 0: /* the same types on either side */
        memcpy(in->target.data, in->local.data, in->local.len);
        in->target.len = in->local.len;
        in->split = 0;
        break;
    case 1:
        if (chance(in, 4) == 0)
            in->split ^= SPLIT;
        break;
    case 2:
    case 3:
    case 4:
        change_types(in, &in->local);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
        change_types(in, &in->target);
        break;
    case 9:
        if (in->ext.len)
            in->ext.len = LLVMFuzzerMutate(in->ext.data, in->ext.len, in->ext.len);
        break;
    default:
        change_record(in);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    struct input in = { .random = seed };
    size_t len = 0;

    if (size > FRONT && size < max && chance(&in, 8)) {
        take_apart(&in, data, size, max);
        for (uint32_t n = 1 + chance(&in, 4); n; n--)
            mutate(&in);
        len = put_together(&in, data, max);
        free(in.ext.data);
        free(in.local.data);
        free(in.target.data);
    }
    return len ? len : LLVMFuzzerMutate(data, size, max);
}
