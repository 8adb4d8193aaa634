/*-------------------------------------------------------------------------
 *
 * host.c
 *		The certificates that a server has for the names of its hosts.
 *
 * Knows hosts_file of PostgreSQL 19, read by the server's own parser, and that
 * it replaces ssl_cert_file and ssl_ca_file as soon as it has a line.  Never
 * reads a certificate, and never runs a command that stands in the file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "libpq/hba.h"
#include "libpq/libpq.h"
#include "miscadmin.h"
#include "utils/guc.h"

#include "compat.h"
#include "host.h"

#ifdef RG_HAS_HOSTS_FILE

#define MAX_HOSTS_BYTES (1024 * 1024)

/* Copies one line; the strings stay the parser's. */
static struct rg_host *
host_of(const struct HostsLine *line)
{
	struct rg_host *host = palloc(sizeof(*host));

	host->names = line->hostnames;
	host->cert_file = line->ssl_cert;
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
