/* Programs with notes: names, prototypes, source lines and poisoned instructions in texts, as
 * bpftool has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <skep_native.h>
#include <skep_text.h>

#include "api/vm.h"
#include "text/text.h"

static const struct sk_note_function functions[] = {
    { 0, "prog", "bpf_prog_0011223344556677_prog", "int prog(struct xdp_md * ctx)" },
    { 7, "twice", "bpf_prog_8899aabbccddeeff_twice", "int twice(int x)" },
};
static const struct sk_note_line lines[] = {
    { 0, "a/b.c", "int prog(struct xdp_md *ctx)", 3, 0 },
    { 2, "a/b.c", "if (*v > limit)\x1b[2J", 4, 9 },
    { 7, "a/b.c", "return x * 2;", 1, 50 },
};
static const struct sk_note_poison poisons[] = { { 3, "field 'pid' is not there" } };
static const char *const map_names[] = { "seen", "t.bss" };
static const struct sk_note_variable variables[] = { { 2, 8, 4, "limit" } };

static const char source[] = "r1 = map[id:2][0]+8\n"
                             "r2 = map[id:1]\n"
                             "r0 = 0\n"
                             "call pc+1\n"
                             "exit\n"
                             "w0 <<= 1\n"
                             "exit\n";

struct bench {
    skep_vm *vm;
    skep_prog *prog;
    struct skep_err err;
};

static int set_up(void **state)
{
    static struct bench b;
    static struct sk_map *maps[2];
    struct skep_load_opts opts = { .engine = SKEP_ENGINE_INTERP };
    struct sk_notes *notes;
    void *slots;
    size_t len;

    assert_int_equal(skep_vm_new(NULL, &b.vm, &b.err), SKEP_OK);
    b.prog = sk_mem_new(&b.vm->mem, 1, sizeof(*b.prog));
    assert_int_equal(skep_asm(b.vm, source, strlen(source), NULL, &slots, &len, &b.err),
                     SKEP_OK);
    assert_int_equal(
        sk_prog_init(&b.prog->image.prog, &b.vm->env, NULL, slots, len, &b.err), SKEP_OK);
    skep_release(b.vm, slots, len);
    notes = &b.prog->image.prog.notes;
    notes->functions = functions;
    notes->function_count = 2;
    notes->lines = lines;
    notes->line_count = 3;
    notes->poisons = poisons;
    notes->poison_count = 0;
    notes->map_names = map_names;
    notes->maps = maps;
    notes->map_count = 2;
    notes->variables = variables;
    notes->variable_count = 1;
    assert_int_equal(sk_prog_function_of(&b.prog->image.prog, 7), 1);
    notes->map_count = 0; /* none of them is there */
    assert_int_equal(sk_api_make_code(b.prog, &opts, &b.err), SKEP_OK);
    notes->map_count = 2;
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    skep_prog_free(b->prog);
    skep_vm_free(b->vm);
    return 0;
}

struct text {
    char text[4096];
    size_t len;
};

static int collect(void *ctx, const char *text, size_t len)
{
    struct text *t = ctx;

    assert_true(t->len + len < sizeof(t->text));
    memcpy(t->text + t->len, text, len);
    t->text[t->len += len] = 0;
    return 0;
}

static void test_list(void **state)
{
    struct bench *b = *state;
    struct text t = { .len = 0 };

    assert_int_equal(skep_list(b->prog, 0, collect, &t, &b->err), SKEP_OK);
    assert_string_equal(t.text, "int prog(struct xdp_md * ctx):\n"
                                "; int prog(struct xdp_md *ctx)\n"
                                "   0: (18) r1 = map[id:2][0]+8\n"
                                "; if (*v > limit)\\x1b[2J\n"
                                "   2: (18) r2 = map[id:1]\n"
                                "   4: (b7) r0 = 0\n"
                                "   5: (85) call pc+1#bpf_prog_8899aabbccddeeff_twice\n"
                                "   6: (95) exit\n"
                                "int twice(int x):\n"
                                "; return x * 2;\n"
                                "   7: (64) w0 <<= 1\n"
                                "   8: (95) exit\n");
}

static void test_linum(void **state)
{
    struct bench *b = *state;
    struct text t = { .len = 0 };

    assert_int_equal(skep_list(b->prog, SKEP_LIST_LINUM, collect, &t, &b->err), SKEP_OK);
    assert_non_null(strstr(t.text, "; int prog(struct xdp_md *ctx) "
                                   "[file:a/b.c line_num:3 line_col:0]\n"));
    assert_non_null(
        strstr(t.text, "; return x * 2; [file:a/b.c line_num:1 line_col:50]\n"));
}

/* What is listed can be assembled again. */
static void test_round_trip(void **state)
{
    struct bench *b = *state;
    uint32_t flags[] = { 0, SKEP_LIST_LINUM, SKEP_LIST_OPCODES | SKEP_LIST_LINUM };

    for (size_t i = 0; i < 3; i++) {
        struct text t = { .len = 0 };
        void *slots;
        size_t len;

        assert_int_equal(skep_list(b->prog, flags[i], collect, &t, &b->err), SKEP_OK);
        if (skep_asm(b->vm, t.text, t.len, NULL, &slots, &len, &b->err) != SKEP_OK)
            fail_msg("%u:%u: %s in\n%s", b->err.line, b->err.column, b->err.message,
                     t.text);
        assert_int_equal(len, 9 * 8);
        assert_memory_equal(slots, skep_prog_bytes(b->prog), len);
        skep_release(b->vm, slots, len);
    }
}

static void test_visual(void **state)
{
    struct bench *b = *state;
    struct text t = { .len = 0 };

    assert_int_equal(skep_list_visual(b->prog, collect, &t, &b->err), SKEP_OK);
    assert_non_null(strstr(t.text,
                           "label=\"{; int\\ prog(struct\\ xdp_md\\ *\\ ctx):\\l\\\n"
                           "; int\\ prog(struct\\ xdp_md\\ *ctx)\\l\\\n"
                           "   0: (18) r1 = map[id:2][0]+8\\l\\\n"
                           " | ; if\\ (*v\\ \\>\\ limit)"));
}

static void assert_words(const struct bench *b, uint32_t pc, const char *expected)
{
    char words[200];

    skep_insn_words(b->prog, pc, words, sizeof(words));
    if (!strstr(words, expected))
        fail_msg("'%s' lacks '%s'", words, expected);
}

static void test_words(void **state)
{
    struct bench *b = *state;

    assert_words(b, 0, "map 2 (t.bss, variable limit)");
    assert_words(b, 2, "map 1 (seen)");
    assert_words(b, 5, "the function at 7 (twice)");
}

static void test_names_of_code(void **state)
{
    struct bench *b = *state;
    const struct skep_native_symbol *symbols;
    skep_native *native;
    size_t count;

    assert_int_equal(skep_compile(b->prog, NULL, &native, &b->err), SKEP_OK);
    symbols = skep_native_symbols(native, &count);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++) {
        if (symbols[i].function < 2)
            assert_string_equal(symbols[i].name, functions[symbols[i].function].name);
    }
    skep_native_free(native);
}

static void test_poison(void **state)
{
    static const struct sk_note_poison poison = { 0, "field 'pid' is not there" };
    struct skep_load_opts opts = { .engine = SKEP_ENGINE_AUTO };
    struct bench *b = *state;
    struct skep_result res = { .size = sizeof(res) };
    struct text t = { .len = 0 };
    skep_prog *prog;

    assert_int_equal(skep_load(b->vm, "call 195896080\nexit", 19, &opts, &prog, &b->err),
                     SKEP_E_STRUCT_SIZE);
    opts.size = sizeof(opts);
    assert_int_equal(skep_load(b->vm, "call 195896080\nexit", 19, &opts, &prog, &b->err),
                     SKEP_OK);
    prog->image.prog.notes.poisons = &poison;
    prog->image.prog.notes.poison_count = 1;
    assert_string_equal(skep_prog_poison(prog, 0), poison.why);
    assert_null(skep_prog_poison(prog, 1));
    assert_int_equal(skep_list(prog, 0, collect, &t, &b->err), SKEP_OK);
    assert_string_equal(t.text, "; <invalid CO-RE relocation>: field 'pid' is not there\n"
                                "   0: (85) call unknown#195896080\n"
                                "   1: (95) exit\n");
    assert_int_equal(skep_run(prog, NULL, &res, &b->err), SKEP_E_POISONED);
    assert_non_null(strstr(b->err.message, "<invalid CO-RE relocation>: field "));
    skep_prog_free(prog);
}

static void test_lookup(void **state)
{
    struct bench *b = *state;
    struct skep_function_note note = { .size = sizeof(note) };
    struct skep_line line = { .size = sizeof(line) };

    assert_int_equal(skep_prog_function_note(b->prog, 1, &note), SKEP_OK);
    assert_string_equal(note.name, "twice");
    assert_string_equal(note.proto, "int twice(int x)");
    assert_int_equal(skep_prog_function_note(b->prog, 2, &note), SKEP_E_ARGUMENT);
    assert_int_equal(skep_prog_line(b->prog, 6, &line), SKEP_OK);
    assert_int_equal(line.pc, 2);
    assert_int_equal(line.line, 4);
    assert_int_equal(line.column, 9);
    assert_int_equal(skep_prog_line(b->prog, 9, &line), SKEP_E_ARGUMENT);
}

/* The kernel's functions go by name where that can be read back as theirs: 7 and "5" cannot
 * without more, nor a name that is none, or a helper's. */
static const char of_kernel[] = "call #65900\n"
                                "call #66000@3\n"
                                "call #7\n"
                                "call #65901\n"
                                "call #65902\n"
                                "call #65903\n"
                                "r1 = var[btf:13786]+1\n"
                                "r0 = 0\n"
                                "exit\n";
static const struct sk_note_extern externs[] = {
    { 0, "bpf_task_from_pid" },   { 1, "bpf_of_module" }, { 2, "bpf_rcu_read_lock" },
    { 3, "bpf_map_lookup_elem" }, { 4, "a\nb" },          { 5, "unknown" },
    { 6, "run\x1bqueues" },
};

static void test_names_of_the_kernel(void **state)
{
    static const char expected[] = "   0: (85) call bpf_task_from_pid#65900\n"
                                   "   1: (85) call bpf_of_module#66000@3\n"
                                   "   2: (85) call bpf_rcu_read_lock#7@0\n"
                                   "   3: (85) call #65901\n"
                                   "   4: (85) call #65902\n"
                                   "   5: (85) call #65903\n"
                                   "   6: (18) r1 = var[btf:13786]+1 ; run\\x1bqueues\n"
                                   "   8: (b7) r0 = 0\n"
                                   "   9: (95) exit\n";
    struct bench *b = *state;
    struct text t = { .len = 0 };
    void *slots, *again;
    size_t len, again_len;
    struct sk_prog prog;
    struct sk_out out;

    assert_int_equal(
        skep_asm(b->vm, of_kernel, strlen(of_kernel), NULL, &slots, &len, &b->err),
        SKEP_OK);
    assert_int_equal(sk_prog_init(&prog, &b->vm->env, NULL, slots, len, &b->err),
                     SKEP_OK);
    prog.notes.externs = externs;
    prog.notes.extern_count = sizeof(externs) / sizeof(externs[0]);
    sk_out_writer(&out, collect, &t);
    sk_text_list(&out, &prog, 0);
    assert_string_equal(t.text, expected);
    assert_int_equal(skep_asm(b->vm, t.text, t.len, NULL, &again, &again_len, &b->err),
                     SKEP_OK);
    assert_int_equal(again_len, len);
    assert_memory_equal(again, slots, len);
    t.len = 0;
    sk_text_words_of(&out, &prog, 0);
    assert_string_equal(t.text,
                        "call the kernel function of BTF id 65900 "
                        "(bpf_task_from_pid) with r1 to r5; its result comes in r0");
    t.len = 0;
    sk_text_words_of(&out, &prog, 6);
    assert_string_equal(t.text, "set r1 to the address of the kernel variable of BTF id "
                                "13786 (run\\x1bqueues), BTF object 1");
    skep_release(b->vm, slots, len);
    skep_release(b->vm, again, again_len);
    sk_prog_fini(&prog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_linum, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_visual, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_of_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_poison, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lookup, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_of_the_kernel, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
