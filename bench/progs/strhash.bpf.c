/* Two hashes of the text, byte by byte: FNV-1a in 64 bits, and one that folds letters to
 * lower case and starts again after each space.  No branch on what is read. */
#include "adapter.h"

BODY(p, end)
{
    u64 fnv = 0xcbf29ce484222325ull, words = 0, word = 5381;

    if (p + FRAME_LEN > end)
        return 0;
    AS_LOOP
    for (u32 at = FRAME_TEXT; at < FRAME_LEN; at++) {
        u64 byte = GET8(p, at);
        u64 inside = 0 - (((byte ^ ' ') + 255) >> 8); /* all ones; 0 at a space */

        HIDE(inside);
        fnv = (fnv ^ byte) * 0x100000001b3ull;
        word = ((word << 5) + word ^ (byte | 0x20)) & inside;
        words += word;
    }
    return fnv ^ words;
}
