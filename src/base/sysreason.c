/* Error numbers as text. Named are those that mapping memory and writing files meet. */
#include "base/sysreason.h"

#include <errno.h>
#include <stdio.h>

const char *sk_sysreason(int number, char room[SK_SYSREASON])
{
    switch (number) {
    case EACCES:
        return "access denied (EACCES)";
    case EPERM:
        return "not permitted (EPERM)";
    case ENOMEM:
        return "out of memory or mappings (ENOMEM)";
    case EAGAIN:
        return "too much locked memory, or busy (EAGAIN)";
    case ENOENT:
        return "no such directory (ENOENT)";
    case ELOOP:
        return "it is a symbolic link (ELOOP)";
    case EROFS:
        return "read-only file system (EROFS)";
    case ENOSPC:
        return "no space left (ENOSPC)";
    case EDQUOT:
        return "disk quota exceeded (EDQUOT)";
    case EFBIG:
        return "file too large (EFBIG)";
    case EIO:
        return "input/output error (EIO)";
    case EMFILE:
    case ENFILE:
        return "too many open files (EMFILE or ENFILE)";
    default:
        snprintf(room, SK_SYSREASON, "error %d", number);
        return room;
    }
}
