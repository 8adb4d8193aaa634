/*-------------------------------------------------------------------------
 *
 * cipher.c
 *		tls_offers(): what this server would negotiate; and openssl().
 *
 * Knows where the answer comes from: the SSL_CTX of this session, or a new one
 * made from the settings as be_tls_init() makes it.  Never reads a private key,
 * and never raises while it holds an object of OpenSSL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#ifdef USE_OPENSSL
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#endif

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "libpq/libpq-be.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "certificate_file.h"
#include "cipher_offer.h"
#include "compat.h"
#include "fact.h"
#include "host.h"
#include "tls_session.h"

enum offer_column
{
	COLUMN_KIND,
	COLUMN_PROTOCOL,
	COLUMN_NAME,
	COLUMN_KEY_EXCHANGE,
	COLUMN_AUTHENTICATION,
	COLUMN_ENCRYPTION,
	COLUMN_INTEGRITY,
	COLUMN_BITS,
	COLUMN_SOURCE
};

static const Oid offer_columns[] = {
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID,
	TEXTOID
};

static const struct rg_signature offer_signature = {
	0, NULL, lengthof(offer_columns), offer_columns
};

static const Oid openssl_columns[] = {TEXTOID, BOOLOID};

static const struct rg_signature openssl_signature = {
	0, NULL, lengthof(openssl_columns), openssl_columns
};

PG_FUNCTION_INFO_V1(rg_tls_offers);
PG_FUNCTION_INFO_V1(rg_openssl);

#ifdef USE_OPENSSL

#define MAX_FILE_BYTES (1024 * 1024)

/* What the built-in parameters of be_tls_init() have. */
static const struct rg_dh builtin_dh = {2048, 112};

/* The settings that be_tls_init() goes by; NULL where this version has none. */
struct tls_settings
{
	char	   *certificate;
	char	   *ciphers;
	char	   *tls13_ciphers;
	char	   *curve;			/* until 17: one */
	char	   *groups;			/* from 18 on: a list */
	char	   *min_protocol;
	char	   *max_protocol;
	char	   *dh_params;
	List	   *hosts;			/* 19: of struct rg_host, each with its own */
};

/* Raises 42501 unless the current user could see the settings in SQL. */
static void
require_role(Oid role, const char *role_name, const char *message)
{
	if (!has_privs_of_role(GetUserId(), role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s", message),
				 errhint("GRANT %s TO %s;", role_name,
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

/* A copy of the setting, NULL where this version has none of that name. */
static char *
copy_setting(const char *name)
{
	const char *value = GetConfigOption(name, true, false);

	return value != NULL ? pstrdup(value) : NULL;
}

static bool
is_on(const char *name)
{
	const char *value = GetConfigOption(name, true, false);

	return value != NULL && strcmp(value, "on") == 0;
}

/* Raises because the server could not load its settings. */
static void
raise_not_loaded(const char *failed, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the settings of TLS cannot be loaded, so the server goes on with older ones that cannot be seen"),
			 errdetail("%s: %s", failed, reason),
			 errhint("Correct the setting, reload, and run the report again.")));
}

/* The same for an error with hosts_file or a certificate that it names. */
static void
raise_hosts_not_loaded(MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
		error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
		error->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
		PG_RE_THROW();
	FlushErrorState();
	raise_not_loaded("hosts_file", error->message);
}

/* The lines of hosts_file, as the server would load them now. */
static List *
read_hosts(void)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *hosts = NIL;

	PG_TRY();
	{
		hosts = rg_hosts();
	}
	PG_CATCH();
	{
		raise_hosts_not_loaded(context);
	}
	PG_END_TRY();
	return hosts;
}

/* The certificate that a line of hosts_file names first in its chain. */
static X509 *
host_certificate(const struct rg_host *host)
{
	MemoryContext context = CurrentMemoryContext;
	X509	   *certificate = NULL;

	PG_TRY();
	{
		certificate = sk_X509_value(rg_certificate_file_read(host->cert_file, true)->certificates, 0);
	}
	PG_CATCH();
	{
		raise_hosts_not_loaded(context);
	}
	PG_END_TRY();
	return certificate;
}

static void
read_settings(struct tls_settings *settings)
{
	settings->certificate = copy_setting("ssl_cert_file");
	settings->ciphers = copy_setting("ssl_ciphers");
	settings->tls13_ciphers = copy_setting("ssl_tls13_ciphers");
	settings->groups = copy_setting("ssl_groups");
	/* from 18 on this is but another name of ssl_groups */
	settings->curve = settings->groups != NULL ? NULL : copy_setting("ssl_ecdh_curve");
	settings->min_protocol = copy_setting("ssl_min_protocol_version");
	settings->max_protocol = copy_setting("ssl_max_protocol_version");
	settings->dh_params = copy_setting("ssl_dh_params_file");
	settings->hosts = NIL;
	if (is_on("ssl_sni"))
	{
		require_role(ROLE_PG_READ_SERVER_FILES, "pg_read_server_files",
					 "permission denied to read the file that hosts_file names");
		settings->hosts = read_hosts();
	}
}

/* OpenSSL's number of a version; 0 for none, which is its own default. */
static int
protocol_version(const char *name)
{
	if (strcmp(name, "TLSv1") == 0)
		return TLS1_VERSION;
	if (strcmp(name, "TLSv1.1") == 0)
		return TLS1_1_VERSION;
	if (strcmp(name, "TLSv1.2") == 0)
		return TLS1_2_VERSION;
	if (strcmp(name, "TLSv1.3") == 0)
		return TLS1_3_VERSION;
	return 0;
}

/* Sets the range of versions; NULL, or the name of the setting that fails. */
static const char *
set_versions(SSL_CTX *context, const struct tls_settings *settings)
{
	int			min = protocol_version(settings->min_protocol);
	int			max = protocol_version(settings->max_protocol);

	if (min != 0 && SSL_CTX_set_min_proto_version(context, min) != 1)
		return "ssl_min_protocol_version";
	if (max != 0 && SSL_CTX_set_max_proto_version(context, max) != 1)
		return "ssl_max_protocol_version";
	if (min != 0 && max != 0 && min > max)
		return "ssl_max_protocol_version below ssl_min_protocol_version";
	return NULL;
}

/* Sets the groups; NULL, or the name of the setting that fails. */
static const char *
set_groups(SSL_CTX *context, const struct tls_settings *settings)
{
	int			curve;

	if (settings->groups != NULL)
		return SSL_CTX_set1_groups_list(context, settings->groups) == 1 ?
			NULL : "ssl_groups";
	curve = OBJ_sn2nid(settings->curve);
	if (curve == NID_undef || SSL_CTX_set1_groups(context, &curve, 1) != 1)
		return "ssl_ecdh_curve";
	return NULL;
}

/* Can the file be opened without waiting, and read without end? */
static bool
is_harmless(const char *path)
{
	struct stat st;

	/* one that is missing or closed raises its own error */
	return stat(path, &st) != 0 || (S_ISREG(st.st_mode) && st.st_size <= MAX_FILE_BYTES);
}

/* Knows no password. */
static int
no_password(char *buffer, int size, int writing, void *data)
{
	return -1;
}

/*
 * Configures a new context as be_tls_init() in be-secure-openssl.c does, apart
 * from the private key.  Returns NULL, or the name of the setting that fails.
 */
static const char *
configure_context(SSL_CTX *context, const struct tls_settings *settings)
{
	const char *failed = NULL;

	/* a certificate that asks for a password must not ask for it anywhere */
	SSL_CTX_set_default_passwd_cb(context, no_password);
	if (settings->hosts == NIL)
	{
		if (!is_harmless(settings->certificate))
			return "ssl_cert_file names no regular file of at most 1 MB";
		if (SSL_CTX_use_certificate_chain_file(context, settings->certificate) != 1)
			return "ssl_cert_file";
	}
	failed = set_versions(context, settings);
	if (failed == NULL)
		failed = set_groups(context, settings);
	if (failed != NULL)
		return failed;
	if (SSL_CTX_set_cipher_list(context, settings->ciphers) != 1)
		return "ssl_ciphers";
	if (settings->tls13_ciphers != NULL && settings->tls13_ciphers[0] != '\0' &&
		SSL_CTX_set_ciphersuites(context, settings->tls13_ciphers) != 1)
		return "ssl_tls13_ciphers";
	return NULL;
}

/* The context that new connections would get, or NULL and what failed. */
static SSL_CTX *
make_context(const struct tls_settings *settings, const char **failed)
{
	SSL_CTX    *context;

	ERR_clear_error();
	context = SSL_CTX_new(TLS_method());
	if (context == NULL)
	{
		*failed = "OpenSSL";
		return NULL;
	}
	*failed = configure_context(context, settings);
	if (*failed == NULL)
		return context;
	SSL_CTX_free(context);
	return NULL;
}

/* Why OpenSSL failed last, in a constant string. */
static const char *
last_reason(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return reason != NULL ? reason : "OpenSSL gives no reason";
}

/* The parameters of a file; be_tls_init() takes its own in place of none. */
static struct rg_dh
read_dh(const char *file)
{
	struct rg_dh dh = builtin_dh;
	BIO		   *bio = is_harmless(file) ? BIO_new_file(file, "r") : NULL;
	DH		   *params = bio != NULL ? PEM_read_bio_DHparams(bio, NULL, no_password, NULL) : NULL;

	if (params != NULL)
	{
		dh.bits = DH_bits(params);
		dh.strength = DH_security_bits(params);
	}
	DH_free(params);
	BIO_free(bio);
	ERR_clear_error();
	return dh;
}

/* The context of this session, unless the files were read again since then. */
static SSL_CTX *
running_context(void)
{
	SSL		   *ssl = rg_tls_session();

	return ssl != NULL ? SSL_get_SSL_CTX(ssl) : NULL;
}

/*
 * The certificates that clients may get: one, or those for the hosts.  What is
 * read from files lives as long as the current memory context.
 */
static X509 **
find_certificates(const struct tls_settings *settings, X509 *own, int *count)
{
	X509	  **certificates = palloc((list_length(settings->hosts) + 1) * sizeof(X509 *));
	ListCell   *cell;

	*count = 0;
	foreach(cell, settings->hosts)
		certificates[(*count)++] = host_certificate(lfirst(cell));
	if (own != NULL)
		certificates[(*count)++] = own;
	return certificates;
}

/*
 * What new connections would be offered, in the current memory context.  Raises
 * 42501 where the settings cannot be loaded: nobody can see the older ones that
 * the server goes on with.
 */
static struct rg_offer *
read_offer(SSL_CTX *running, const struct tls_settings *settings)
{
	struct rg_offer *offer = palloc(sizeof(*offer));
	struct rg_dh dh = builtin_dh;
	X509	   *own = NULL;
	X509	  **certificates;
	int			count;
	SSL_CTX    *context = running;
	const char *failed = NULL;
	const char *reason = NULL;
	bool		ok = false;

	/* 19: the context of a session has none of its own */
	if (running != NULL)
		own = SSL_get_certificate(MyProcPort->ssl);
	certificates = find_certificates(settings, own, &count);
	if (settings->dh_params[0] != '\0')
		dh = read_dh(settings->dh_params);
	if (running == NULL)
	{
		context = make_context(settings, &failed);
		own = context != NULL ? SSL_CTX_get0_certificate(context) : NULL;
		if (own != NULL)
			certificates[count++] = own;
	}
	if (context != NULL)
		ok = rg_offer_read(context, certificates, count, &dh, offer);
	if (!ok)
		reason = last_reason();
	if (running == NULL)
		SSL_CTX_free(context);
	if (failed != NULL)
		raise_not_loaded(failed, reason);
	if (!ok || offer->overflow)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not get the cipher suites from OpenSSL"),
				 errdetail("%s", ok ? "There are too many." : reason)));
	return offer;
}

static void
emit_offer(struct rg_fact *fact, const struct rg_offer *offer, const char *source)
{
	int			i;

	for (i = 0; i < offer->nrows; i++)
	{
		const struct rg_cipher *row = &offer->rows[i];

		rg_fact_set_text(fact, COLUMN_KIND, row->is_group ? "group" : "cipher");
		rg_fact_set_text(fact, COLUMN_PROTOCOL, row->protocol);
		rg_fact_set_text(fact, COLUMN_NAME, row->name != NULL ? row->name : row->group);
		rg_fact_set_text(fact, COLUMN_KEY_EXCHANGE, row->key_exchange);
		rg_fact_set_text(fact, COLUMN_AUTHENTICATION, row->authentication);
		rg_fact_set_text(fact, COLUMN_ENCRYPTION, row->encryption);
		rg_fact_set_text(fact, COLUMN_INTEGRITY, row->integrity);
		rg_fact_set(fact, COLUMN_BITS, Int32GetDatum(row->bits));
		rg_fact_set_text(fact, COLUMN_SOURCE, source);
		rg_fact_emit(fact);
	}
}

/* Is this OpenSSL in FIPS mode, for all that it is asked? */
static bool
is_fips(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	return EVP_default_properties_is_fips_enabled(NULL) == 1;
#else
	return FIPS_mode() == 1;
#endif
}

#endif							/* USE_OPENSSL */

/* Raises 0A000 in a server without OpenSSL. */
static void
require_openssl(void)
{
#ifndef USE_OPENSSL
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("this server was built without OpenSSL")));
#endif
}

/*
 * A row for each suite and group that new connections could get.  Raises 0A000
 * where ssl is off, 42501 for who may not see the settings.
 */
Datum
rg_tls_offers(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;

	rg_fact_open(&fact, fcinfo, &offer_signature);
	require_openssl();
#ifdef USE_OPENSSL
	{
		struct tls_settings settings;
		SSL_CTX    *running = running_context();

		if (!is_on("ssl"))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("ssl is off")));
		require_role(ROLE_PG_READ_ALL_SETTINGS, "pg_read_all_settings",
					 "permission denied to examine the settings of TLS");
		read_settings(&settings);
		/* the certificate is shown to every client, these are not */
		if (settings.dh_params[0] != '\0')
			require_role(ROLE_PG_READ_SERVER_FILES, "pg_read_server_files",
						 "permission denied to read the file that ssl_dh_params_file names");
		emit_offer(&fact, read_offer(running, &settings),
				   running != NULL ? "running" : "settings");
	}
#endif
	rg_fact_close(&fact);
	return (Datum) 0;
}

/* One row: version and mode of the library.  Raises 0A000 without one. */
Datum
rg_openssl(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;

	rg_fact_open(&fact, fcinfo, &openssl_signature);
	require_openssl();
#ifdef USE_OPENSSL
	rg_fact_set_text(&fact, 0, OpenSSL_version(OPENSSL_VERSION));
	rg_fact_set(&fact, 1, BoolGetDatum(is_fips()));
	rg_fact_emit(&fact);
#endif
	rg_fact_close(&fact);
	return (Datum) 0;
}
