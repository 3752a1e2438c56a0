/* Tags of declarations and of types. */
#include "skep_bpf.h"

#define decl_tag(text) __attribute__((btf_decl_tag(text)))
#define type_tag(text) __attribute__((btf_type_tag(text)))

struct tagged {
    int a decl_tag("member");
    int type_tag("user") * b;
} decl_tag("structure");

struct tagged object;
int type_tag("percpu") * pointer;

decl_tag("function") __noinline
    int helper_function(struct tagged *argument decl_tag("argument"))
{
    return argument->a;
}

SEC("xdp")
decl_tag("test") int tagged_program(void *ctx)
{
    return helper_function(&object) + (pointer != 0);
}

LICENSE("GPL");
