/* What calls_sections.bpf.c would be to libbpf: its static functions are in .text. */
#define ALL_IN_TEXT
#include "calls_sections.bpf.c"
