/* Maps, global data and externs of objects, as libbpf reads them, and what is refused. What
 * is expected was seen at libbpf 1.1.2: definitions as it creates maps, values of .kconfig as
 * it fills them in, or else it is written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "books.h"
#include "btf_image.h"
#include "load/object_parts.h"

enum { R_ABS64 = 2, WRITE = SHF_ALLOC | SHF_WRITE };

/* An object on the way, and what becomes of it. */
struct fix {
    struct elf elf;
    struct btf_image btf;
    uint32_t u8, u32, u64;
    struct sk_object object;
    struct books books;
    struct sk_kernel kernel;
    struct sk_obj_func funcs[4];
    uint32_t func_count;
    struct skep_err err;
};

static struct fix fix_new(void)
{
    struct fix f;

    memset(&f, 0, sizeof(f));
    f.elf = elf_new();
    f.btf = btf_new();
    f.u8 = btf_int(&f.btf, "char", 1, SK_BTF_SIGNED);
    f.u32 = btf_int(&f.btf, "unsigned int", 4, 0);
    f.u64 = btf_int(&f.btf, "unsigned long long", 8, 0);
    return f;
}

static void close_object(struct fix *f)
{
    sk_obj_free_maps(&f->object);
    sk_btf_close(&f->object.btf);
    memset(&f->object, 0, sizeof(f->object));
}

static void fix_free(struct fix *f)
{
    close_object(f);
    assert_int_equal(f->books.live, 0);
    assert_false(f->books.wrong);
    elf_free(&f->elf);
    btf_free(&f->btf);
}

static void write_file(struct fix *f)
{
    btf_write(&f->btf);
    elf_section(&f->elf, ".BTF", SHT_PROGBITS, 0, f->btf.file, f->btf.file_len);
    elf_write(&f->elf);
}

static enum skep_code open_types(struct sk_object *o, struct skep_err *err)
{
    for (uint32_t i = 1; i < o->elf.section_count; i++) {
        struct sk_elf_section section = sk_elf_section(&o->elf, i);

        if (strcmp(section.name, ".BTF") || section.type != SK_SHT_PROGBITS)
            continue;
        SK_TRY(sk_btf_open(&o->btf, &o->mem, sk_elf_bytes(&o->elf, &section),
                           section.size, NULL, NULL, err));
        o->has_btf = 1;
        return SKEP_OK;
    }
    return SKEP_OK;
}

/* Opens the file as far as maps need it. */
static enum skep_code open_file(struct fix *f, const uint8_t *data, size_t len)
{
    struct sk_object *o = &f->object;

    memset(&f->err, 0, sizeof(f->err));
    *o = (struct sk_object){ .mem = { books_alloc, &f->books },
                             .name = "a_long_name",
                             .kernel = f->kernel,
                             .funcs = f->funcs,
                             .func_count = f->func_count };
    SK_TRY(sk_elf_open(&o->elf, data, len, &f->err));
    SK_TRY(open_types(o, &f->err));
    return sk_obj_find_maps(o, &f->err);
}

static void accept(struct fix *f)
{
    enum skep_code code;

    write_file(f);
    code = open_file(f, f->elf.file, f->elf.file_len);
    if (code)
        print_error("%s\n", f->err.message);
    assert_int_equal(code, SKEP_OK);
}

static void refuse(struct fix *f, enum skep_code expected, const char *text)
{
    write_file(f);
    assert_int_equal(open_file(f, f->elf.file, f->elf.file_len), expected);
    if (!strstr(f->err.message, text))
        print_error("'%s' does not have '%s'\n", f->err.message, text);
    assert_non_null(strstr(f->err.message, text));
    fix_free(f);
}

/* ---- Declarations ----------------------------------------------------------------- */

/* A number as the type of an attribute. (Of int, as compilers have it, the array would have
 * more than 4 GiB for great ones.) */
static uint32_t number(struct fix *f, uint32_t value)
{
    return btf_ptr(&f->btf, btf_array(&f->btf, f->u8, value));
}

/* An attribute, by its type. */
struct attr {
    const char *name;
    uint32_t type;
};

/* A struct of attributes. */
static uint32_t declaration(struct fix *f, const struct attr *attrs, uint32_t count)
{
    uint32_t id = btf_struct(&f->btf, "", 8 * count, count);

    for (uint32_t i = 0; i < count; i++)
        btf_member(&f->btf, attrs[i].name, attrs[i].type, 64 * i);
    return id;
}

/* An array type of length 0, of pointers to `type`. */
static uint32_t values(struct fix *f, uint32_t type)
{
    return btf_array(&f->btf, btf_ptr(&f->btf, type), 0);
}

/* Section .maps of a variable of each type, of 64 bytes; returns its index. */
static uint32_t declare(struct fix *f, const char *const *names, const uint32_t *types,
                        uint32_t count)
{
    uint32_t section =
        elf_section(&f->elf, ".maps", SHT_PROGBITS, WRITE, NULL, (size_t)64 * count);
    uint32_t vars[8];

    for (uint32_t i = 0; i < count; i++) {
        vars[i] = btf_var(&f->btf, names[i], types[i], SK_BTF_GLOBAL);
        elf_symbol(&f->elf, names[i], STB_GLOBAL, STT_OBJECT, section, 64 * i, 64);
    }
    btf_datasec(&f->btf, ".maps", count);
    for (uint32_t i = count; i-- > 0;)
        btf_secvar(&f->btf, vars[i], 0, 64); /* in no order: symbols have it */
    return section;
}

static void declare_one(struct fix *f, const struct attr *attrs, uint32_t count)
{
    static const char *const name = "m";
    uint32_t type = declaration(f, attrs, count);

    declare(f, &name, &type, 1);
}

static void test_attributes(void **state)
{
    struct fix f = fix_new();
    uint32_t key = btf_ptr(&f.btf, f.u32), value = btf_ptr(&f.btf, f.u64);
    struct attr attrs[] = {
        { "type", number(&f, SK_MAP_HASH) },
        { "max_entries", number(&f, UINT32_MAX) },
        { "key", key },
        { "key_size", number(&f, 4) },
        { "value", value },
        { "map_flags", number(&f, 1) },
        { "numa_node", number(&f, 3) },
        { "pinning", number(&f, 1) },
        { "map_extra", number(&f, 5) },
    };
    const struct sk_obj_map *m;

    (void)state;
    f.elf.header.e_flags = 0;
    declare_one(&f, attrs, 5);
    accept(&f);
    assert_int_equal(f.object.map_count, 1);
    m = &f.object.maps[0];
    assert_string_equal(m->name, "m");
    assert_string_equal(m->kernel_name, "m");
    assert_int_equal(m->role, SK_OBJ_MAP_BTF);
    assert_int_equal(m->def.kind, SK_MAP_HASH);
    assert_int_equal(m->def.max_entries, UINT32_MAX);
    assert_int_equal(m->def.key_size, 4);
    assert_int_equal(m->def.value_size, 8);
    assert_int_equal(m->key_type, f.u32);
    assert_int_equal(m->value_type, f.u64);
    assert_int_equal(m->def.flags, 0);
    assert_int_equal(m->inner, -1);
    fix_free(&f);
}

static void test_more_attributes(void **state)
{
    struct fix f = fix_new();
    struct attr attrs[] = {
        { "type", number(&f, 77) },     { "key_size", number(&f, 0x80000000) },
        { "map_flags", number(&f, 1) }, { "numa_node", number(&f, 3) },
        { "pinning", number(&f, 1) },   { "map_extra", number(&f, 5) },
    };
    const struct sk_obj_map *m;

    (void)state;
    declare_one(&f, attrs, SK_LEN(attrs));
    accept(&f);
    m = &f.object.maps[0];
    assert_int_equal(m->def.kind, 77);
    assert_int_equal(m->def.key_size, 0x80000000);
    assert_int_equal(m->def.flags, 1);
    assert_int_equal(m->def.numa_node, 3);
    assert_int_equal(m->pinning, 1);
    assert_int_equal(m->def.extra, 5);
    fix_free(&f);
}

/* A ring's size is made a power of two of pages; 0 stays 0, and so does what has none. */
static void test_ring_sizes(void **state)
{
    static const uint32_t sizes[][2] = {
        { 0, 0 },
        { 1, 4096 },
        { 4096, 4096 },
        { 5000, 8192 },
        { 12288, 16384 },
        { 0x80000000, 0x80000000 },
        { 0x80000001, 0x80000001 },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(sizes); i++) {
        struct fix f = fix_new();
        struct attr attrs[] = { { "type", number(&f, SK_MAP_RINGBUF) },
                                { "max_entries", number(&f, sizes[i][0]) } };

        declare_one(&f, attrs, 2);
        accept(&f);
        assert_int_equal(f.object.maps[0].def.max_entries, sizes[i][1]);
        fix_free(&f);
    }
}

/* The types of a queue's values are not for the kernel. */
static void test_dropped_types(void **state)
{
    struct fix f = fix_new();
    struct attr attrs[] = { { "type", number(&f, SK_MAP_QUEUE) },
                            { "value", btf_ptr(&f.btf, f.u64) } };

    (void)state;
    declare_one(&f, attrs, 2);
    accept(&f);
    assert_int_equal(f.object.maps[0].def.value_size, 8);
    assert_int_equal(f.object.maps[0].value_type, 0);
    fix_free(&f);
}

static void test_order(void **state)
{
    static const char *const names[] = { "first", "a_name_of_17_char", "third" };
    struct fix f = fix_new();
    struct attr attrs[] = { { "type", number(&f, SK_MAP_ARRAY) } };
    uint32_t type = declaration(&f, attrs, 1), types[] = { type, type, type };
    struct sk_elf_symbol symbol;
    uint64_t offset;

    (void)state;
    declare(&f, names, types, 3);
    accept(&f);
    assert_int_equal(f.object.map_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_string_equal(f.object.maps[i].name, names[i]);
        assert_int_equal(sk_elf_symbol(&f.object.elf, 1 + i, &symbol, NULL), 0);
        assert_int_equal(sk_obj_map_of_symbol(&f.object, &symbol, &offset), i);
        assert_int_equal(offset, 0);
        symbol.value++;
        assert_int_equal(sk_obj_map_of_symbol(&f.object, &symbol, &offset), -1);
    }
    assert_string_equal(f.object.maps[1].kernel_name, "a_name_of_17_ch");
    fix_free(&f);
}

/* One attribute after a type, and the words that refuse it. */
static void refuse_attr(const char *name, uint32_t (*type)(struct fix *), uint32_t kind,
                        const char *text)
{
    struct fix f = fix_new();
    struct attr attrs[] = { { "type", number(&f, kind) }, { name, type(&f) } };

    declare_one(&f, attrs, 2);
    refuse(&f, SKEP_E_MAP, text);
}

static uint32_t as_int(struct fix *f)
{
    return f->u32;
}
static uint32_t as_five(struct fix *f)
{
    return number(f, 5);
}
static uint32_t as_void(struct fix *f)
{
    return btf_ptr(&f->btf, 0);
}
static uint32_t as_values(struct fix *f)
{
    return values(f, f->u32);
}
static uint32_t as_two_levels(struct fix *f)
{
    struct attr deep[] = { { "type", number(f, SK_MAP_ARRAY) } };
    struct attr attrs[] = { { "type", number(f, SK_MAP_ARRAY_OF_MAPS) },
                            { "values", values(f, declaration(f, deep, 1)) } };

    return values(f, declaration(f, attrs, 2));
}
/* values of a struct that is declared by itself: the next type but three. */
static uint32_t as_cycle(struct fix *f)
{
    uint32_t type = number(f, SK_MAP_ARRAY_OF_MAPS), self = f->btf.count + 3;
    struct attr attrs[] = { { "type", type }, { "values", values(f, self) } };

    assert_int_equal(declaration(f, attrs, 2), self);
    return values(f, self);
}

static void test_refused_attributes(void **state)
{
    (void)state;
    refuse_attr("max_entries", as_int, SK_MAP_HASH, "max_entries is no pointer");
    refuse_attr("max_entries", as_void, SK_MAP_HASH, "max_entries is no pointer");
    refuse_attr("entries\n", as_five, SK_MAP_HASH,
                "attribute 'entries\\x0a' is not known");
    refuse_attr("pinning", as_five, SK_MAP_HASH, "pinning is 5");
    refuse_attr("key", as_void, SK_MAP_HASH, "key is of a type without a size");
    refuse_attr("key", as_int, SK_MAP_HASH, "key is no pointer");
    refuse_attr("map_extra", as_int, SK_MAP_HASH, "map_extra is no pointer");
    refuse_attr("map_flags", as_five, SK_MAP_UNSPEC, "'type' is missing");
    refuse_attr("values", as_values, SK_MAP_HASH, "it has values");
    refuse_attr("values", as_values, SK_MAP_PROG_ARRAY, "no pointers to functions");
    refuse_attr("values", as_values, SK_MAP_ARRAY_OF_MAPS, "no pointers to structs");
    refuse_attr("values", as_five, SK_MAP_ARRAY_OF_MAPS, "no array of length 0");
    refuse_attr("values", as_two_levels, SK_MAP_ARRAY_OF_MAPS, "has an inner map");
    refuse_attr("values", as_cycle, SK_MAP_ARRAY_OF_MAPS, "has an inner map");
}

static void test_sizes_differ(void **state)
{
    struct fix f = fix_new();
    struct attr attrs[] = { { "type", number(&f, 1) },
                            { "key", btf_ptr(&f.btf, f.u32) },
                            { "key_size", number(&f, 8) } };

    (void)state;
    declare_one(&f, attrs, 3);
    refuse(&f, SKEP_E_MAP, "map 'm': key_size has 8 bytes, but 4 are declared as well");
}

static void test_refused_declarations(void **state)
{
    static const char *const twice[] = { "m", "m" };
    struct fix f = fix_new();
    struct attr attrs[] = { { "type", number(&f, 1) } };
    uint32_t type = declaration(&f, attrs, 1), types[] = { type, type };
    char *name = malloc(65537);
    const char *long_name = name;

    (void)state;
    declare(&f, twice, types, 2);
    refuse(&f, SKEP_E_MAP, "map 'm': it is declared more than once");

    f = fix_new();
    declare(&f, twice, &f.u32, 1);
    refuse(&f, SKEP_E_MAP, "map 'm': its type is no struct");

    f = fix_new();
    elf_section(&f.elf, ".maps", SHT_PROGBITS, WRITE, NULL, 8);
    refuse(&f, SKEP_E_SECTION, "section '.maps' (index 3)");

    assert_non_null(name);
    memset(name, 'n', 65536);
    name[65536] = 0;
    f = fix_new();
    declare(&f, &long_name, &f.u32, 1);
    refuse(&f, SKEP_E_MAP, "a name of 1 to 1023 characters");
    free(name);
}

static void test_places(void **state)
{
    struct fix f = fix_new();
    struct attr attrs[] = { { "type", number(&f, 1) } };
    uint32_t type = declaration(&f, attrs, 1), section, var;

    (void)state;
    section = elf_section(&f.elf, ".maps", SHT_PROGBITS, WRITE, NULL, 8);
    var = btf_var(&f.btf, "m", type, SK_BTF_GLOBAL);
    btf_datasec(&f.btf, ".maps", 1);
    btf_secvar(&f.btf, var, 0, 8);
    elf_symbol(&f.elf, "m", STB_GLOBAL, STT_OBJECT, section, UINT64_MAX - 3, 8);
    refuse(&f, SKEP_E_MAP, "do not lie in its section");

    f = fix_new();
    elf_section(&f.elf, ".maps", SHT_PROGBITS, WRITE, NULL, 8);
    var = btf_var(&f.btf, "m", f.u32, SK_BTF_GLOBAL);
    btf_datasec(&f.btf, ".maps", 1);
    btf_secvar(&f.btf, var, 0, 8);
    refuse(&f, SKEP_E_MAP, "the symbol table does not have it");

    f = fix_new();
    elf_section(&f.elf, ".maps", SHT_PROGBITS, WRITE, NULL, 8);
    var = btf_var(&f.btf, "m", f.u32, SK_BTF_STATIC);
    btf_datasec(&f.btf, ".maps", 1);
    btf_secvar(&f.btf, var, 0, 8);
    refuse(&f, SKEP_E_MAP, "it is static");
}

/* ---- Slots ------------------------------------------------------------------------ */

/* Map "outer" of maps, with slots 2 and 0 filled, and "inner". */
static uint32_t add_outer(struct fix *f, uint32_t first_slot)
{
    static const char *const names[] = { "outer", "inner" };
    struct attr inner[] = { { "type", number(f, SK_MAP_ARRAY) },
                            { "max_entries", number(f, 7) } };
    uint32_t inner_type = declaration(f, inner, 2);
    struct attr outer[] = { { "type", number(f, SK_MAP_ARRAY_OF_MAPS) },
                            { "max_entries", number(f, 3) },
                            { "values", values(f, inner_type) } };
    uint32_t types[] = { declaration(f, outer, 3), inner_type };
    uint32_t section = declare(f, names, types, 2);

    elf_reloc(&f->elf, section, 16 + 8 * first_slot, 2, R_ABS64);
    elf_reloc(&f->elf, section, 16, 2, R_ABS64);
    elf_reloc(&f->elf, section, 16, 2, R_ABS64);
    return section;
}

static void test_inner_maps(void **state)
{
    struct fix f = fix_new();
    const struct sk_obj_map *outer, *inner;

    (void)state;
    add_outer(&f, 2);
    accept(&f);
    assert_int_equal(f.object.map_count, 3);
    outer = &f.object.maps[0];
    inner = &f.object.maps[2];
    assert_int_equal(outer->inner, 2);
    assert_int_equal(outer->def.value_size, 4);
    assert_int_equal(inner->role, SK_OBJ_MAP_INNER);
    assert_int_equal(inner->def.max_entries, 7);
    assert_string_equal(inner->kernel_name, "outer.inner");
    assert_int_equal(outer->slot_count, 2);
    assert_int_equal(outer->slots[0].index, 0);
    assert_int_equal(outer->slots[1].index, 2);
    assert_int_equal(outer->slots[1].target, 1);
    fix_free(&f);
}

static void test_refused_slots(void **state)
{
    struct fix f = fix_new();

    (void)state;
    add_outer(&f, 3);
    refuse(&f, SKEP_E_MAP, "slot 3 is filled, it has 3");
    f = fix_new();
    elf_reloc(&f.elf, add_outer(&f, 2), 20, 2, R_ABS64);
    refuse(&f, SKEP_E_MAP, "in no slot");
    f = fix_new();
    elf_reloc(&f.elf, add_outer(&f, 2), 8, 2, R_ABS64);
    refuse(&f, SKEP_E_MAP, "in no slot");
    f = fix_new();
    elf_reloc(&f.elf, add_outer(&f, 2), 16, 2, 3);
    refuse(&f, SKEP_E_SECTION, "relocation 3 has type 3");
    f = fix_new();
    elf_reloc(&f.elf, add_outer(&f, 2), 16, 99, R_ABS64);
    refuse(&f, SKEP_E_SECTION, "names symbol 99");
    f = fix_new();
    elf_reloc(&f.elf, add_outer(&f, 2), 16, 0, R_ABS64);
    refuse(&f, SKEP_E_MAP, "is no map");
    f = fix_new();
    elf_reloc(&f.elf, add_outer(&f, 2), 80, 2, R_ABS64);
    refuse(&f, SKEP_E_MAP, "map 'inner': the pointer at 0x10 of it is in no slot");
}

/* Code of two functions, of which the second is a program: symbols `first` and following. */
static void add_funcs(struct fix *f)
{
    uint32_t code =
        elf_section(&f->elf, "xdp", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, NULL, 32);

    elf_symbol(&f->elf, "sub", STB_LOCAL, STT_FUNC, code, 0, 16);
    elf_symbol(&f->elf, "prog", STB_GLOBAL, STT_FUNC, code, 16, 16);
    f->funcs[0] = (struct sk_obj_func){ .name = "sub", .section = code, .count = 2 };
    f->funcs[1] = (struct sk_obj_func){
        .name = "prog", .section = code, .first = 2, .count = 2, .is_program = 1
    };
    f->func_count = 2;
}

static void add_prog_array(struct fix *f, uint32_t target)
{
    static const char *const name = "jumps";
    uint32_t proto = btf_type(&f->btf, "", SK_BTF_FUNC_PROTO, 0, f->u32), type, section;
    struct attr attrs[] = { { "type", number(f, SK_MAP_PROG_ARRAY) },
                            { "key_size", number(f, 4) },
                            { "max_entries", number(f, 2) },
                            { "values", values(f, proto) } };

    add_funcs(f);
    type = declaration(f, attrs, 4);
    section = declare(f, &name, &type, 1);
    elf_reloc(&f->elf, section, 24 + 8, target, R_ABS64);
}

static void test_prog_array(void **state)
{
    struct fix f = fix_new();

    (void)state;
    add_prog_array(&f, 2);
    accept(&f);
    assert_int_equal(f.object.maps[0].slot_count, 1);
    assert_int_equal(f.object.maps[0].slots[0].index, 1);
    assert_int_equal(f.object.maps[0].slots[0].target, 1);
    fix_free(&f);
    f = fix_new();
    add_prog_array(&f, 1);
    refuse(&f, SKEP_E_MAP, "'sub', which a slot of values points to, is no program");
}

/* Operations, one of which is a program. */
static uint32_t add_struct_ops(struct fix *f, const char *type_name, uint64_t offset)
{
    static const uint8_t data[24] = { 1, 2, 3 };
    uint32_t proto = btf_type(&f->btf, "", SK_BTF_FUNC_PROTO, 0, f->u32);
    uint32_t ptr = btf_ptr(&f->btf, proto), type = btf_struct(&f->btf, type_name, 24, 3);
    uint32_t section, var;

    btf_member(&f->btf, "flags", f->u64, 0);
    btf_member(&f->btf, "start", ptr, 64);
    btf_member(&f->btf, "stop", ptr, 128);
    var = btf_var(&f->btf, "my_ops", type, SK_BTF_GLOBAL);
    btf_datasec(&f->btf, ".struct_ops.link", 1);
    btf_secvar(&f->btf, var, 0, 24);
    add_funcs(f);
    section = elf_section(&f->elf, ".struct_ops.link", SHT_PROGBITS, WRITE, data, 24);
    elf_symbol(&f->elf, "my_ops", STB_GLOBAL, STT_OBJECT, section, 0, 24);
    elf_reloc(&f->elf, section, offset, 2, R_ABS64);
    return type;
}

static void test_struct_ops(void **state)
{
    struct fix f = fix_new();
    uint32_t type = add_struct_ops(&f, "ops", 16);
    const struct sk_obj_map *m;

    (void)state;
    accept(&f);
    m = &f.object.maps[0];
    assert_int_equal(m->role, SK_OBJ_MAP_STRUCT_OPS);
    assert_int_equal(m->def.flags, 1 << 13);
    assert_int_equal(m->def.value_size, 24);
    assert_int_equal(m->is_in_kernel, 0);
    assert_int_equal(m->ops_type, type);
    assert_int_equal(m->value_type, 0);
    assert_int_equal(m->data_size, 24);
    assert_int_equal(m->data[2], 3);
    assert_int_equal(m->slot_count, 1);
    assert_int_equal(m->slots[0].index, 2);
    assert_int_equal(m->slots[0].target, 1);
    fix_free(&f);

    f = fix_new();
    add_struct_ops(&f, "ops", 12);
    refuse(&f, SKEP_E_MAP, "the pointer at 0xc of it is in no member");
    f = fix_new();
    add_struct_ops(&f, "ops", 24);
    refuse(&f, SKEP_E_MAP, "the pointer at 0x18 of it is in no member");
}

/* The kernel's struct around the value, found without the flavour of the object's. */
static void test_struct_ops_of_kernel(void **state)
{
    struct fix f = fix_new();
    struct btf_image b = btf_new();
    struct sk_mem mem = sk_mem_default();
    struct sk_btf kernel;
    const struct sk_btf *list[1] = { &kernel };
    uint32_t number = btf_int(&b, "u64", 8, 0), ops, value;

    (void)state;
    ops = btf_struct(&b, "ops", 24, 3);
    btf_member(&b, "other", number, 0);
    btf_member(&b, "stop", number, 64);
    btf_member(&b, "flags", number, 128);
    btf_struct(&b, "bpf_struct_ops_op", 40, 0);
    value = btf_struct(&b, "bpf_struct_ops_ops", 48, 2);
    btf_member(&b, "common", number, 0);
    btf_member(&b, "data", ops, 64);
    btf_struct(&b, "bpf_struct_ops_ops", 56, 0);
    btf_struct(&b, "bpf_struct_ops_opsy", 64, 0);
    btf_write(&b);
    assert_int_equal(sk_btf_open(&kernel, &mem, b.file, b.file_len, NULL, NULL, &f.err),
                     0);
    add_struct_ops(&f, "ops___v2", 16);
    f.kernel.btf = list;
    f.kernel.btf_count = 1;
    accept(&f);
    assert_int_equal(f.object.maps[0].is_in_kernel, 1);
    assert_int_equal(f.object.maps[0].def.value_size, 48);
    assert_int_equal(f.object.maps[0].kernel_ops.btf, 0);
    assert_int_equal(f.object.maps[0].kernel_ops.value_type, value);
    assert_int_equal(f.object.maps[0].kernel_ops.operations, ops);
    assert_int_equal(f.object.maps[0].data_size, 24);
    fix_free(&f);
    sk_btf_close(&kernel);
    btf_free(&b);
}

/* ---- Legacy sections -------------------------------------------------------------- */

static void add_legacy(struct fix *f, const uint32_t *words, uint32_t each,
                       uint32_t count)
{
    uint32_t section = elf_section(&f->elf, "maps", SHT_PROGBITS, WRITE, words,
                                   (size_t)each * count * 4);

    for (uint32_t i = count; i-- > 0;) {
        char name[16];

        snprintf(name, sizeof(name), "old%u", i);
        elf_symbol(&f->elf, name, STB_GLOBAL, STT_OBJECT, section, 4 * each * i,
                   4 * each);
    }
}

static void test_legacy(void **state)
{
    static const uint32_t short_ones[] = { 1, 4, 8, 100, 2, 8, 16, 200 };
    static const uint32_t full[] = { 1, 4, 8, 100, 1, 0, 0, 2, 8, 16, 200, 0, 0, 0 };
    static const uint32_t iproute[] = { 3, 4, 4, 10, 0, 42, 2, 0, 0 };
    struct fix f = fix_new();

    (void)state;
    add_legacy(&f, short_ones, 4, 2);
    accept(&f);
    assert_int_equal(f.object.map_count, 2);
    assert_string_equal(f.object.maps[0].name, "old0");
    assert_int_equal(f.object.maps[1].def.max_entries, 200);
    fix_free(&f);

    f = fix_new();
    add_legacy(&f, full, 7, 2);
    accept(&f);
    assert_int_equal(f.object.maps[0].role, SK_OBJ_MAP_LEGACY);
    assert_int_equal(f.object.maps[0].def.flags, 1);
    assert_int_equal(f.object.maps[1].def.key_size, 8);
    fix_free(&f);

    f = fix_new();
    add_legacy(&f, iproute, 9, 1);
    accept(&f);
    assert_int_equal(f.object.maps[0].def.kind, SK_MAP_PROG_ARRAY);
    assert_int_equal(f.object.maps[0].pinning, 1);
    fix_free(&f);
}

/* ____btf_map_NAME { TYPE key_name; TYPE value_name; } */
static uint32_t annotate(struct fix *f, const char *name, const char *key_name,
                         uint32_t key, uint32_t value)
{
    uint32_t id = btf_struct(&f->btf, name, 16, 2);

    btf_member(&f->btf, key_name, key, 0);
    btf_member(&f->btf, "value", value, 64);
    return id;
}

/* Types are told by a struct with the map's name, of the map's sizes. */
static void test_annotated_legacy(void **state)
{
    static const uint32_t maps[] = {
        1, 4, 8, 100, 1, 8, 8, 100, 23, 0, 4, 7, 1, 4, 8, 1
    };
    struct fix f = fix_new();

    (void)state;
    add_legacy(&f, maps, 4, 4);
    annotate(&f, "____btf_map_", "key", f.u32, f.u64);
    annotate(&f, "____btf_map_old", "key", f.u32, f.u64);
    annotate(&f, "____btf_map_old4", "key", f.u32, f.u64);
    annotate(&f, "____btf_map_old0", "no_key", f.u32, f.u64);
    annotate(&f, "____btf_map_old0", "key", f.u32, f.u32); /* the value has 8 bytes */
    annotate(&f, "____btf_map_old0", "key", f.u32, f.u64);
    annotate(&f, "____btf_map_old0", "key", f.u32, btf_array(&f.btf, f.u8, 8));
    annotate(&f, "____btf_map_old1", "key", f.u32, f.u64); /* the key has 8 bytes */
    annotate(&f, "____btf_map_old2", "key", btf_struct(&f.btf, "", 0, 0), f.u32);
    annotate(&f, "____btf_map_old3", "key", f.u32, btf_array(&f.btf, f.u8, 8));
    accept(&f);
    assert_int_equal(f.object.map_count, 4);
    assert_int_equal(f.object.maps[0].key_type, f.u32);
    assert_int_equal(f.object.maps[0].value_type, f.u64);
    assert_int_equal(f.object.maps[1].key_type, 0);
    assert_int_equal(f.object.maps[1].value_type, 0);
    assert_int_equal(f.object.maps[2].key_type, 0); /* a stack has no types */
    assert_int_equal(f.object.maps[2].value_type, 0);
    assert_int_equal(f.object.maps[3].key_type, f.u32);
    assert_true(f.object.maps[3].value_type > f.u64);
    fix_free(&f);
}

static void test_refused_legacy(void **state)
{
    static const uint32_t rest[] = { 1, 4, 8, 100, 0, 0, 1 };
    static const uint32_t inner[] = { 3, 4, 4, 10, 0, 42, 2, 0, 1 };
    struct fix f = fix_new();

    (void)state;
    add_legacy(&f, rest, 7, 1);
    refuse(&f, SKEP_E_MAP, "map 'old0': byte 24 of its record of 28 bytes is 0x01");
    f = fix_new();
    add_legacy(&f, inner, 9, 1);
    refuse(&f, SKEP_E_MAP, "byte 32");
    f = fix_new();
    add_legacy(&f, rest, 3, 2);
    refuse(&f, SKEP_E_SECTION, "no records of one size for 2 maps");
    /* A section that is no whole number of records (PREVAIL 4790e819). */
    f = fix_new();
    add_legacy(&f, rest, 6, 1);
    elf_symbol(&f.elf, "more", STB_GLOBAL, STT_OBJECT, 3, 20, 4);
    refuse(&f, SKEP_E_SECTION, "no records of one size for 2 maps");
    f = fix_new();
    add_legacy(&f, rest, 5, 1);
    f.elf.parts[3].header.sh_size = 19;
    refuse(&f, SKEP_E_SECTION, "0x13 bytes");
    f = fix_new();
    elf_section(&f.elf, "maps", SHT_PROGBITS, WRITE, rest, 16);
    elf_symbol(&f.elf, "", STB_GLOBAL, STT_OBJECT, 3, 0, 16);
    refuse(&f, SKEP_E_MAP, "a name of 1 to 1023 characters");
    f = fix_new();
    elf_section(&f.elf, "maps/a", SHT_PROGBITS, WRITE, rest, 16);
    elf_symbol(&f.elf, "m", STB_GLOBAL, STT_OBJECT, 3, 4, 16);
    refuse(&f, SKEP_E_MAP, "it is at 0x4 of its section, 0x0 was expected");
}

/* ---- Global data ------------------------------------------------------------------ */

/* A section of one variable of 4 bytes at 4. */
static void add_data(struct fix *f, const char *section, const char *var,
                     uint32_t linkage, uint8_t visibility)
{
    static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    uint32_t index = elf_section(&f->elf, section, SHT_PROGBITS, WRITE, bytes, 8);
    uint32_t id = btf_var(&f->btf, var, f->u32, linkage);
    uint32_t symbol;
    Elf64_Sym *symbols;

    btf_datasec(&f->btf, section, 1);
    btf_secvar(&f->btf, id, linkage == SK_BTF_STATIC ? 4 : 0, 4);
    symbol = elf_symbol(&f->elf, var, linkage == SK_BTF_STATIC ? STB_LOCAL : STB_GLOBAL,
                        STT_OBJECT, index, 4, 4);
    symbols = (Elf64_Sym *)(void *)f->elf.parts[ELF_SYMTAB].bytes.data;
    symbols[symbol].st_other = visibility;
}

struct data_case {
    const char *section, *kernel_name;
    uint32_t linkage, flags;
    uint8_t visibility;
};

static void test_data(void **state)
{
    static const struct data_case cases[] = {
        { ".data", "a_long_n.data", SK_BTF_GLOBAL, 0x400, STV_DEFAULT },
        { ".data", "a_long_n.data", SK_BTF_STATIC, 0, STV_DEFAULT },
        { ".data.hid", ".data.hid", SK_BTF_GLOBAL, 0, STV_HIDDEN },
        { ".rodata", "a_long_n.rodata", SK_BTF_GLOBAL, 0x480, STV_DEFAULT },
        { ".rodata.custom", ".rodata.custom", SK_BTF_STATIC, 0x80, STV_DEFAULT },
        { ".data.a-b c", ".data.a_b_c", SK_BTF_GLOBAL, 0x400, STV_DEFAULT },
    };

    (void)state;
    for (size_t i = 0; i < SK_LEN(cases); i++) {
        struct fix f = fix_new();
        const struct sk_obj_map *m;
        struct sk_obj_var var;

        add_data(&f, cases[i].section, "v", cases[i].linkage, cases[i].visibility);
        accept(&f);
        m = &f.object.maps[0];
        assert_string_equal(m->name, cases[i].section);
        assert_string_equal(m->kernel_name, cases[i].kernel_name);
        assert_int_equal(m->def.kind, SK_MAP_ARRAY);
        assert_int_equal(m->def.value_size, 8);
        assert_int_equal(m->def.flags, cases[i].flags);
        assert_int_equal(m->value_type, f.btf.count);
        assert_int_equal(m->data[4], 5);
        assert_true(sk_object_var(&f.object, 0, &var));
        assert_string_equal(var.name, "v");
        assert_int_equal(var.offset, 4);
        assert_int_equal(var.size, 4);
        assert_false(sk_object_var(&f.object, 1, &var));
        fix_free(&f);
    }
}

/* Without types, symbols are the variables. */
static void test_data_without_types(void **state)
{
    struct fix f = fix_new();
    uint32_t strings =
        elf_section(&f.elf, ".rodata.str1.1", SHT_PROGBITS, SHF_ALLOC, "text", 5);
    uint32_t bss = elf_section(&f.elf, ".bss", SHT_NOBITS, WRITE, NULL, 16);
    struct sk_elf_symbol symbol;
    struct sk_obj_var var;
    uint64_t offset;

    (void)state;
    elf_symbol(&f.elf, "zero", STB_GLOBAL, STT_OBJECT, bss, 8, 8);
    elf_symbol(&f.elf, "outside", STB_GLOBAL, STT_OBJECT, bss, 9, 8);
    elf_symbol(&f.elf, "", STB_LOCAL, STT_SECTION, strings, 0, 0);
    accept(&f);
    assert_int_equal(f.object.map_count, 2);
    assert_int_equal(f.object.maps[0].def.flags, 0x80);
    assert_int_equal(f.object.maps[1].data[15], 0);
    assert_true(sk_object_var(&f.object, 0, &var));
    assert_string_equal(var.name, "zero");
    assert_int_equal(var.map, 1);
    assert_int_equal(var.btf_id, 0);
    assert_false(sk_object_var(&f.object, 1, &var));
    assert_int_equal(sk_elf_symbol(&f.object.elf, 1, &symbol, NULL), 0);
    assert_int_equal(sk_obj_map_of_symbol(&f.object, &symbol, &offset), 1);
    assert_int_equal(offset, 8);
    assert_int_equal(sk_elf_symbol(&f.object.elf, 3, &symbol, NULL), 0);
    assert_int_equal(sk_obj_map_of_symbol(&f.object, &symbol, &offset), 0);
    assert_int_equal(offset, 0);
    fix_free(&f);
}

static void test_refused_data(void **state)
{
    struct fix f = fix_new();
    size_t asked;

    (void)state;
    elf_section(&f.elf, ".bss", SHT_NOBITS, WRITE, NULL, (size_t)1 << 40);
    write_file(&f);
    assert_int_equal(open_file(&f, f.elf.file, f.elf.file_len), SKEP_E_SECTION);
    assert_non_null(strstr(f.err.message, "0x10000000000 bytes of zeros are too many"));
    asked = f.books.live;
    assert_true(asked < f.elf.file_len);
    fix_free(&f);

    f = fix_new();
    elf_section(&f.elf, ".bss", SHT_NOBITS, WRITE, NULL, 64 << 20);
    elf_section(&f.elf, ".bss.more", SHT_NOBITS, WRITE, NULL, 1);
    refuse(&f, SKEP_E_SECTION, "section '.bss.more' (index 4)");

    f = fix_new();
    for (int i = 0; i < 3; i++) {
        uint32_t data = elf_section(&f.elf, ".data.x", SHT_PROGBITS, WRITE, NULL, 0);

        f.elf.parts[data].header.sh_offset = 64;
        f.elf.parts[data].header.sh_size = 320;
    }
    refuse(&f, SKEP_E_SECTION, "it overlaps with other data");

    f = fix_new();
    add_data(&f, ".data", "v", SK_BTF_GLOBAL, 0);
    elf_section(&f.elf, ".data", SHT_PROGBITS, WRITE, "1234", 4);
    refuse(&f, SKEP_E_SECTION, "the variables of its name are those of section 3");

    f = fix_new();
    elf_section(&f.elf, ".data", SHT_PROGBITS, WRITE | SHF_COMPRESSED, "1234", 4);
    refuse(&f, SKEP_E_SECTION, "it is compressed");

    f = fix_new();
    add_data(&f, ".data", "v", SK_BTF_GLOBAL, 0);
    f.elf.parts[3].header.sh_size = 7;
    refuse(&f, SKEP_E_MAP, "map '.data': its variable 'v', 4 bytes at 0x4, does not lie");

    f = fix_new();
    elf_section(&f.elf, ".addr_space.1", SHT_PROGBITS, WRITE, "1234", 4);
    refuse(&f, SKEP_E_SECTION, "no map is one");
}

static void test_arena(void **state)
{
    struct fix f = fix_new();
    struct attr attrs[] = { { "type", number(&f, SK_MAP_ARENA) },
                            { "max_entries", number(&f, 1) } };
    struct sk_obj_var var;

    (void)state;
    declare_one(&f, attrs, 2);
    add_data(&f, ".addr_space.1", "v", SK_BTF_GLOBAL, 0);
    accept(&f);
    assert_int_equal(f.object.map_count, 1);
    assert_int_equal(f.object.maps[0].data_size, 8);
    assert_int_equal(f.object.maps[0].data[7], 8);
    assert_true(sk_object_var(&f.object, 0, &var));
    assert_int_equal(var.offset, 4);
    fix_free(&f);
}

/* ---- .kconfig --------------------------------------------------------------------- */

static void add_extern(struct fix *f, const char *name, uint32_t type, int bind,
                       uint32_t *var)
{
    elf_symbol(&f->elf, name, bind, STT_NOTYPE, SHN_UNDEF, 0, 0);
    *var = btf_var(&f->btf, name, type, SK_BTF_EXTERN);
}

/* The externs that libbpf was asked about. */
static void add_kconfig(struct fix *f, int bind)
{
    uint32_t boolean = btf_int(&f->btf, "_Bool", 1, SK_BTF_BOOL);
    uint32_t i16 = btf_int(&f->btf, "short", 2, SK_BTF_SIGNED), vars[7];
    uint32_t byte = btf_int(&f->btf, "unsigned char", 1, 0);
    uint32_t tristate = btf_type(&f->btf, "libbpf_tristate", SK_BTF_ENUM, 1, 4);

    btf_name(&f->btf, "TRI_NO");
    btf_word(&f->btf, 0);
    add_extern(f, "CONFIG_B", boolean, bind, &vars[0]);
    add_extern(f, "CONFIG_T", tristate, bind, &vars[1]);
    add_extern(f, "CONFIG_STR", btf_array(&f->btf, f->u8, 4), bind, &vars[2]);
    add_extern(f, "CONFIG_SH", i16, bind, &vars[3]);
    add_extern(f, "CONFIG_C", f->u8, bind, &vars[4]);
    add_extern(f, "CONFIG_UC", byte, bind, &vars[5]);
    add_extern(f, "LINUX_KERNEL_VERSION", f->u32, bind, &vars[6]);
    btf_datasec(&f->btf, ".kconfig", 7);
    for (int i = 0; i < 7; i++)
        btf_secvar(&f->btf, vars[i], 0, 4);
}

struct config_case {
    const char *text;
    const char *expected; /* the value, or the words that refuse it */
};

/* T at 0, VERSION at 4, SH at 8, B at 10, C at 11, UC at 12, STR at 13. */
static const struct config_case configs[] = {
    { "CONFIG_SH=-5\n", "\0\0\0\0\7\2\1\0\xfb\xff\0\0\0\0\0\0\0" },
    { "CONFIG_T=yes\nCONFIG_T=m", "\1\0\0\0\7\2\1\0\0\0\0\0\0\0\0\0\0" },
    { "CONFIG_T=m", "\2\0\0\0\7\2\1\0\0\0\0\0\0\0\0\0\0" },
    { "CONFIG_B=y", "\0\0\0\0\7\2\1\0\0\0\1\0\0\0\0\0\0" },
    { "CONFIG_C=y", "\0\0\0\0\7\2\1\0\0\0\0y\0\0\0\0\0" },
    { "CONFIG_C=-128", "\0\0\0\0\7\2\1\0\0\0\0\x80\0\0\0\0\0" },
    { "CONFIG_UC=255", "\0\0\0\0\7\2\1\0\0\0\0\0\xff\0\0\0\0" },
    { "CONFIG_SH=010", "\0\0\0\0\7\2\1\0\x08\0\0\0\0\0\0\0\0" },
    { "CONFIG_SH=0x7fff", "\0\0\0\0\7\2\1\0\xff\x7f\0\0\0\0\0\0\0" },
    { "CONFIG_STR=\"ab\"", "\0\0\0\0\7\2\1\0\0\0\0\0\0ab\0\0" },
    { "CONFIG_STR=\"\"", "\0\0\0\0\7\2\1\0\0\0\0\0\0\0\0\0\0" },
    { "CONFIG_STR=\"abcdef\"", "\0\0\0\0\7\2\1\0\0\0\0\0\0abc\0" },
    { "CONFIG_STRANGE=\"\n# CONFIG_B is not set\nCONFIG_S=1\nX\n",
      "\0\0\0\0\7\2\1\0\0\0\0\0\0\0\0\0\0" },
};

static const struct config_case bad_configs[] = {
    { "CONFIG_B=1", "extern 'CONFIG_B': the kernel's configuration has '1'" },
    { "CONFIG_B=m", "that is for a char or enum libbpf_tristate" },
    { "CONFIG_T=1", "that is for an integer or a char" },
    { "CONFIG_SH=40000", "does not fit" },
    { "CONFIG_SH=-32769", "does not fit" },
    { "CONFIG_SH=y", "that is for a bool" },
    { "CONFIG_C=200", "does not fit" },
    { "CONFIG_UC=256", "does not fit" },
    { "CONFIG_UC=-1", "does not fit" },
    { "CONFIG_SH=5x", "that is no number" },
    { "CONFIG_SH=-", "that is no number" },
    { "CONFIG_SH=99999999999999999999", "that is no number" },
    { "CONFIG_STR=\"", "the closing quote is missing" },
    { "CONFIG_STR=\"x", "the closing quote is missing" },
    { "CONFIG_STR=5", "that is for an integer or a char" },
    { "CONFIG_SH=\"x\"", "that is for an array of char" },
    { "\nCONFIG_SH=", "a line NAME=VALUE" },
    { "CONFIG_UNUSED", "a line NAME=VALUE" },
    { "CONFIG_", "a line NAME=VALUE" },
};

static enum skep_code resolve(struct fix *f, const char *text, size_t len)
{
    char *copy = malloc(len + 1);
    enum skep_code code;

    assert_non_null(copy);
    memcpy(copy, text, len);
    f->object.kernel.config = copy;
    f->object.kernel.config_len = len;
    f->object.kernel.version = 0x10207;
    code = sk_obj_resolve_externs(&f->object, &f->err);
    free(copy);
    return code;
}

static void test_kconfig(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_LEN(configs); i++) {
        struct fix f = fix_new();
        const struct sk_obj_map *m;

        add_kconfig(&f, STB_WEAK);
        accept(&f);
        m = &f.object.maps[0];
        assert_string_equal(m->kernel_name, "a_long_.kconfig");
        assert_int_equal(m->def.flags, 0x480);
        assert_int_equal(m->def.value_size, 17);
        assert_int_equal(resolve(&f, configs[i].text, strlen(configs[i].text)), SKEP_OK);
        assert_memory_equal(m->data, configs[i].expected, 17);
        fix_free(&f);
    }
}

static void test_refused_kconfig(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_LEN(bad_configs); i++) {
        struct fix f = fix_new();

        add_kconfig(&f, STB_WEAK);
        accept(&f);
        assert_int_not_equal(
            resolve(&f, bad_configs[i].text, strlen(bad_configs[i].text)), SKEP_OK);
        if (!strstr(f.err.message, bad_configs[i].expected))
            print_error("%s\n", f.err.message);
        assert_non_null(strstr(f.err.message, bad_configs[i].expected));
        fix_free(&f);
    }
}

/* Bytes that are no text; a strong extern without a value. */
static void test_strange_kconfig(void **state)
{
    struct fix f = fix_new();
    const struct sk_obj_extern *ext;

    (void)state;
    add_kconfig(&f, STB_GLOBAL);
    accept(&f);
    assert_int_equal(resolve(&f, "CONFIG_B\0=y", 11), SKEP_E_SYNTAX);
    assert_int_equal(resolve(&f, "CONFIG_B=y\n\n", 12), SKEP_OK);
    ext = sk_obj_extern_of(&f.object, 1);
    assert_int_equal(sk_obj_need_extern(&f.object, ext, &f.err), SKEP_OK);
    ext = sk_obj_extern_of(&f.object, 2);
    assert_int_equal(sk_obj_need_extern(&f.object, ext, &f.err), SKEP_E_EXTERN);
    assert_string_equal(f.err.message,
                        "extern 'CONFIG_T': the kernel's configuration does not have it");
    assert_null(sk_obj_extern_of(&f.object, 0));
    assert_null(sk_obj_extern_of(&f.object, 8));
    fix_free(&f);
}

/* ---- .ksyms ----------------------------------------------------------------------- */

static int find_symbol(void *ctx, const char *name, uint64_t *address)
{
    (void)ctx;
    if (strcmp(name, "there"))
        return 0;
    *address = 0x1234;
    return 1;
}

/* Externs: symbols 1 to 6. */
static void add_ksyms(struct fix *f)
{
    uint32_t none = btf_type(&f->btf, "", SK_BTF_CONST, 0, 0), vars[6];
    uint32_t proto = btf_type(&f->btf, "", SK_BTF_FUNC_PROTO, 0, f->u32);

    add_extern(f, "there", none, STB_GLOBAL, &vars[0]);
    add_extern(f, "absent", none, STB_WEAK, &vars[1]);
    add_extern(f, "runqueues", f->u64, STB_GLOBAL, &vars[2]);
    elf_symbol(&f->elf, "kfunc___old", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0, 0);
    vars[3] = btf_type(&f->btf, "kfunc___old", SK_BTF_FUNC, SK_BTF_EXTERN, proto);
    elf_symbol(&f->elf, "pointer", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0, 0);
    vars[4] = btf_var(&f->btf, "pointer", btf_ptr(&f->btf, f->u64), SK_BTF_EXTERN);
    elf_symbol(&f->elf, "undeclared", STB_WEAK, STT_NOTYPE, SHN_UNDEF, 0, 0);
    btf_datasec(&f->btf, ".ksyms", 5);
    for (int i = 0; i < 5; i++)
        btf_secvar(&f->btf, vars[i], 0, 4);
}

static void need(struct fix *f, uint32_t symbol, const char *why)
{
    const struct sk_obj_extern *ext = sk_obj_extern_of(&f->object, symbol);

    assert_non_null(ext);
    if (!why) {
        assert_int_equal(sk_obj_need_extern(&f->object, ext, &f->err), SKEP_OK);
        return;
    }
    assert_int_equal(sk_obj_need_extern(&f->object, ext, &f->err), SKEP_E_EXTERN);
    if (!strstr(f->err.message, why))
        print_error("%s\n", f->err.message);
    assert_non_null(strstr(f->err.message, why));
}

static void test_ksyms(void **state)
{
    struct fix f = fix_new();
    struct btf_image b = btf_new();
    uint32_t u64 = btf_int(&b, "u64", 8, 0), rq = btf_var(&b, "runqueues", u64, 1);
    uint32_t proto = btf_type(&b, "", SK_BTF_FUNC_PROTO, 0, u64);
    uint32_t func = btf_type(&b, "kfunc", SK_BTF_FUNC, 1, proto);
    struct sk_mem mem = sk_mem_default();
    struct sk_btf kernel;
    const struct sk_btf *list[1] = { &kernel };

    (void)state;
    btf_var(&b, "pointer", u64, 1);
    btf_write(&b);
    assert_int_equal(sk_btf_open(&kernel, &mem, b.file, b.file_len, NULL, NULL, &f.err),
                     0);
    add_ksyms(&f);
    accept(&f);
    assert_int_equal(f.object.map_count, 0);
    f.object.kernel.btf = list;
    f.object.kernel.btf_count = 1;
    f.object.kernel.symbol = find_symbol;
    assert_int_equal(sk_obj_resolve_externs(&f.object, &f.err), SKEP_OK);
    need(&f, 1, NULL);
    assert_int_equal(sk_obj_extern_of(&f.object, 1)->address, 0x1234);
    need(&f, 2, NULL);
    assert_int_equal(sk_obj_extern_of(&f.object, 2)->is_found, 0);
    need(&f, 3, NULL);
    assert_int_equal(sk_obj_extern_of(&f.object, 3)->kernel_btf_id, rq);
    need(&f, 4, NULL);
    assert_int_equal(sk_obj_extern_of(&f.object, 4)->kernel_btf_id, func);
    need(&f, 5, "another type");
    need(&f, 6, "no DATASEC");
    fix_free(&f);
    sk_btf_close(&kernel);
    btf_free(&b);
}

static void test_ksyms_without_kernel(void **state)
{
    struct fix f = fix_new();

    (void)state;
    add_ksyms(&f);
    accept(&f);
    assert_int_equal(sk_obj_resolve_externs(&f.object, &f.err), SKEP_OK);
    need(&f, 1, "extern 'there': it is a symbol of the kernel, and none are given");
    need(&f, 2, NULL);
    need(&f, 3, "the kernel's types are not given");
    fix_free(&f);
}

/* ---- All together ----------------------------------------------------------------- */

/* An object with some of everything. */
static struct fix everything(void)
{
    static const uint32_t old[] = { 1, 4, 8, 100, 1 };
    struct fix f = fix_new();

    add_prog_array(&f, 2);
    add_legacy(&f, old, 5, 1);
    annotate(&f, "____btf_map_old0", "key", f.u32, f.u64);
    add_data(&f, ".data", "v", SK_BTF_GLOBAL, 0);
    add_data(&f, ".rodata", "r", SK_BTF_STATIC, 0);
    elf_section(&f.elf, ".bss", SHT_NOBITS, WRITE, NULL, 16);
    add_kconfig(&f, STB_WEAK);
    add_ksyms(&f);
    write_file(&f);
    return f;
}

static void test_no_memory(void **state)
{
    struct fix f = everything();
    size_t calls, unharmed = 0;

    (void)state;
    assert_int_equal(open_file(&f, f.elf.file, f.elf.file_len), SKEP_OK);
    assert_int_equal(resolve(&f, "CONFIG_B=y", 10), SKEP_OK);
    calls = f.books.calls;
    assert_true(calls > 5);
    close_object(&f);
    for (size_t i = 1; i <= calls; i++) {
        f.books = (struct books){ .fail_at = i };
        if (!open_file(&f, f.elf.file, f.elf.file_len) && !resolve(&f, "CONFIG_B=y", 10))
            unharmed++; /* giving room back may fail */
        else
            assert_int_equal(f.err.code, SKEP_E_NO_MEMORY);
        close_object(&f);
        assert_int_equal(f.books.live, 0);
    }
    assert_true(unharmed <= 1);
    fix_free(&f);
}

/* Every byte, made another one in some ways: nothing is read outside of the file, and memory
 * stays in proportion. (A sanitizer sees the former.) */
static void test_mutations(void **state)
{
    static const uint8_t changes[] = { 1, 0x80, 0xff, 0x10 };
    struct fix f = everything();
    size_t len = f.elf.file_len;

    (void)state;
    for (size_t at = 0; at < len; at++) {
        for (size_t i = 0; i < SK_LEN(changes); i++) {
            f.elf.file[at] ^= changes[i];
            if (!open_file(&f, f.elf.file, len))
                (void)resolve(&f, "CONFIG_B=y\nCONFIG_STR=\"ab\"\nCONFIG_SH=4", 38);
            close_object(&f);
            f.elf.file[at] ^= changes[i];
        }
    }
    fix_free(&f);
}

static void test_truncations(void **state)
{
    struct fix f = everything();

    (void)state;
    for (size_t len = 0; len < f.elf.file_len; len++) {
        uint8_t *copy = malloc(len ? len : 1);

        assert_non_null(copy);
        memcpy(copy, f.elf.file, len);
        assert_int_not_equal(open_file(&f, copy, len), SKEP_OK);
        close_object(&f);
        free(copy);
    }
    fix_free(&f);
}

/* Many maps, all of one type: what is kept is at most 8 times the file. */
static void test_memory(void **state)
{
    struct fix f = fix_new();
    struct attr attrs[] = { { "type", number(&f, SK_MAP_HASH_OF_MAPS) },
                            { "values", 0 } };
    struct attr inner[] = { { "type", number(&f, SK_MAP_ARRAY) } };
    uint32_t section = elf_section(&f.elf, ".maps", SHT_PROGBITS, WRITE, NULL, 16000);
    uint32_t type, vars[1000];

    (void)state;
    attrs[1].type = values(&f, declaration(&f, inner, 1));
    type = declaration(&f, attrs, 2);
    for (uint32_t i = 0; i < 1000; i++) {
        char name[16];

        snprintf(name, sizeof(name), "%u", i);
        vars[i] = btf_var(&f.btf, name, type, SK_BTF_GLOBAL);
        elf_symbol(&f.elf, name, STB_GLOBAL, STT_OBJECT, section, 16 * i, 16);
    }
    btf_datasec(&f.btf, ".maps", 1000);
    for (uint32_t i = 0; i < 1000; i++)
        btf_secvar(&f.btf, vars[i], 0, 16);
    accept(&f);
    assert_int_equal(f.object.map_count, 2000);
    assert_true(f.books.live <= 8 * f.elf.file_len);
    fix_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_more_attributes),
        cmocka_unit_test(test_ring_sizes),
        cmocka_unit_test(test_dropped_types),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_refused_attributes),
        cmocka_unit_test(test_sizes_differ),
        cmocka_unit_test(test_refused_declarations),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_inner_maps),
        cmocka_unit_test(test_refused_slots),
        cmocka_unit_test(test_prog_array),
        cmocka_unit_test(test_struct_ops),
        cmocka_unit_test(test_struct_ops_of_kernel),
        cmocka_unit_test(test_legacy),
        cmocka_unit_test(test_annotated_legacy),
        cmocka_unit_test(test_refused_legacy),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_data_without_types),
        cmocka_unit_test(test_refused_data),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_kconfig),
        cmocka_unit_test(test_refused_kconfig),
        cmocka_unit_test(test_strange_kconfig),
        cmocka_unit_test(test_ksyms),
        cmocka_unit_test(test_ksyms_without_kernel),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
