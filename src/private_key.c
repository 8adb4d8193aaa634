/*-------------------------------------------------------------------------
 *
 * private_key.c
 *		holds_private_key(): does a file hold a private key?
 *
 * Looks for nothing but the words that begin one in PEM form.  Never decodes
 * it, and leaves no copy of what it read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "certificate_file.h"
#include "compat.h"

PG_FUNCTION_INFO_V1(rg_holds_private_key);

/*
 * Whether one is there.  Raises 42501 unless the caller is a superuser or a
 * member of pg_read_server_files, 0A000 without OpenSSL, what opening a file
 * raises, 42809 for what is no regular file, 54000 for one above 1 MB.
 */
Datum
rg_holds_private_key(PG_FUNCTION_ARGS)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to look into files of the server"),
				 errhint("GRANT pg_read_server_files TO %s; -- also allows to read any other file of the server, better ask a superuser to run this",
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
#ifdef USE_OPENSSL
	PG_RETURN_BOOL(rg_certificate_file_has_key(text_to_cstring(PG_GETARG_TEXT_PP(0))));
#else
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("this server was built without OpenSSL")));
#endif
}
