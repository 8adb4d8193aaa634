/*-------------------------------------------------------------------------
 *
 * server_certificates.c
 *		server_certificates(): what the server's certificate files hold.
 *
 * Knows which files the server is configured to load, and what the TLS session
 * of this backend, if it has one, was given from them.  Never opens a private
 * key: whether it matches is known only of what the server has loaded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "libpq/libpq-be.h"
#include "libpq/libpq.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "postmaster/postmaster.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "certificate.h"
#include "certificate_file.h"
#include "compat.h"
#include "fact.h"
#include "host.h"
#include "tls_session.h"

enum server_certificate_column
{
	COLUMN_SETTING,
	COLUMN_HOSTS,
	COLUMN_FILE,
	COLUMN_POSITION,
	COLUMN_ROLE,
	COLUMN_SUBJECT,
	COLUMN_ISSUER,
	COLUMN_SERIAL,
	COLUMN_NAMES,
	COLUMN_NOT_BEFORE,
	COLUMN_NOT_AFTER,
	COLUMN_KEY_TYPE,
	COLUMN_KEY_BITS,
	COLUMN_CURVE,
	COLUMN_SIGNATURE_ALGORITHM,
	COLUMN_SIGNATURE_DIGEST,
	COLUMN_SELF_SIGNED,
	COLUMN_IS_CA,
	COLUMN_KEY_USAGE,
	COLUMN_EXTENDED_KEY_USAGE,
	COLUMN_CHAIN,
	COLUMN_PRIVATE_KEY,
	COLUMN_FINGERPRINT,
	COLUMN_FILE_CHANGED,
	COLUMN_LOADED,
	COLUMN_UNSEEN
};

static const Oid server_certificate_columns[] = {
	TEXTOID, TEXTARRAYOID, TEXTOID, INT4OID, TEXTOID, TEXTOID, TEXTOID,
	NUMERICOID, TEXTARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, INT4OID,
	TEXTOID, TEXTOID, TEXTOID, BOOLOID, BOOLOID, TEXTARRAYOID, TEXTARRAYOID,
	TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTARRAYOID
};

static const struct rg_signature server_certificate_signature = {
	0, NULL, lengthof(server_certificate_columns), server_certificate_columns
};

PG_FUNCTION_INFO_V1(rg_server_certificates);

/* Raises 42501 unless the current user may read the server's files. */
static void
require_right(void)
{
	if (has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to read certificate files"),
			 errhint("GRANT pg_read_server_files TO %s; -- also allows to read any other file of the server, better ask a superuser to run this",
					 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

#ifdef USE_OPENSSL

#include <openssl/err.h>
#include <openssl/ssl.h>

typedef struct stack_st_X509_OBJECT rg_anchors;

/* What the TLS session of this backend runs with; all of it belongs to it. */
struct running
{
	bool		current;		/* there is one, and no reload since */
	X509	   *leaf;
	rg_certificates *chain;
	rg_anchors *anchors;
};

/* A setting or line that names certificate files. */
struct source
{
	const char *setting;
	List	   *hosts;			/* names, NIL for the settings */
	const char *cert_file;
	const char *ca_file;		/* NULL or empty for none */
};

/* Which files are under examination, and where the rows go. */
struct examination
{
	struct rg_fact fact;
	struct running running;
	const struct source *source;
};

/* Is this one of the certificates that a session was given to send? */
static bool
is_sent(const struct running *running, X509 *x509)
{
	int			i;

	if (running->leaf != NULL && X509_cmp(running->leaf, x509) == 0)
		return true;
	for (i = 0; i < sk_X509_num(running->chain); i++)
	{
		if (X509_cmp(sk_X509_value(running->chain, i), x509) == 0)
			return true;
	}
	return false;
}

/* Is this one of the certificates by which it would know a client? */
static bool
is_anchor(const struct running *running, X509 *x509)
{
	int			i;

	for (i = 0; i < sk_X509_OBJECT_num(running->anchors); i++)
	{
		X509	   *anchor =
			X509_OBJECT_get0_X509(sk_X509_OBJECT_value(running->anchors, i));

		if (anchor != NULL && X509_cmp(anchor, x509) == 0)
			return true;
	}
	return false;
}

/*
 * Looks at the TLS session of this backend, if there is one and the server has
 * not reloaded since.
 */
static void
find_running(struct running *running)
{
	SSL		   *ssl = rg_tls_session();

	memset(running, 0, sizeof(*running));
	if (ssl == NULL)
		return;
	running->current = true;
	running->leaf = SSL_get_certificate(ssl);
	(void) SSL_get0_chain_certs(ssl, &running->chain);
	running->anchors =
		X509_STORE_get0_objects(SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)));
}

/*
 * Has the running server loaded the certificate?  A session that got it, or
 * another one in its place, knows.  Otherwise only the file's age tells, and
 * not whether the server could load it.
 */
static const char *
loaded(struct examination *ex, const struct rg_certificate_file *file,
	   X509 *x509, bool is_ca)
{
	const struct running *running = &ex->running;

	if (file->path == NULL)
		return "yes";
	if (running->current && ex->source->hosts == NIL)
		return (is_ca ? is_anchor(running, x509) : is_sent(running, x509)) ?
			"yes" : "no";
	if (running->current && !is_ca && is_sent(running, x509))
		return "yes";
	return file->changed > PgReloadTime ? "newer" : "presumed";
}

/* Sets a text column from UTF-8. */
static void
set_utf8(struct rg_fact *fact, int column, const char *text)
{
	rg_fact_set_text(fact, column,
					 pg_any_to_server(text, strlen(text), PG_UTF8));
}

/* An array of these words. */
static Datum
words_array(const struct rg_words *words)
{
	Datum	   *values;
	int			count = 0;
	const char *end = words->bytes + words->len;
	const char *at;

	for (at = words->bytes; at < end; at += strlen(at) + 1)
		count++;
	values = palloc((count + 1) * sizeof(Datum));
	count = 0;
	for (at = words->bytes; at < end; at += strlen(at) + 1)
		values[count++] = CStringGetTextDatum(at);
	return PointerGetDatum(construct_array(values, count, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/* Sets the lists from extensions, and says which could not be read. */
static void
set_extensions(struct rg_fact *fact, const struct rg_certificate_details *details)
{
	const struct
	{
		int			column;
		const char *name;
		const struct rg_words *words;
		bool		empty_if_absent;
	}			lists[] =
	{
		{COLUMN_NAMES, "names", &details->names, true},
		{COLUMN_KEY_USAGE, "key_usage", &details->key_usage, false},
		{COLUMN_EXTENDED_KEY_USAGE, "extended_key_usage",
		&details->extended_key_usage, false},
	};
	Datum		unseen[lengthof(lists) + 1];
	int			nunseen = 0;
	int			i;

	for (i = 0; i < lengthof(lists); i++)
	{
		if (lists[i].words->found == RG_EXTENSION_UNREADABLE)
			unseen[nunseen++] = CStringGetTextDatum(lists[i].name);
		else if (lists[i].words->found == RG_EXTENSION_READ ||
				 lists[i].empty_if_absent)
			rg_fact_set(fact, lists[i].column, words_array(lists[i].words));
	}
	if (details->key.bits == 0)
		unseen[nunseen++] = CStringGetTextDatum("key_bits");
	rg_fact_set(fact, COLUMN_UNSEEN,
				PointerGetDatum(construct_array(unseen, nunseen, TEXTOID, -1,
												false, TYPALIGN_INT)));
}

/* Sets the columns that tell what the certificate says of its key. */
static void
set_details(struct rg_fact *fact, const struct rg_certificate_details *details)
{
	rg_fact_set_text(fact, COLUMN_KEY_TYPE, details->key.type);
	if (details->key.bits > 0)
		rg_fact_set(fact, COLUMN_KEY_BITS, Int32GetDatum(details->key.bits));
	if (details->key.curve[0] != '\0')
		rg_fact_set_text(fact, COLUMN_CURVE, details->key.curve);
	rg_fact_set_text(fact, COLUMN_SIGNATURE_ALGORITHM, details->signature_algorithm);
	if (details->signature_digest[0] != '\0')
		rg_fact_set_text(fact, COLUMN_SIGNATURE_DIGEST, details->signature_digest);
	rg_fact_set(fact, COLUMN_SELF_SIGNED, BoolGetDatum(details->self_signed));
	rg_fact_set(fact, COLUMN_IS_CA, BoolGetDatum(details->is_ca));
	rg_fact_set_text(fact, COLUMN_FINGERPRINT, details->fingerprint);
	set_extensions(fact, details);
}

/* Sets the columns that tell who was certified by whom, and for how long. */
static void
set_basics(struct rg_fact *fact, const struct rg_certificate *certificate)
{
	set_utf8(fact, COLUMN_SUBJECT, certificate->subject);
	set_utf8(fact, COLUMN_ISSUER, certificate->issuer);
	rg_fact_set(fact, COLUMN_SERIAL,
				DirectFunctionCall3(numeric_in,
									CStringGetDatum(certificate->serial),
									ObjectIdGetDatum(InvalidOid),
									Int32GetDatum(-1)));
	rg_fact_set(fact, COLUMN_NOT_BEFORE,
				TimestampTzGetDatum(certificate->not_before));
	rg_fact_set(fact, COLUMN_NOT_AFTER,
				TimestampTzGetDatum(certificate->not_after));
}

/* Can the names be shown in this database? */
static bool
is_showable(const struct rg_certificate *certificate)
{
	return GetDatabaseEncoding() == PG_UTF8 &&
		pg_verify_mbstr(PG_UTF8, certificate->subject,
						strlen(certificate->subject), true) &&
		pg_verify_mbstr(PG_UTF8, certificate->issuer,
						strlen(certificate->issuer), true);
}

/* Sets what the certificate itself says; raises F0000 if it makes no sense. */
static void
set_certificate(struct rg_fact *fact, const struct rg_certificate_file *file,
				int position, X509 *x509)
{
	MemoryContext old_context = MemoryContextSwitchTo(fact->row_context);
	struct rg_certificate certificate;
	struct rg_certificate_details details;

	if ((!rg_certificate_read(x509, &certificate) ||
		 !is_showable(&certificate)) &&
		!rg_certificate_read_ascii(x509, &certificate))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("could not read certificate %d in file \"%s\"", position,
						file->path != NULL ? file->path : "(loaded)"),
				 errdetail("Its names, its number or its dates make no sense.")));
	if (!rg_certificate_read_details(x509, &details))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	set_basics(fact, &certificate);
	set_details(fact, &details);
	MemoryContextSwitchTo(old_context);
}

/* Emits a row; the columns are as COMMENT ON the function says. */
static void
emit(struct examination *ex, const struct rg_certificate_file *file,
	 int position, const char *role, const char *chain, bool is_ca)
{
	struct rg_fact *fact = &ex->fact;
	X509	   *x509 = sk_X509_value(file->certificates, position - 1);
	const char *state = loaded(ex, file, x509, is_ca);

	rg_fact_set_text(fact, COLUMN_SETTING,
					 ex->source->hosts != NIL ? "hosts_file" :
					 is_ca ? "ssl_ca_file" : "ssl_cert_file");
	if (ex->source->hosts != NIL)
		rg_fact_set(fact, COLUMN_HOSTS, rg_host_names(ex->source->hosts));
	rg_fact_set_text(fact, COLUMN_FILE, file->path);
	rg_fact_set(fact, COLUMN_POSITION, Int32GetDatum(position));
	rg_fact_set_text(fact, COLUMN_ROLE, role);
	set_certificate(fact, file, position, x509);
	rg_fact_set_text(fact, COLUMN_CHAIN, chain);
	if (position == 1 && !is_ca)
		rg_fact_set_text(fact, COLUMN_PRIVATE_KEY,
						 strcmp(state, "yes") == 0 ? "matches" : "unknown");
	if (file->path != NULL)
		rg_fact_set(fact, COLUMN_FILE_CHANGED,
					TimestampTzGetDatum(file->changed));
	rg_fact_set_text(fact, COLUMN_LOADED, state);
	rg_fact_emit(fact);
}

/* Emits the certificates that the server shows, the leaf first. */
static void
emit_chain(struct examination *ex, struct rg_certificate_file *file,
		   struct rg_certificate_file *ca)
{
	int			count = sk_X509_num(file->certificates);
	bool	   *in_chain = palloc(count);
	const char *chain = rg_chain_examine(file, ca, in_chain);
	int			i;

	for (i = 0; i < count; i++)
	{
		X509	   *x509 = sk_X509_value(file->certificates, i);
		const char *role = i == 0 ? "leaf" : !in_chain[i] ? "unused" :
			rg_certificate_is_self_signed(x509) ? "root" : "intermediate";

		emit(ex, file, i + 1, role, i == 0 ? chain : NULL, false);
	}
	pfree(in_chain);
}

/* Emits the certificates by which the server knows its clients. */
static void
emit_anchors(struct examination *ex, struct rg_certificate_file *ca)
{
	int			i;

	for (i = 0; i < sk_X509_num(ca->certificates); i++)
		emit(ex, ca, i + 1, "client CA",
			 rg_chain_examine_ca(ca, sk_X509_value(ca->certificates, i)), true);
}

/* Adds a certificate that belongs to the session. */
static void
share(struct rg_certificate_file *list, X509 *x509)
{
	if (X509_up_ref(x509) == 1)
		rg_certificate_file_add(list, x509);
}

/* Emits what the session was given, if that is not what the file holds. */
static void
emit_running(struct examination *ex, struct rg_certificate_file *file,
			 struct rg_certificate_file *ca)
{
	const struct running *running = &ex->running;
	struct rg_certificate_file *list;
	int			i;

	if (!running->current || running->leaf == NULL ||
		X509_cmp(running->leaf, sk_X509_value(file->certificates, 0)) == 0)
		return;
	list = rg_certificate_file_new(NULL);
	share(list, running->leaf);
	for (i = 0; i < sk_X509_num(running->chain); i++)
		share(list, sk_X509_value(running->chain, i));
	emit_chain(ex, list, ca);
}

/* Emits what one setting or line names, and forgets it. */
static void
emit_source(struct examination *ex, const struct source *source)
{
	/* OpenSSL's objects go with the context */
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "rds_guard certificates",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	struct rg_certificate_file *file;
	struct rg_certificate_file *ca = NULL;

	ex->source = source;
	file = rg_certificate_file_read(source->cert_file, true);
	if (source->ca_file != NULL && source->ca_file[0] != '\0')
		ca = rg_certificate_file_read(source->ca_file, false);
	emit_chain(ex, file, ca);
	if (source->hosts == NIL)
		emit_running(ex, file, ca);
	if (ca != NULL)
		emit_anchors(ex, ca);
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(context);
}

/* Emits all that the server's settings, or the lines of hosts_file, name. */
static void
emit_sources(struct examination *ex)
{
	struct source source = {"ssl_cert_file", NIL, ssl_cert_file, ssl_ca_file};
	List	   *hosts = rg_hosts();
	ListCell   *cell;

	if (hosts == NIL)
		emit_source(ex, &source);
	foreach(cell, hosts)
	{
		const struct rg_host *host = lfirst(cell);

		source.hosts = host->names;
		source.cert_file = host->cert_file;
		source.ca_file = host->ca_file;
		emit_source(ex, &source);
	}
}

/* All rows. */
static void
examine(FunctionCallInfo fcinfo)
{
	struct examination ex;

	memset(&ex, 0, sizeof(ex));
	rg_fact_open(&ex.fact, fcinfo, &server_certificate_signature);
	if (!EnableSSL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("ssl is off: the server uses no certificate")));
	require_right();

	find_running(&ex.running);
	emit_sources(&ex);
	rg_fact_close(&ex.fact);
}

#else

/* Without OpenSSL there is nothing to look at. */
static void
examine(FunctionCallInfo fcinfo)
{
	struct rg_fact fact;

	rg_fact_open(&fact, fcinfo, &server_certificate_signature);
	(void) require_right;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("this server was built without OpenSSL")));
}

#endif							/* USE_OPENSSL */

/*
 * A row for each certificate in the files that the server loads.  Raises 0A000
 * if ssl is off, 42501 without the right to read files, and what reading the
 * files raises.
 */
Datum
rg_server_certificates(PG_FUNCTION_ARGS)
{
	examine(fcinfo);
	return (Datum) 0;
}
