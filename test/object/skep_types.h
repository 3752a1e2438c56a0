/* The types of an object as skep sees them, in the form of canon.h. */
#ifndef OBJECT_SKEP_TYPES_H
#define OBJECT_SKEP_TYPES_H

#include "load/object.h"

/* The object's externs are resolved. */
void skep_types(const struct sk_object *object);

#endif
