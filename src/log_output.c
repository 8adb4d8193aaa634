/*-------------------------------------------------------------------------
 *
 * log_output.c
 *		log_output(): where the server's standard error goes.
 *
 * Knows what kind of file descriptor 2 is, which this process has inherited
 * from the postmaster.  Never says which file, and never writes to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "compat.h"

PG_FUNCTION_INFO_V1(rg_log_output);

static const char *
kind_of_standard_error(void)
{
	struct stat output;
	struct stat null_device;

	if (fstat(STDERR_FILENO, &output) != 0)
		return "closed";
	if (S_ISREG(output.st_mode))
		return "file";
	if (S_ISFIFO(output.st_mode))
		return "pipe";
	if (S_ISSOCK(output.st_mode))
		return "socket";
	if (!S_ISCHR(output.st_mode))
		return "other";
	if (stat("/dev/null", &null_device) == 0 && S_ISCHR(null_device.st_mode) &&
		output.st_rdev == null_device.st_rdev)
		return "null";
	return isatty(STDERR_FILENO) ? "terminal" : "other";
}

/* log_output(): raises 42501. */
Datum
rg_log_output(PG_FUNCTION_ARGS)
{
	if (!RG_READS_ALL_SETTINGS(GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to examine the server's standard error"),
				 errhint("GRANT pg_read_all_settings TO %s;",
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	PG_RETURN_TEXT_P(cstring_to_text(kind_of_standard_error()));
}
