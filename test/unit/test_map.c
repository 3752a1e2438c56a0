/* Programs that refer to maps: what references load, and which memory they may use, on every
 * engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <skep_text.h>

#include "api/vm.h"
#include "rt/map.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { DATA = 1, RODATA, BSS, HASH, MAPS };

/* Engines, as flags of runs. */
static const uint32_t engines[] = { SKEP_RUN_INTERP, 0,
                                    SKEP_RUN_INTERP | SKEP_RUN_UNCHECKED,
                                    SKEP_RUN_UNCHECKED,
                                    SKEP_RUN_UNCHECKED | SKEP_RUN_UNMETERED };

struct bench {
    skep_vm *vm;
    struct sk_map *maps[MAPS - 1];
    skep_prog *target; /* of tail calls */
    struct skep_result res;
    struct skep_err err;
};

static uint64_t tail(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                     skep_call *call)
{
    struct bench *b = skep_call_user(call);

    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    skep_call_tail(call, b->target);
    return 0;
}

static uint64_t first(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                      skep_call *call)
{
    (void)a2, (void)a3, (void)a4, (void)a5, (void)call;
    return *(const uint8_t *)(uintptr_t)a1;
}

static const struct skep_helper helpers[] = {
    { .id = 100, .name = "tail", .fn = tail },
    { .id = 101,
      .name = "first",
      .fn = first,
      .arg = { SKEP_ARG_MEM_READ, SKEP_ARG_SIZE } },
};

static struct sk_map *new_map(struct bench *b, uint32_t id, uint32_t kind,
                              uint32_t value_size, uint32_t flags, const char *name)
{
    struct sk_map_def def = { .kind = kind,
                              .key_size = 4,
                              .value_size = value_size,
                              .max_entries = 1,
                              .flags = flags };
    struct sk_map *map = NULL;

    assert_int_equal(sk_map_new(&map, &b->vm->mem, &def, name, id, &b->err), SKEP_OK);
    return map;
}

static int set_up(void **state)
{
    static struct bench b;
    struct skep_vm_opts opts = { .size = sizeof(opts),
                                 .helpers = helpers,
                                 .helper_count = LEN(helpers) };

    b = (struct bench){ .res = { .size = sizeof(b.res) } };
    assert_int_equal(skep_vm_new(&opts, &b.vm, &b.err), SKEP_OK);
    b.maps[DATA - 1] = new_map(&b, DATA, SK_MAP_ARRAY, 16, 0, "t.data");
    b.maps[RODATA - 1] =
        new_map(&b, RODATA, SK_MAP_ARRAY, 12, SK_MAP_RDONLY_PROG, "t.rodata");
    b.maps[BSS - 1] = new_map(&b, BSS, SK_MAP_ARRAY, 5, 0, "t.bss");
    b.maps[HASH - 1] = new_map(&b, HASH, SK_MAP_HASH, 8, 0, "seen");
    for (uint32_t i = 0; i < HASH - 1; i++)
        assert_int_equal(sk_map_allocate(b.maps[i], &b.vm->mem, &b.err), SKEP_OK);
    memcpy(b.maps[RODATA - 1]->values, "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc",
           12);
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    for (uint32_t i = 0; i < MAPS - 1; i++)
        sk_map_free(b->maps[i], &b->vm->mem);
    skep_vm_free(b->vm);
    return 0;
}

/* A program whose references to maps find the bench's. */
static skep_prog *load(struct bench *b, const char *text, uint32_t native)
{
    struct skep_load_opts opts = { .native = native | SKEP_NATIVE_CHECKED |
                                             SKEP_NATIVE_UNCHECKED |
                                             SKEP_NATIVE_UNMETERED };
    skep_prog *prog = sk_mem_new(&b->vm->mem, 1, sizeof(*prog));
    void *slots;
    size_t len;

    assert_non_null(prog);
    assert_int_equal(skep_asm(b->vm, text, strlen(text), NULL, &slots, &len, &b->err),
                     SKEP_OK);
    assert_int_equal(
        sk_prog_init(&prog->image.prog, &b->vm->env, NULL, slots, len, &b->err), SKEP_OK);
    skep_release(b->vm, slots, len);
    prog->image.prog.notes.maps = b->maps;
    prog->image.prog.notes.map_count = LEN(b->maps);
    assert_int_equal(sk_api_make_code(prog, &opts, &b->err), SKEP_OK);
    return prog;
}

static enum skep_code run(struct bench *b, const skep_prog *prog, uint32_t flags)
{
    struct skep_run_opts opts = { .size = sizeof(opts), .flags = flags, .user = b };

    return skep_run(prog, &opts, &b->res, &b->err);
}

/* The text's result on all engines, with constants blinded and without. */
static void assert_result(struct bench *b, const char *text, uint64_t r0)
{
    for (uint32_t blind = 0; blind < 2; blind++) {
        skep_prog *prog = load(b, text, blind ? SKEP_NATIVE_BLIND : 0);

        for (size_t i = 0; i < LEN(engines); i++) {
            memset(b->maps[DATA - 1]->values, 0, 16);
            memset(b->maps[BSS - 1]->values, 0, 8);
            assert_int_equal(run(b, prog, engines[i]), SKEP_OK);
            assert_int_equal(b->res.r0, r0);
            assert_int_equal(b->res.uninit_reads, 0);
        }
        skep_prog_free(prog);
    }
}

/* The text faults at slot pc on both checked engines, with words that say `why`. */
static void assert_fault(struct bench *b, const char *text, enum skep_code code,
                         uint32_t pc, const char *why)
{
    skep_prog *prog = load(b, text, 0);

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(run(b, prog, engines[i]), code);
        assert_int_equal(b->res.fault.pc, pc);
        if (!strstr(b->err.message, why))
            fail_msg("'%s' lacks '%s'", b->err.message, why);
    }
    skep_prog_free(prog);
}

/* ---- References --------------------------------------------------------------------- */

static void test_value(void **state)
{
    assert_result(*state,
                  "r1 = map[id:2][0]+4\n"
                  "r0 = *(u32 *)(r1 + 0)\n"
                  "exit",
                  0x88776655);
    assert_result(*state,
                  "r1 = map[id:1][0]+8\n"
                  "r2 = 7\n"
                  "*(u64 *)(r1 - 8) = r2\n"
                  "lock *(u64 *)(r1 - 8) += r2\n"
                  "r3 = map[id:1][0]+0\n"
                  "r0 = *(u64 *)(r3 + 0)\n"
                  "exit",
                  14);
}

/* Also in a program whose instructions are looked at one by one. */
static void test_tracked(void **state)
{
    struct bench *b = *state;
    skep_prog *prog = load(b,
                           "if r3 == 0 goto next\n"
                           "next: r1 = map[id:2][0]+0\n"
                           "r0 = *(u8 *)(r1 + 11)\n"
                           "exit",
                           0);

    for (size_t i = 0; i < LEN(engines); i++) {
        assert_int_equal(run(b, prog, engines[i]), SKEP_OK);
        assert_int_equal(b->res.r0, 0xcc);
    }
    skep_prog_free(prog);
}

static void test_handle(void **state)
{
    assert_result(*state, "r0 = map[id:4]\nexit", sk_map_handle(HASH));
    assert_result(*state, "r0 = map[id:1]\nexit", sk_map_handle(DATA));
    assert_fault(*state, "r1 = map[id:4]\nr0 = *(u8 *)(r1 + 0)\nexit", SKEP_E_ACCESS, 2,
                 "in no memory");
}

static void test_absent(void **state)
{
    assert_fault(*state, "r0 = map[id:5]\nexit", SKEP_E_NO_OBJECT, 0, "map 5");
    assert_fault(*state, "r0 = map[id:0]\nexit", SKEP_E_NO_OBJECT, 0, "map 0");
    assert_fault(*state, "r0 = map[id:5][0]+0\nexit", SKEP_E_NO_OBJECT, 0, "map 5");
    assert_fault(*state, "r0 = map[id:4][0]+0\nexit", SKEP_E_NO_OBJECT, 0, "map 4");
    assert_fault(*state, "r0 = map[idx:1]\nexit", SKEP_E_NO_OBJECT, 0, "map 1");
}

/* ---- Bounds ------------------------------------------------------------------------- */

static void test_bounds(void **state)
{
    assert_result(*state, "r1 = map[id:3][0]+0\nr0 = *(u8 *)(r1 + 4)\nexit", 0);
    assert_fault(*state, "r1 = map[id:3][0]+0\nr0 = *(u8 *)(r1 + 5)\nexit", SKEP_E_ACCESS,
                 2, "offset 5 of t.bss, which has 5 bytes");
    assert_fault(*state, "r1 = map[id:3][0]+5\nr0 = *(u8 *)(r1 + 0)\nexit", SKEP_E_ACCESS,
                 2, "offset 5 of t.bss, which has 5 bytes");
    assert_fault(*state, "r1 = map[id:3][0]+0\nr0 = *(u8 *)(r1 - 1)\nexit", SKEP_E_ACCESS,
                 2, "offset -1 of t.bss");
    assert_fault(*state, "r1 = map[id:2][0]+0\nr0 = *(u64 *)(r1 + 5)\nexit",
                 SKEP_E_ACCESS, 2, "offset 5 of t.rodata, which has 12 bytes");
    /* the hint of the access before does not widen it */
    assert_fault(*state,
                 "r1 = map[id:3][0]+0\n"
                 "r0 = *(u8 *)(r1 + 4)\n"
                 "r0 = *(u16 *)(r1 + 4)\n"
                 "exit",
                 SKEP_E_ACCESS, 3, "offset 4 of t.bss");
    assert_fault(*state,
                 "r1 = map[id:3][0]+0\n"
                 "*(u8 *)(r1 + 4) = 1\n"
                 "*(u8 *)(r1 + 5) = 1\n"
                 "exit",
                 SKEP_E_ACCESS, 3, "offset 5 of t.bss");
}

static void test_readonly(void **state)
{
    assert_fault(*state, "r1 = map[id:2][0]+0\n*(u8 *)(r1 + 0) = 1\nexit", SKEP_E_ACCESS,
                 2, "t.rodata is read-only");
    assert_fault(*state,
                 "r1 = map[id:2][0]+0\n"
                 "r0 = *(u8 *)(r1 + 0)\n"
                 "*(u8 *)(r1 + 0) = 1\n"
                 "exit",
                 SKEP_E_ACCESS, 3, "t.rodata is read-only");
    assert_fault(*state,
                 "r1 = map[id:2][0]+0\n"
                 "r2 = 1\n"
                 "lock *(u32 *)(r1 + 0) += r2\n"
                 "exit",
                 SKEP_E_ACCESS, 3, "t.rodata is read-only");
}

/* A map that the program does not refer to by value is not its memory. */
static void test_not_referred_to(void **state)
{
    struct bench *b = *state;
    int64_t distance = (int64_t)((uintptr_t)b->maps[BSS - 1]->values -
                                 (uintptr_t)b->maps[DATA - 1]->values);
    char text[200];

    snprintf(text, sizeof(text),
             "r1 = map[id:1][0]+0\n"
             "r2 = %lld ll\n"
             "r1 += r2\n"
             "r3 = map[id:3]\n"
             "r0 = *(u8 *)(r1 + 0)\n"
             "exit",
             (long long)distance);
    assert_fault(b, text, SKEP_E_ACCESS, 7, "");
}

static void test_helper_argument(void **state)
{
    assert_result(*state,
                  "r1 = map[id:2][0]+8\n"
                  "r2 = 4\n"
                  "call first\n"
                  "exit",
                  0x99);
    assert_fault(*state,
                 "r1 = map[id:2][0]+8\n"
                 "r2 = 5\n"
                 "call first\n"
                 "exit",
                 SKEP_E_HELPER_ARG, 3, "may not read 5 bytes");
}

/* The target's maps may be used, and those of the program before it still. */
static void test_tail_call(void **state)
{
    struct bench *b = *state;
    skep_prog *prog;

    b->target = load(b,
                     "r1 = map[id:2][0]+0\n"
                     "r0 = *(u8 *)(r1 + 1)\n"
                     "exit",
                     0);
    assert_result(b,
                  "r1 = map[id:1][0]+0\n"
                  "*(u64 *)(r1 + 0) = 1\n"
                  "call sub\n"
                  "r1 = map[id:1][0]+0\n"
                  "r2 = *(u64 *)(r1 + 0)\n"
                  "r0 += r2\n"
                  "exit\n"
                  "sub: call tail\n"
                  "exit",
                  0x23);
    prog = load(b, "call tail\nexit", 0);
    for (size_t i = 0; i < LEN(engines); i++) {
        assert_int_equal(run(b, prog, engines[i]), SKEP_OK);
        assert_int_equal(b->res.r0, 0x22);
    }
    skep_prog_free(prog);
    skep_prog_free(b->target);
}

/* ---- Many, and large ---------------------------------------------------------------- */

enum { MANY = 200 };

static void test_many(void **state)
{
    struct bench *b = *state;
    static struct sk_map *maps[MANY];
    struct skep_load_opts opts = { .native = 0 };
    struct sk_slot slot = { .opcode = 0x18, .dst = SK_R1, .src = 2 };
    static uint8_t slots[(MANY * 3 + 1) * 8];
    skep_prog *prog = sk_mem_new(&b->vm->mem, 1, sizeof(*prog));

    for (uint32_t i = 0; i < MANY; i++) {
        maps[i] = new_map(b, i + 1, SK_MAP_ARRAY, 1 + i % 9, 0, "m");
        assert_int_equal(sk_map_allocate(maps[i], &b->vm->mem, &b->err), SKEP_OK);
        slot.imm = (int32_t)i + 1;
        sk_slot_write(slots, 3 * i, slot);
        sk_slot_write(slots, 3 * i + 1, (struct sk_slot){ 0 });
        sk_slot_write(
            slots, 3 * i + 2, /* *(u8 *)(r1 + last) = 7 */
            (struct sk_slot){
                .opcode = 0x72, .dst = SK_R1, .off = (int16_t)(i % 9), .imm = 7 });
    }
    sk_slot_write(slots, 3 * MANY, (struct sk_slot){ .opcode = 0x95 });
    assert_int_equal(
        sk_prog_init(&prog->image.prog, &b->vm->env, NULL, slots, sizeof(slots), &b->err),
        SKEP_OK);
    prog->image.prog.notes.maps = maps;
    prog->image.prog.notes.map_count = MANY;
    assert_int_equal(sk_api_make_code(prog, &opts, &b->err), SKEP_OK);
    assert_int_equal(prog->image.value_count, MANY);
    for (size_t e = 0; e < 2; e++) {
        assert_int_equal(run(b, prog, engines[e]), SKEP_OK);
        for (uint32_t i = 0; i < MANY; i++) {
            assert_int_equal(maps[i]->values[i % 9], 7);
            maps[i]->values[i % 9] = 0;
        }
    }
    skep_prog_free(prog);
    for (uint32_t i = 0; i < MANY; i++)
        sk_map_free(maps[i], &b->vm->mem);
}

static void test_storage(void **state)
{
    struct bench *b = *state;
    struct sk_map_def def = { .kind = SK_MAP_ARRAY,
                              .value_size = UINT32_MAX,
                              .max_entries = UINT32_MAX };
    struct sk_map *map = NULL;

    assert_int_equal(sk_map_new(&map, &b->vm->mem, &def, "big", 1, &b->err), SKEP_OK);
    assert_int_equal(sk_map_allocate(map, &b->vm->mem, &b->err), SKEP_E_MAP);
    map->def.value_size = 12;
    map->def.max_entries = 3;
    assert_int_equal(sk_map_allocate(map, &b->vm->mem, &b->err), SKEP_OK);
    assert_int_equal(map->stride, 16);
    assert_int_equal(map->bytes, 44);
    assert_int_equal((uintptr_t)map->values % 8, 0);
    sk_map_free(map, &b->vm->mem);
    assert_int_equal(sk_map_allocate(b->maps[HASH - 1], &b->vm->mem, &b->err),
                     SKEP_E_MAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tracked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_handle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_readonly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_referred_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_helper_argument, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tail_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_storage, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
