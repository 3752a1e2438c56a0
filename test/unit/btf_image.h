/* Types in memory for tests: records of BTF, put together one by one.
 *
 *     struct btf_image b = btf_new();
 *     uint32_t u32 = btf_int(&b, "u32", 4, 0);
 *     uint32_t s = btf_struct(&b, "s", 8, 2);
 *     btf_member(&b, "first", u32, 0);
 *     btf_member(&b, "second", u32, 32);
 *     btf_write(&b);                   (then b.file, b.file_len)
 *     btf_free(&b); */
#ifndef TEST_UNIT_BTF_IMAGE_H
#define TEST_UNIT_BTF_IMAGE_H

#include "btf/btf.h"
#include "elf_image.h"

/* All 0 is an empty one. */
struct btf_image {
    struct elf_bytes types, strings;
    uint32_t count; /* id of the last type; of a split BTF set it to the base's last, */
    uint32_t first_string; /* and this to the length of the base's strings */
    uint8_t *file;
    size_t file_len;
};

static inline struct btf_image btf_new(void)
{
    return (struct btf_image){ .count = 0 };
}

static inline void btf_word(struct btf_image *b, uint32_t word)
{
    uint8_t bytes[4] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
                         (uint8_t)(word >> 24) };

    elf_put(&b->types, bytes, sizeof(bytes));
}

static inline uint32_t btf_string(struct btf_image *b, const char *string)
{
    if (!b->strings.len)
        elf_put(&b->strings, "", 1);
    if (!*string)
        return 0;
    return b->first_string + (uint32_t)elf_put(&b->strings, string, strlen(string) + 1);
}

static inline void btf_name(struct btf_image *b, const char *name)
{
    btf_word(b, btf_string(b, name));
}

/* The head of a record; `vlen` may have BTF_FLAG. Returns its id. */
#define BTF_FLAG (1u << 31)
static inline uint32_t btf_type(struct btf_image *b, const char *name, uint32_t kind,
                                uint32_t vlen, uint32_t size_or_type)
{
    btf_name(b, name);
    btf_word(b, kind << 24 | vlen);
    btf_word(b, size_or_type);
    return ++b->count;
}

static inline uint32_t btf_int(struct btf_image *b, const char *name, uint32_t size,
                               uint32_t encoding)
{
    uint32_t id = btf_type(b, name, SK_BTF_INT, 0, size);

    btf_word(b, encoding << 24 | size * 8);
    return id;
}

static inline uint32_t btf_array(struct btf_image *b, uint32_t type, uint32_t count)
{
    uint32_t id = btf_type(b, "", SK_BTF_ARRAY, 0, 0);

    btf_word(b, type);
    btf_word(b, type);
    btf_word(b, count);
    return id;
}

static inline uint32_t btf_ptr(struct btf_image *b, uint32_t type)
{
    return btf_type(b, "", SK_BTF_PTR, 0, type);
}

/* Followed by btf_member, `count` times. */
static inline uint32_t btf_struct(struct btf_image *b, const char *name, uint32_t size,
                                  uint32_t count)
{
    return btf_type(b, name, SK_BTF_STRUCT, count, size);
}

static inline void btf_member(struct btf_image *b, const char *name, uint32_t type,
                              uint32_t bit_offset)
{
    btf_name(b, name);
    btf_word(b, type);
    btf_word(b, bit_offset);
}

static inline uint32_t btf_var(struct btf_image *b, const char *name, uint32_t type,
                               uint32_t linkage)
{
    uint32_t id = btf_type(b, name, SK_BTF_VAR, 0, type);

    btf_word(b, linkage);
    return id;
}

/* Followed by btf_secvar, `count` times. */
static inline uint32_t btf_datasec(struct btf_image *b, const char *name, uint32_t count)
{
    return btf_type(b, name, SK_BTF_DATASEC, count, 0);
}

static inline void btf_secvar(struct btf_image *b, uint32_t var, uint32_t offset,
                              uint32_t size)
{
    btf_word(b, var);
    btf_word(b, offset);
    btf_word(b, size);
}

static inline void btf_write(struct btf_image *b)
{
    struct elf_bytes records = b->types;
    uint32_t types = (uint32_t)records.len;
    struct elf_bytes file;

    btf_string(b, "");
    b->types = (struct elf_bytes){ NULL, 0, 0 };
    btf_word(b, 0xeb9f | 1 << 16);
    btf_word(b, 24);
    btf_word(b, 0);
    btf_word(b, types);
    btf_word(b, types);
    btf_word(b, (uint32_t)b->strings.len);
    file = b->types;
    b->types = records;
    elf_put(&file, records.data, records.len);
    elf_put(&file, b->strings.data, b->strings.len);
    b->file = file.data;
    b->file_len = file.len;
}

static inline void btf_free(struct btf_image *b)
{
    free(b->types.data);
    free(b->strings.data);
    free(b->file);
}

/* The file, for free(). Empties *b. */
static inline uint8_t *btf_take(struct btf_image *b, size_t *len)
{
    uint8_t *file;

    btf_write(b);
    file = b->file;
    *len = b->file_len;
    b->file = NULL;
    btf_free(b);
    *b = btf_new();
    return file;
}

#endif
