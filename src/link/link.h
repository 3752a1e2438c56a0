/* Linking: several objects for eBPF become one, as bpftool gen object makes it.
 *
 * Sections of one name are put behind each other, types are merged, and symbols that one
 * object has and others refer to become one symbol. Debugging information in DWARF is
 * left out.
 *
 * The files are untrusted; time is n log n for n bytes, and what is made of them is not
 * more than a few times as long. Errors name the file. */
#ifndef SK_LINK_LINK_H
#define SK_LINK_LINK_H

#include <skep_object.h>

#include "base/blob.h"

/* Adds the linked object to the blob, whose allocator is used for all else too; after an
 * error the blob is as it was. */
enum skep_code sk_link(const struct skep_link_input *inputs, size_t count,
                       struct sk_blob *blob, struct skep_err *err);

#endif
