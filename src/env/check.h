/* The rules for what a caller may declare: see env.h. */
#ifndef SK_ENV_CHECK_H
#define SK_ENV_CHECK_H

#include "base/err.h"

/* Looks through the tables of opts, and allocates nothing. */
enum skep_code sk_env_check(const struct skep_vm_opts *opts, struct skep_err *err);

#endif
