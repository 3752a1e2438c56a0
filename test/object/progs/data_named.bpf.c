/* Global data in sections with names of their own. */
#include "skep_bpf.h"

const volatile int red SEC(".rodata.colours") = 1;
const volatile int green SEC(".rodata.colours") = 2;
const volatile int plain = 3;
int volume SEC(".data.sound") = 11;
int quiet SEC(".bss.sound");
int quieter SEC(".bss.another_rather_long_name");
int odd_name SEC(".data.a_rather_long_name_of_a_section") = 5;

SEC("xdp")
int uses_all(void *ctx)
{
    volume += red + green + plain;
    quiet = quieter = volume;
    odd_name = quiet;
    return 0;
}

LICENSE("GPL");
