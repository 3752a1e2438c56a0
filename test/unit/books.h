/* An allocator that keeps books, and refuses when it is told to. */
#ifndef UNIT_BOOKS_H
#define UNIT_BOOKS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct books {
    size_t live;    /* bytes */
    size_t blocks;  /* number */
    size_t calls;   /* that asked for memory */
    size_t fail_at; /* the call that gets none, from 1; 0: all get what they ask for */
    int wrong;      /* 1: an old size was not what had been asked for */
};

enum { BOOKS_HEADER = 16 }; /* before each block: its size */

static inline size_t books_size(const void *block)
{
    size_t size = 0;

    if (block)
        memcpy(&size, (const char *)block - BOOKS_HEADER, sizeof(size));
    return size;
}

/* The skep_alloc_fn; ctx is the books. */
static inline void *books_alloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct books *books = ctx;
    char *raw = ptr ? (char *)ptr - BOOKS_HEADER : NULL, *fresh;

    books->wrong |= old_size != books_size(ptr);
    if (!new_size) {
        books->live -= books_size(ptr);
        books->blocks--;
        free(raw);
        return NULL;
    }
    if (++books->calls == books->fail_at || new_size > SIZE_MAX / 2)
        return NULL;
    fresh = realloc(raw, new_size + BOOKS_HEADER);
    if (!fresh)
        return NULL;
    memcpy(fresh, &new_size, sizeof(new_size));
    books->live += new_size - old_size;
    books->blocks += !ptr;
    return fresh + BOOKS_HEADER;
}

#endif
