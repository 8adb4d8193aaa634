/*-------------------------------------------------------------------------
 *
 * rds_guard.c
 *		The module itself: name and version, nothing else.
 *
 * Knows the version, which the Makefile takes from the control file.  Never
 * defines a setting, a hook, shared memory or anything that runs without
 * being called.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"

RG_MODULE_MAGIC("rds_guard", RDS_GUARD_VERSION);
