/*-------------------------------------------------------------------------
 *
 * host.h
 *		The certificates that a server has for the names of its hosts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_HOST_H
#define RG_HOST_H

#include "nodes/pg_list.h"

/* A line of hosts_file. */
struct rg_host
{
	List	   *names;			/* of char *: host names, *, /no_sni/ */
	const char *cert_file;
	const char *key_file;
	const char *ca_file;		/* NULL or empty for none */
};

extern List *rg_hosts(void);
extern Datum rg_host_names(List *names);

#endif							/* RG_HOST_H */
