/* The table of names: open addressing, at most half full. */
#include "text/symbols.h"

#include <string.h>

#include "base/bits.h"

enum { FIRST_SLOTS = 64 };

/* Mixes 8 bytes into a hash: the halves of a 128-bit product, folded. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    unsigned __int128 product =
        (unsigned __int128)(hash ^ word) * (UINT64_C(0x9e3779b97f4a7c15) ^ hash >> 32);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(uint64_t seed, const char *name, size_t len)
{
    uint64_t hash = seed ^ len, word = 0;

    for (; len >= 8; name += 8, len -= 8)
        hash = mix(hash, sk_load64(name));
    memcpy(&word, name, len);
    return mix(mix(hash, word), seed);
}

static int is_name(const struct sk_symbol *symbol, const struct sk_source *source,
                   const char *name, size_t len)
{
    return symbol->end - symbol->at == len &&
           !memcmp(source->text + symbol->at, name, len);
}

/* The place of a name in the table: its own, or the free one that it would get. */
static uint32_t *slot_of(const struct sk_symbols *symbols, const struct sk_source *source,
                         const char *name, size_t len)
{
    size_t mask = symbols->slot_count - 1;

    for (size_t i = (size_t)hash_of(symbols->seed, name, len);; i++) {
        uint32_t *slot = &symbols->slots[i & mask];

        if (!*slot || is_name(&symbols->all[*slot - 1], source, name, len))
            return slot;
    }
}

/* The seed is the table's address: a text cannot know which of its names will collide. */
static enum skep_code make_room(struct sk_symbols *symbols, const struct sk_mem *mem,
                                const struct sk_source *source, struct skep_err *err)
{
    struct sk_symbols bigger = *symbols;

    if (symbols->count * 2 < symbols->slot_count)
        return SKEP_OK;
    bigger.slot_count = symbols->slot_count ? symbols->slot_count * 2 : FIRST_SLOTS;
    bigger.slots = sk_mem_new(mem, bigger.slot_count, sizeof(*bigger.slots));
    if (!bigger.slots)
        return sk_fail(err, E_NO_MEMORY, sk_at_nothing(),
                       bigger.slot_count * sizeof(*bigger.slots));
    bigger.seed = (uintptr_t)bigger.slots;
    for (uint32_t i = 0; i < symbols->count; i++) {
        const struct sk_symbol *symbol = &symbols->all[i];

        *slot_of(&bigger, source, source->text + symbol->at, symbol->end - symbol->at) =
            i + 1;
    }
    sk_mem_free(mem, symbols->slots, symbols->slot_count, sizeof(*symbols->slots));
    *symbols = bigger;
    return SKEP_OK;
}

const struct sk_symbol *sk_symbols_find(const struct sk_symbols *symbols,
                                        const struct sk_source *source, uint32_t at,
                                        uint32_t end)
{
    uint32_t slot;

    if (!symbols->slot_count)
        return NULL;
    slot = *slot_of(symbols, source, source->text + at, end - at);
    return slot ? &symbols->all[slot - 1] : NULL;
}

enum skep_code sk_symbols_intern(struct sk_symbols *symbols, const struct sk_mem *mem,
                                 const struct sk_source *source, uint32_t at,
                                 uint32_t end, uint32_t *index, struct skep_err *err)
{
    uint32_t *slot;

    SK_TRY(make_room(symbols, mem, source, err));
    slot = slot_of(symbols, source, source->text + at, end - at);
    if (!*slot) {
        SK_TRY(sk_mem_grow(mem, &symbols->all, &symbols->cap, symbols->count, 1,
                           sizeof(*symbols->all), err));
        symbols->all[symbols->count] = (struct sk_symbol){ .at = at, .end = end };
        *slot = (uint32_t)++symbols->count;
    }
    *index = *slot - 1;
    return SKEP_OK;
}

enum skep_code sk_symbols_define(struct sk_symbols *symbols, const struct sk_mem *mem,
                                 const struct sk_source *source, uint32_t at,
                                 uint32_t end, enum sk_symbol_kind kind, sk_int value,
                                 struct skep_err *err)
{
    struct sk_symbol *symbol;
    uint32_t index;

    SK_TRY(sk_symbols_intern(symbols, mem, source, at, end, &index, err));
    symbol = &symbols->all[index];
    if (symbol->kind) {
        char quoted[SK_QUOTE_MAX];

        return sk_fail(err, E_LABEL_TWICE, sk_source_pos(source, at),
                       sk_quote(source, at, end, quoted),
                       sk_source_pos(source, symbol->defined_at).line);
    }
    symbol->kind = kind;
    symbol->value = value;
    symbol->defined_at = at;
    return SKEP_OK;
}

void sk_symbols_fini(struct sk_symbols *symbols, const struct sk_mem *mem)
{
    sk_mem_free(mem, symbols->all, symbols->cap, sizeof(*symbols->all));
    sk_mem_free(mem, symbols->slots, symbols->slot_count, sizeof(*symbols->slots));
}
