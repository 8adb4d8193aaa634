/*-------------------------------------------------------------------------
 *
 * pem_file.c
 *		holds_private_key() and crl_next_update(): what a file holds besides
 *		certificates.
 *
 * Looks for nothing but the words that begin a private key, and never decodes
 * one.  Leaves no copy of what it read, and nothing of OpenSSL's.
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
#include "utils/timestamp.h"

#ifdef USE_OPENSSL
#include <openssl/err.h>
#endif

#include "certificate.h"
#include "certificate_file.h"
#include "compat.h"
#include "pem.h"

PG_FUNCTION_INFO_V1(rg_holds_private_key);
PG_FUNCTION_INFO_V1(rg_crl_next_update);

/* Raises 42501 unless the caller may read the server's files. */
static void
require_right(void)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to look into files of the server"),
				 errhint("GRANT pg_read_server_files TO %s; -- also allows to read any other file of the server, better ask a superuser to run this",
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

#ifdef USE_OPENSSL

/* Is there a private key, wherever in it, also where the server ignores it? */
static bool
has_key(const struct rg_certificate_file *file)
{
	static const char mark[] = "PRIVATE KEY-----";
	const size_t len = sizeof(mark) - 1;
	size_t		i;

	for (i = 0; i + len <= file->nbytes; i++)
	{
		if (memcmp(file->bytes + i, mark, len) == 0)
			return true;
	}
	return false;
}

/*
 * When the list of revoked certificates in a block ends, infinity if it says
 * nothing of that.  False if it is none.
 */
static bool
read_list(const struct rg_pem_block *block, unsigned char *buffer, TimestampTz *ends)
{
	const unsigned char *at = buffer;
	size_t		len;
	X509_CRL   *list = NULL;
	bool		ok = false;

	ERR_clear_error();
	if (rg_pem_decode(block, buffer, &len))
		list = d2i_X509_CRL(NULL, &at, (long) len);
	if (list != NULL)
	{
		const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);

		*ends = DT_NOEND;
		ok = next == NULL || rg_certificate_time(next, ends);
		X509_CRL_free(list);
	}
	ERR_clear_error();
	return ok;
}

/* Raises for what the server could not load either. */
static void
raise_unreadable(const char *path)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("could not read a list of revoked certificates in file \"%s\"", path)));
}

/* The earliest end of all lists in a file; false if it holds none. */
static bool
first_end(struct rg_certificate_file *file, TimestampTz *first)
{
	struct rg_pem_reader reader = {file->bytes, file->nbytes};
	unsigned char *buffer = palloc(file->nbytes + 3);
	struct rg_pem_block block;
	enum rg_pem_result result;
	bool		found = false;

	while ((result = rg_pem_next(&reader, &block)) == RG_PEM_BLOCK)
	{
		TimestampTz ends;

		CHECK_FOR_INTERRUPTS();
		if (!rg_pem_is(&block, "X509 CRL"))
			continue;
		if (!read_list(&block, buffer, &ends))
			raise_unreadable(file->path);
		*first = found ? Min(*first, ends) : ends;
		found = true;
	}
	if (result == RG_PEM_BROKEN)
		raise_unreadable(file->path);
	pfree(buffer);
	return found;
}

#else

/* Raises 0A000. */
static void
raise_no_openssl(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("this server was built without OpenSSL")));
}

#endif

/*
 * Whether a private key is there.  Raises 42501 unless the caller is a
 * superuser or a member of pg_read_server_files, 0A000 without OpenSSL, what
 * opening a file raises, 42809 for what is no regular file, 54000 for one above
 * 1 MB.
 */
Datum
rg_holds_private_key(PG_FUNCTION_ARGS)
{
	bool		found = false;

	require_right();
#ifdef USE_OPENSSL
	{
		struct rg_certificate_file *file =
			rg_certificate_file_open(text_to_cstring(PG_GETARG_TEXT_PP(0)));

		found = has_key(file);
		rg_certificate_file_forget(file);
	}
#else
	raise_no_openssl();
#endif
	PG_RETURN_BOOL(found);
}

/*
 * When the first of the lists of revoked certificates in a file ends, NULL if
 * it holds none.  Raises the same, and F0000 for a list that cannot be read.
 */
Datum
rg_crl_next_update(PG_FUNCTION_ARGS)
{
	bool		found = false;
	TimestampTz first = DT_NOEND;

	require_right();
#ifdef USE_OPENSSL
	{
		struct rg_certificate_file *file =
			rg_certificate_file_open(text_to_cstring(PG_GETARG_TEXT_PP(0)));

		found = first_end(file, &first);
		rg_certificate_file_forget(file);
	}
#else
	raise_no_openssl();
#endif
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(first);
}
