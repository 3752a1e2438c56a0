/* Memory for code: it runs, it is never writable and executable, it has guards, and a
 * system that refuses is reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/sysreason.h"
#include "jit/execmem.h"

#if defined(__x86_64__)
static const uint8_t return_42[] = { 0xb8, 42, 0, 0, 0, 0xc3 }; /* mov eax, 42; ret */
#elif defined(__aarch64__)
static const uint8_t return_42[] = { 0x40, 0x05, 0x80, 0x52,   /* mov w0, #42 */
                                     0xc0, 0x03, 0x5f, 0xd6 }; /* ret */
#else
static const uint8_t return_42[] = { 0 };
#define NO_CODE
#endif

static int run(const struct sk_exec *exec)
{
    int (*function)(void);

    memcpy(&function, &exec->code, sizeof(function));
    return function();
}

/* ---- What the kernel says is mapped
 * ------------------------------------------------- */

struct maps {
    char rights[5]; /* of the mapping asked for, "" if there is none */
    int both;       /* mappings that are writable and executable */
};

static struct maps read_maps(const void *at)
{
    uint64_t want = (uint64_t)(uintptr_t)at;
    struct maps maps = { .both = 0 };
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        char *end;
        uint64_t first = strtoull(line, &end, 16);
        uint64_t last = strtoull(end + 1, &end, 16);

        maps.both += end[2] == 'w' && end[3] == 'x';
        if (want >= first && want < last)
            memcpy(maps.rights, end + 1, 4);
    }
    fclose(file);
    return maps;
}

static void assert_rights(const void *at, const char *rights)
{
    struct maps maps = read_maps(at);

    assert_string_equal(maps.rights, rights);
    assert_int_equal(maps.both, 0);
}

/* ---- What it is for
 * ----------------------------------------------------------------- */

static void test_code_runs(void **state)
{
    struct sk_exec exec = { 0 };

    (void)state;
    assert_int_equal(sk_exec_map(&exec, sizeof(return_42), NULL, NULL), SKEP_OK);
    assert_int_equal(exec.len, sizeof(return_42));
    memcpy(exec.code, return_42, sizeof(return_42));
    assert_int_equal(sk_exec_seal(&exec, NULL), SKEP_OK);
#ifdef NO_CODE
    print_message("skipped: no code for this machine\n");
#else
    assert_int_equal(run(&exec), 42);
#endif
    assert_memory_equal(exec.code, return_42, sizeof(return_42));
    sk_exec_unmap(&exec);
}

static void test_never_both(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), len = 3 * page + 1;
    struct sk_exec exec = { 0 };
    const uint8_t *map;

    (void)state;
    assert_int_equal(sk_exec_map(&exec, len, NULL, NULL), SKEP_OK);
    map = exec.map;
    assert_int_equal(exec.map_len, 6 * page);
    assert_ptr_equal(exec.code, map + page);
    assert_rights(map, "---p");
    assert_rights(exec.code, "rw-p");
    assert_rights(exec.code + len - 1, "rw-p");
    assert_rights(map + exec.map_len - 1, "---p");
    memset(exec.code, 0xcc, len);
    assert_int_equal(sk_exec_seal(&exec, NULL), SKEP_OK);
    assert_rights(map, "---p");
    assert_rights(exec.code, "r-xp");
    assert_rights(exec.code + len - 1, "r-xp");
    assert_rights(map + exec.map_len - 1, "---p");
    sk_exec_unmap(&exec);
    assert_null(exec.map);
    assert_rights(map, "");
    assert_rights(map + page, "");
}

static void test_empty(void **state)
{
    struct sk_exec exec = { 0 };

    (void)state;
    sk_exec_unmap(&exec);
    sk_exec_unmap(&exec);
    assert_null(exec.map);
    assert_int_equal(sk_exec_map(&exec, 0, NULL, NULL), SKEP_OK);
    assert_int_equal(exec.len, 0);
    assert_rights(exec.code, "rw-p");
    assert_int_equal(sk_exec_seal(&exec, NULL), SKEP_OK);
    sk_exec_unmap(&exec);
    sk_exec_unmap(&exec);
    assert_null(exec.map);
}

static void test_errno_stays(void **state)
{
    struct sk_exec exec = { 0 };

    (void)state;
    errno = 12345;
    assert_int_equal(sk_exec_map(&exec, SIZE_MAX / 2, NULL, NULL), SKEP_E_EXEC_MEMORY);
    assert_int_equal(errno, 12345);
    assert_int_equal(sk_exec_map(&exec, 1, NULL, NULL), SKEP_OK);
    assert_int_equal(sk_exec_seal(&exec, NULL), SKEP_OK);
    sk_exec_unmap(&exec);
    assert_int_equal(errno, 12345);
}

/* ---- Many, and near
 * ----------------------------------------------------------------- */

enum { MANY = 2000 };

static uint64_t distance(const void *a, const void *b)
{
    uint64_t x = (uint64_t)(uintptr_t)a, y = (uint64_t)(uintptr_t)b;

    return x < y ? y - x : x - y;
}

static void test_many(void **state)
{
    static struct sk_exec execs[MANY];

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        size_t len = 1 + i * 37 % 20000;

        assert_int_equal(sk_exec_map(&execs[i], len, read_maps, NULL), SKEP_OK);
        memset(execs[i].code, (int)(i & 0xff), len);
        assert_int_equal(sk_exec_seal(&execs[i], NULL), SKEP_OK);
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(execs[i].code[0], i & 0xff);
        assert_int_equal(execs[i].code[execs[i].len - 1], i & 0xff);
        sk_exec_unmap(&execs[i]);
    }
}

/* One struct that is moved away each time begins with the same place each time. Where the
 * library lies, and what lies around it, is this test's own program: there is room. (Of
 * the sanitizers' address space nothing is known.) */
static void test_near(void **state)
{
    struct sk_exec kept[16], exec;
    const struct sk_exec none = { 0 };
    int far = 0;

    (void)state;
    for (size_t i = 0; i < SK_LEN(kept); i++) {
        exec = none;
        assert_int_equal(sk_exec_map(&exec, 100, read_maps, NULL), SKEP_OK);
        far += distance(exec.code, read_maps) >= UINT64_C(1) << 31;
        kept[i] = exec;
    }
    for (size_t i = 0; i < SK_LEN(kept); i++)
        sk_exec_unmap(&kept[i]);
    if (far)
        print_message("%d of %zu mappings are far away\n", far, SK_LEN(kept));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(far <= 1);
#endif
}

static void test_odd_places(void **state)
{
    static const uint64_t places[] = { 1,           4095,           UINT64_C(1) << 31,
                                       0x7ffff000u, UINT64_MAX / 2, UINT64_MAX };

    (void)state;
    for (size_t i = 0; i < SK_LEN(places); i++) {
        struct sk_exec exec = { 0 };

        assert_int_equal(sk_exec_map(&exec, 1, (void *)(uintptr_t)places[i], NULL),
                         SKEP_OK);
        exec.code[0] = 1;
        sk_exec_unmap(&exec);
    }
}

/* ---- Guards
 * ------------------------------------------------------------------------- */

/* The signal that a child dies of that touches the byte; 0 if it lives. */
static int signal_at(volatile uint8_t *at)
{
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        const struct rlimit no_core = { 0, 0 };

        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGSEGV, SIG_DFL); /* the sanitizers catch it */
        (void)*at;
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_guards(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct sk_exec exec = { 0 };

    (void)state;
    assert_int_equal(sk_exec_map(&exec, page, NULL, NULL), SKEP_OK);
    for (int sealed = 0; sealed < 2; sealed++) {
        assert_int_equal(signal_at(exec.code), 0);
        assert_int_equal(signal_at(exec.code + page - 1), 0);
        assert_int_equal(signal_at(exec.code - 1), SIGSEGV);
        assert_int_equal(signal_at(exec.map), SIGSEGV);
        assert_int_equal(signal_at(exec.code + page), SIGSEGV);
        assert_int_equal(signal_at(exec.map + exec.map_len - 1), SIGSEGV);
        if (!sealed)
            assert_int_equal(sk_exec_seal(&exec, NULL), SKEP_OK);
    }
    sk_exec_unmap(&exec);
}

/* ---- Refusals
 * ----------------------------------------------------------------------- */

static void test_too_long(void **state)
{
    static const size_t lengths[] = { SIZE_MAX, SIZE_MAX - 4096, SIZE_MAX - 3 * 4096,
                                      SIZE_MAX / 2 };
    struct sk_exec exec, before;
    struct skep_err err;

    (void)state;
    memset(&exec, 0x5a, sizeof(exec));
    before = exec;
    for (size_t i = 0; i < SK_LEN(lengths); i++) {
        assert_int_equal(sk_exec_map(&exec, lengths[i], read_maps, &err),
                         SKEP_E_EXEC_MEMORY);
        assert_string_equal(err.message, "no memory for native code: mmap refused: "
                                         "out of memory or mappings (ENOMEM)");
        assert_memory_equal(&exec, &before, sizeof(exec));
    }
}

/* From now on, `call` gives EPERM if its third argument has one of the bits of `rights`
 * (0: always). Returns 0, or the errno. */
static int forbid(long call, uint32_t rights)
{
    const uint16_t has = rights ? BPF_JSET : BPF_JGE; /* no number is below 0 */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP((uint16_t)(BPF_JMP | BPF_K | has), rights, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { .len = SK_LEN(code), .filter = code };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return errno;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? errno : 0;
}

/* How much address space the process has, in pages. */
static unsigned long pages_mapped(void)
{
    char text[64] = "";
    FILE *file = fopen("/proc/self/statm", "r");

    if (file) {
        setbuf(file, NULL);
        if (!fgets(text, sizeof(text), file))
            text[0] = 0;
        fclose(file);
    }
    return strtoul(text, NULL, 10);
}

/* Linux's own means, from 6.3 on. Returns 0, or the errno. */
static int deny_write_execute(void)
{
    enum { SET_MDWE = 65, REFUSE_EXEC_GAIN = 1 };

    return prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) ? errno : 0;
}

/* What a child met to which something is forbidden: its exit status. */
enum outcome {
    AS_EXPECTED,
    NOT_FORBIDDEN, /* the system has no such means, or does not let it be used */
    NOT_REFUSED,
    WRONG_ERROR,
    STRUCT_CHANGED,
    STILL_MAPPED,
};

static int is_refusal(const struct skep_err *err, const char *text)
{
    char want[SKEP_MESSAGE_MAX];

    snprintf(want, sizeof(want), "no memory for native code: %s", text);
    return err->code == SKEP_E_EXEC_MEMORY && !strcmp(err->message, want);
}

static enum outcome map_is_refused(long call, const char *text)
{
    struct sk_exec exec, before;
    struct skep_err err;
    unsigned long pages;

    memset(&exec, 0x5a, sizeof(exec));
    before = exec;
    if (forbid(call, call == SYS_mprotect ? PROT_WRITE : 0))
        return NOT_FORBIDDEN;
    pages = pages_mapped();
    if (!sk_exec_map(&exec, 10000, map_is_refused, &err))
        return NOT_REFUSED;
    if (!is_refusal(&err, text))
        return WRONG_ERROR;
    if (memcmp(&exec, &before, sizeof(exec)) != 0)
        return STRUCT_CHANGED;
    return pages_mapped() == pages ? AS_EXPECTED : STILL_MAPPED;
}

static enum outcome seal_is_refused(long call, const char *text)
{
    struct sk_exec exec = { 0 };
    const struct sk_exec none = { 0 };
    struct skep_err err;
    unsigned long pages;

    if (call == SYS_prctl ? deny_write_execute() : forbid(call, PROT_EXEC))
        return NOT_FORBIDDEN;
    pages = pages_mapped();
    if (sk_exec_map(&exec, 10000, seal_is_refused, &err))
        return WRONG_ERROR;
    if (!sk_exec_seal(&exec, &err))
        return NOT_REFUSED;
    if (!is_refusal(&err, text))
        return WRONG_ERROR;
    if (memcmp(&exec, &none, sizeof(exec)) != 0)
        return STRUCT_CHANGED;
    return pages_mapped() == pages ? AS_EXPECTED : STILL_MAPPED;
}

static void in_child(enum outcome (*what)(long, const char *), long call,
                     const char *text)
{
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (!child)
        _exit((int)what(call, text));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_FORBIDDEN) {
        print_message("skipped: this system does not let a process forbid itself that\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), AS_EXPECTED);
}

static void test_no_mapping(void **state)
{
    (void)state;
    in_child(map_is_refused, SYS_mmap, "mmap refused: not permitted (EPERM)");
}

static void test_no_writing(void **state)
{
    (void)state;
    in_child(map_is_refused, SYS_mprotect, "mprotect refused: not permitted (EPERM)");
}

/* What systemd's MemoryDenyWriteExecute= does. */
static void test_no_executing(void **state)
{
    (void)state;
    in_child(seal_is_refused, SYS_mprotect, "mprotect refused: not permitted (EPERM)");
}

static void test_no_gaining(void **state)
{
    (void)state;
    in_child(seal_is_refused, SYS_prctl, "mprotect refused: access denied (EACCES)");
}

static void test_reasons(void **state)
{
    char room[SK_SYSREASON];

    (void)state;
    assert_string_equal(sk_sysreason(EACCES, room), "access denied (EACCES)");
    assert_string_equal(sk_sysreason(4095, room), "error 4095");
    assert_string_equal(sk_sysreason(INT32_MIN, room), "error -2147483648");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_runs),  cmocka_unit_test(test_never_both),
        cmocka_unit_test(test_empty),      cmocka_unit_test(test_errno_stays),
        cmocka_unit_test(test_many),       cmocka_unit_test(test_near),
        cmocka_unit_test(test_odd_places), cmocka_unit_test(test_guards),
        cmocka_unit_test(test_too_long),   cmocka_unit_test(test_no_mapping),
        cmocka_unit_test(test_no_writing), cmocka_unit_test(test_no_executing),
        cmocka_unit_test(test_no_gaining), cmocka_unit_test(test_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
