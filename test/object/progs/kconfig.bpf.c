/* Variables that stand for the kernel's configuration. */
#include "skep_bpf.h"

enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig;
extern bool CONFIG_YES __kconfig;
extern enum libbpf_tristate CONFIG_TRI_YES __kconfig;
extern enum libbpf_tristate CONFIG_MODULE __kconfig;
extern enum libbpf_tristate CONFIG_TRI_ABSENT __kconfig __weak;
extern char CONFIG_CHAR_YES __kconfig;
extern char CONFIG_CHAR_MODULE __kconfig;
extern int CONFIG_NUMBER __kconfig;
extern unsigned int CONFIG_HEX __kconfig;
extern int CONFIG_NEGATIVE __kconfig;
extern unsigned long CONFIG_LONG __kconfig;
extern u16 CONFIG_SHORT __kconfig;
extern u8 CONFIG_BYTE __kconfig;
extern s64 CONFIG_SIGNED_LONG __kconfig;
extern const char CONFIG_TEXT[32] __kconfig;
extern const char CONFIG_CUT_TEXT[5] __kconfig;
extern const char CONFIG_EMPTY[4] __kconfig;
extern bool CONFIG_ABSENT __kconfig __weak;
extern u64 CONFIG_ABSENT_NUMBER __kconfig __weak;
extern const char CONFIG_ABSENT_TEXT[16] __kconfig __weak;

SEC("xdp")
int version(void *ctx)
{
    return LINUX_KERNEL_VERSION;
}

SEC("xdp")
int features(void *ctx)
{
    return LINUX_HAS_SYSCALL_WRAPPER + LINUX_HAS_BPF_COOKIE;
}

SEC("xdp")
int flags(void *ctx)
{
    return CONFIG_YES + CONFIG_TRI_YES + CONFIG_MODULE + CONFIG_TRI_ABSENT +
           CONFIG_CHAR_YES + CONFIG_CHAR_MODULE + CONFIG_ABSENT;
}

SEC("xdp")
int numbers(void *ctx)
{
    return CONFIG_NUMBER + CONFIG_HEX + CONFIG_NEGATIVE + CONFIG_LONG + CONFIG_SHORT +
           CONFIG_BYTE + CONFIG_SIGNED_LONG + CONFIG_ABSENT_NUMBER;
}

SEC("xdp")
int texts(void *ctx)
{
    return CONFIG_TEXT[3] + CONFIG_CUT_TEXT[1] + CONFIG_EMPTY[0] + CONFIG_ABSENT_TEXT[2];
}

LICENSE("GPL");
