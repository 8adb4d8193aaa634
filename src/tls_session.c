/*-------------------------------------------------------------------------
 *
 * tls_session.c
 *		running_tls(): what the server has loaded for TLS, as far as it shows.
 *
 * A server that cannot load its settings or files at a reload goes on with the
 * older ones, and only its log says so.  The settings of a session are those
 * that were read, its own TLS context is what was loaded.  Knows when that
 * context still is the server's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "libpq/libpq-be.h"
#include "libpq/libpq.h"
#include "miscadmin.h"
#include "postmaster/postmaster.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "fact.h"
#include "tls_session.h"

enum running_column
{
	COLUMN_IS_LOADED,
	COLUMN_LOWEST_PROTOCOL,
	COLUMN_HIGHEST_PROTOCOL,
	COLUMN_SERVER_CHOOSES,
	COLUMN_CHECKS_REVOCATION,
	COLUMN_UNSEEN
};

static const char *const column_names[] = {
	"is_loaded", "lowest_protocol", "highest_protocol", "server_chooses",
	"checks_revocation"
};

static const Oid running_columns[] = {
	BOOLOID, TEXTOID, TEXTOID, BOOLOID, BOOLOID, TEXTARRAYOID
};

static const struct rg_signature running_signature = {
	0, NULL, lengthof(running_columns), running_columns
};

PG_FUNCTION_INFO_V1(rg_running_tls);

#ifdef USE_OPENSSL

/*
 * Did this process begin after the server last read its configuration?  It has
 * what the server had then; PgReloadTime is its own last reload.
 */
static bool
is_current(void)
{
	return PgReloadTime < MyStartTimestamp;
}

/*
 * The TLS session of this process, NULL if it has none or the server has
 * reloaded since.  It belongs to the process.
 */
SSL *
rg_tls_session(void)
{
	if (MyProcPort == NULL || !MyProcPort->ssl_in_use || !is_current())
		return NULL;
	return MyProcPort->ssl;
}

/* A limit as the settings name it; empty for none. */
static const char *
protocol_name(long version)
{
	switch (version)
	{
		case 0:
			return "";
		case TLS1_VERSION:
			return "TLSv1";
		case TLS1_1_VERSION:
			return "TLSv1.1";
		case TLS1_2_VERSION:
			return "TLSv1.2";
		case TLS1_3_VERSION:
			return "TLSv1.3";
	}
	return version < TLS1_VERSION ? "SSL" : "newer than TLSv1.3";
}

/* Does the server look for revoked certificates of clients? */
static bool
checks_revocation(SSL_CTX *context)
{
	X509_VERIFY_PARAM *param =
		X509_STORE_get0_param(SSL_CTX_get_cert_store(context));

	return (X509_VERIFY_PARAM_get_flags(param) & X509_V_FLAG_CRL_CHECK) != 0;
}

/* Sets what the context of a session tells. */
static void
set_context(struct rg_fact *fact, SSL_CTX *context)
{
	rg_fact_set(fact, COLUMN_IS_LOADED, BoolGetDatum(true));
	if (has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_SETTINGS))
	{
		rg_fact_set_text(fact, COLUMN_LOWEST_PROTOCOL,
						 protocol_name(SSL_CTX_get_min_proto_version(context)));
		rg_fact_set_text(fact, COLUMN_HIGHEST_PROTOCOL,
						 protocol_name(SSL_CTX_get_max_proto_version(context)));
	}
	rg_fact_set(fact, COLUMN_SERVER_CHOOSES,
				BoolGetDatum((SSL_CTX_get_options(context) & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0));
	rg_fact_set(fact, COLUMN_CHECKS_REVOCATION,
				BoolGetDatum(checks_revocation(context)));
}

/* Sets all that this process can tell. */
static void
set_running(struct rg_fact *fact)
{
	SSL		   *ssl = rg_tls_session();

	if (ssl != NULL)
		set_context(fact, SSL_get_SSL_CTX(ssl));
	else if (!EnableSSL)
		rg_fact_set(fact, COLUMN_IS_LOADED, BoolGetDatum(false));
	else if (RG_KNOWS_TLS_LOADED && is_current())
		rg_fact_set(fact, COLUMN_IS_LOADED, BoolGetDatum(RG_TLS_LOADED));
}

#else

/* Without OpenSSL nothing is ever loaded. */
static void
set_running(struct rg_fact *fact)
{
	rg_fact_set(fact, COLUMN_IS_LOADED, BoolGetDatum(false));
}

#endif							/* USE_OPENSSL */

/* One row; the columns that nobody could set are named in unseen. */
Datum
rg_running_tls(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	Datum		unseen[lengthof(column_names)];
	int			nunseen = 0;
	int			i;

	rg_fact_open(&fact, fcinfo, &running_signature);
	set_running(&fact);
	for (i = 0; i < lengthof(column_names); i++)
	{
		if (fact.nulls[i])
			unseen[nunseen++] = CStringGetTextDatum(column_names[i]);
	}
	rg_fact_set(&fact, COLUMN_UNSEEN,
				PointerGetDatum(construct_array(unseen, nunseen, TEXTOID, -1,
												false, TYPALIGN_INT)));
	rg_fact_emit(&fact);
	rg_fact_close(&fact);
	return (Datum) 0;
}
