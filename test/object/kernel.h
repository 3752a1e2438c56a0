/* The kernel that libbpf thinks it runs on: a folder with the files
 *
 *     btf         BTF of the kernel, raw or in an ELF file
 *     module      split BTF of a module; there need not be one
 *     config      its configuration
 *     symbols     as /proc/kallsyms
 *     release     as uname -r
 *
 * take the place of the running kernel's. The linker puts kernel.c before the C library and
 * zlib (--wrap=open and others). */
#ifndef OBJECT_KERNEL_H
#define OBJECT_KERNEL_H

/* `folder` is borrowed; NULL: the running kernel. */
void kernel_set(const char *folder);

#endif
