/*-------------------------------------------------------------------------
 *
 * host.c
 *		tls_hosts(): the certificates that a server has for the names of its hosts.
 *
 * Knows hosts_file of PostgreSQL 19, read by the server's own parser, and that
 * it replaces ssl_cert_file and ssl_ca_file as soon as it has a line.  Never
 * reads a certificate or key, and never runs a command that stands in the file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "libpq/hba.h"
#include "libpq/libpq.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "compat.h"
#include "fact.h"
#include "host.h"

enum host_column
{
	COLUMN_HOSTS,
	COLUMN_CERTIFICATE_FILE,
	COLUMN_KEY_FILE,
	COLUMN_CA_FILE
};

static const Oid host_columns[] = {TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID};

static const struct rg_signature host_signature = {
	0, NULL, lengthof(host_columns), host_columns
};

PG_FUNCTION_INFO_V1(rg_tls_hosts);

#ifdef RG_HAS_HOSTS_FILE

#define MAX_HOSTS_BYTES (1024 * 1024)

/* Copies one line; the strings stay the parser's. */
static struct rg_host *
host_of(const struct HostsLine *line)
{
	struct rg_host *host = palloc(sizeof(*host));

	host->names = line->hostnames;
	host->cert_file = line->ssl_cert;
	host->key_file = line->ssl_key;
	host->ca_file = line->ssl_ca;
	return host;
}

/* Raises unless the file can be read without harm, if it is there at all. */
static void
require_readable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return;
	if (!S_ISREG(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file", path)));
	if (st.st_size > MAX_HOSTS_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("file \"%s\" is larger than %d bytes",
						path, MAX_HOSTS_BYTES)));
}

/*
 * The lines by which the server chooses a certificate; NIL where it does not,
 * as be_tls_init() in be-secure-openssl.c decides.  Raises F0000 for a file
 * with an error, which the server would not load.
 */
List *
rg_hosts(void)
{
	const char *path = HostsFileName;
	List	   *lines = NIL;
	List	   *hosts = NIL;
	ListCell   *cell;
	char	   *problem = NULL;

	if (!ssl_sni || path == NULL || path[0] == '\0')
		return NIL;
	require_readable(path);
	switch (load_hosts(&lines, &problem))
	{
		case HOSTSFILE_LOAD_OK:
			break;
		case HOSTSFILE_LOAD_FAILED:
			ereport(ERROR,
					(errcode(ERRCODE_CONFIG_FILE_ERROR),
					 errmsg("could not load file \"%s\"", path),
					 problem != NULL ? errdetail("%s.", problem) : 0));
			break;
		default:
			return NIL;
	}
	foreach(cell, lines)
		hosts = lappend(hosts, host_of(lfirst(cell)));
	return hosts;
}

#else

/* No server before 19 has such a file. */
List *
rg_hosts(void)
{
	return NIL;
}

#endif

/* The names of a line as an array. */
Datum
rg_host_names(List *names)
{
	Datum	   *values = palloc((list_length(names) + 1) * sizeof(Datum));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, names)
		values[count++] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(construct_array(values, count, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/*
 * A row for each line by which the server chooses a certificate.  Raises 42501
 * unless the caller is a superuser or a member of pg_read_server_files, F0000
 * for a file with an error.
 */
Datum
rg_tls_hosts(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	ListCell   *cell;

	rg_fact_open(&fact, fcinfo, &host_signature);
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read the file that hosts_file names"),
				 errhint("GRANT pg_read_server_files TO %s;",
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	foreach(cell, rg_hosts())
	{
		const struct rg_host *host = lfirst(cell);

		rg_fact_set(&fact, COLUMN_HOSTS, rg_host_names(host->names));
		rg_fact_set_text(&fact, COLUMN_CERTIFICATE_FILE, host->cert_file);
		rg_fact_set_text(&fact, COLUMN_KEY_FILE, host->key_file);
		if (host->ca_file != NULL && host->ca_file[0] != '\0')
			rg_fact_set_text(&fact, COLUMN_CA_FILE, host->ca_file);
		rg_fact_emit(&fact);
	}
	rg_fact_close(&fact);
	return (Datum) 0;
}
