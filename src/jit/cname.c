#include "jit/cname.h"

#include <stddef.h>
#include <string.h>

#include "base/bits.h"

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_identifier(const char *name)
{
    size_t len = 0;

    for (; name[len]; len++) {
        if (!is_letter(name[len]) && (!len || name[len] < '0' || name[len] > '9'))
            return 0;
    }
    return len > 0;
}

/* Words of C and of C++, and macros that compilers define, that headers cannot declare. */
static int is_keyword(const char *name)
{
    static const char words[] =
        " alignas alignof and and_eq asm auto bitand bitor bool break case catch char "
        "char16_t char32_t char8_t class co_await co_return co_yield compl concept const "
        "const_cast consteval constexpr constinit continue decltype default delete do "
        "double dynamic_cast else enum explicit export extern false float for friend goto "
        "if inline int linux long mutable namespace new noexcept not not_eq nullptr "
        "operator or or_eq private protected public register reinterpret_cast requires "
        "restrict return short signed sizeof static static_assert static_cast struct "
        "switch template this thread_local throw true try typedef typeid typename typeof "
        "typeof_unqual union unix unsigned using virtual void volatile wchar_t while xor "
        "xor_eq ";
    const char *at = words;
    size_t len = strlen(name);

    while ((at = strstr(at, name)) && (at[-1] != ' ' || at[len] != ' '))
        at += len;
    return at != NULL;
}

/* Names that C keeps for compilers and their headers (C23, 6.4.2.1). */
static int is_reserved(const char *name)
{
    return name[0] == '_' && (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z'));
}

static int begins_with(const char *name, const char *with)
{
    return !strncmp(name, with, strlen(with));
}

static int ends_with(const char *name, const char *with)
{
    size_t len = strlen(name), end = strlen(with);

    return len >= end && !strcmp(name + len - end, with);
}

/* Names that <stdint.h>, which the header includes, has or may have (C23, 7.22, 7.33.15). */
static int is_of_stdint(const char *name)
{
    static const char *const others[] = { "PTRDIFF_", "SIG_ATOMIC_", "SIZE_", "WCHAR_",
                                          "WINT_" };
    int limit =
        ends_with(name, "_MAX") || ends_with(name, "_MIN") || ends_with(name, "_WIDTH");

    if (begins_with(name, "int") || begins_with(name, "uint"))
        return ends_with(name, "_t");
    if (begins_with(name, "INT") || begins_with(name, "UINT"))
        return limit || ends_with(name, "_C");
    for (size_t i = 0; limit && i < SK_LEN(others); i++) {
        if (begins_with(name, others[i]))
            return 1;
    }
    return 0;
}

const char *sk_cname_wrong(const char *name)
{
    if (strlen(name) > SK_CNAME_MAX)
        return "is longer than 255 characters";
    if (!is_identifier(name))
        return "is no identifier of C";
    if (is_keyword(name))
        return "is a word of C's or C++'s own";
    if (is_reserved(name))
        return "is kept for compilers";
    if (is_of_stdint(name))
        return "is kept for <stdint.h>";
    return strcmp(name, "main") ? NULL : "is C's own function";
}
