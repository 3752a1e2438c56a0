/* Decisions from a seed (SplitMix64, Steele and others 2014) or from bytes. */
#include "source.h"

enum { NUMBER_KINDS = 8 };

void source_seed(struct source *source, uint64_t seed)
{
    *source = (struct source){ .state = seed };
}

void source_bytes(struct source *source, const uint8_t *bytes, size_t len)
{
    static const uint8_t none[1];

    *source = (struct source){ .bytes = bytes ? bytes : none, .left = bytes ? len : 0 };
}

static uint64_t mix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* `size` bytes of decision, at most 8. */
static uint64_t draw(struct source *source, uint32_t size)
{
    uint64_t value = 0;

    if (!source->bytes)
        return mix(&source->state);
    for (uint32_t i = 0; i < size && source->left; i++) {
        value |= (uint64_t)*source->bytes++ << 8 * i;
        source->left--;
    }
    return value;
}

uint32_t source_below(struct source *source, uint32_t n)
{
    uint32_t size = n <= 256 ? 1 : n <= 65536 ? 2 : 4;

    return (uint32_t)(draw(source, size) % n);
}

int source_chance(struct source *source, uint32_t percent)
{
    return source_below(source, 100) < percent;
}

/* 2^k - 1, 2^k or 2^k + 1, or the negative of one. */
static uint64_t near_power(struct source *source)
{
    uint64_t power = UINT64_C(1) << source_below(source, 64);
    uint64_t value = power + source_below(source, 3) - 1;

    return source_below(source, 2) ? 0 - value : value;
}

/* A byte 2, 4 or 8 times, alternating with another. */
static uint64_t pattern(struct source *source)
{
    uint64_t pair = source_below(source, 65536);
    uint64_t four = pair | pair << 16;

    return source_below(source, 2) ? four : four | four << 32;
}

uint64_t source_number(struct source *source)
{
    static const uint64_t ends[] = {
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0x7fffffff,
        0x80000000,
        0xffffffff,
        0x100000000,
        INT64_MAX,
        (uint64_t)INT64_MIN,
        (uint64_t)-1,
        (uint64_t)-0x80,
        (uint64_t)-0x8000,
        (uint64_t)INT32_MIN,
    };

    switch (source_below(source, NUMBER_KINDS)) {
    case 0:
        return source_below(source, 4);
    case 1:
        return 0 - (uint64_t)source_below(source, 4);
    case 2:
        return source_below(source, 70); /* shift counts, and past them */
    case 3:
        return ends[source_below(source, sizeof(ends) / sizeof(ends[0]))];
    case 4:
        return near_power(source);
    case 5:
        return pattern(source);
    case 6:
        return draw(source, 4) & UINT32_MAX;
    default:
        return draw(source, 8);
    }
}

int32_t source_imm(struct source *source)
{
    return (int32_t)(uint32_t)source_number(source);
}
