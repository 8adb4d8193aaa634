/*-------------------------------------------------------------------------
 *
 * connection.c
 *		connection(): how this session is connected and authenticated.
 *
 * Knows the Port of this backend and, from 16, who authenticated it.  Never
 * touches Port->hba, which dangles after authentication, and never looks at
 * another session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/hba.h"
#include "libpq/libpq-be.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "certificate.h"
#include "compat.h"
#include "fact.h"

enum connection_column
{
	COLUMN_PID,
	COLUMN_SESSION_ROLE,
	COLUMN_CLIENT_ADDRESS,
	COLUMN_ENCRYPTION,
	COLUMN_PROTOCOL,
	COLUMN_CIPHER,
	COLUMN_BITS,
	COLUMN_CLIENT_CERTIFICATE,
	COLUMN_CERTIFICATE_VERIFIED,
	COLUMN_CERTIFICATE_SUBJECT,
	COLUMN_CERTIFICATE_ISSUER,
	COLUMN_CERTIFICATE_SERIAL,
	COLUMN_CERTIFICATE_NOT_BEFORE,
	COLUMN_CERTIFICATE_NOT_AFTER,
	COLUMN_GSS_PRINCIPAL,
	COLUMN_AUTH_METHOD,
	COLUMN_AUTH_IDENTITY,
	COLUMN_UNSEEN
};

static const Oid connection_columns[] = {
	INT4OID, NAMEOID, INETOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, BOOLOID,
	BOOLOID, TEXTOID, TEXTOID, NUMERICOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
	TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID
};

static const struct rg_signature connection_signature = {
	0, NULL, lengthof(connection_columns), connection_columns
};

PG_FUNCTION_INFO_V1(rg_connection);

/* Sets a text column from bytes that came from outside; raises 22021. */
static void
set_foreign_text(struct rg_fact *fact, int column, const char *bytes,
				 int encoding)
{
	if (bytes != NULL)
		rg_fact_set_text(fact, column,
						 pg_any_to_server(bytes, strlen(bytes), encoding));
}

/* Sets the address; NULL on a Unix socket, as inet_client_addr() says. */
static void
set_client_address(struct rg_fact *fact)
{
	LOCAL_FCINFO(call, 0);
	Datum		address;

	InitFunctionCallInfoData(*call, NULL, 0, InvalidOid, NULL, NULL);
	address = inet_client_addr(call);
	if (!call->isnull)
		rg_fact_set(fact, COLUMN_CLIENT_ADDRESS, address);
}

#ifdef USE_OPENSSL

/* Sets the columns of the client's certificate. */
static void
set_certificate(struct rg_fact *fact, Port *port)
{
	struct rg_certificate certificate;
	bool		verified;

	verified = SSL_get_verify_result(port->ssl) == X509_V_OK;
	if (!rg_certificate_read(port->peer, &certificate))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("could not read the client's certificate")));

	rg_fact_set(fact, COLUMN_CLIENT_CERTIFICATE, BoolGetDatum(true));
	rg_fact_set(fact, COLUMN_CERTIFICATE_VERIFIED, BoolGetDatum(verified));
	set_foreign_text(fact, COLUMN_CERTIFICATE_SUBJECT, certificate.subject, PG_UTF8);
	set_foreign_text(fact, COLUMN_CERTIFICATE_ISSUER, certificate.issuer, PG_UTF8);
	rg_fact_set(fact, COLUMN_CERTIFICATE_SERIAL,
				DirectFunctionCall3(numeric_in,
									CStringGetDatum(certificate.serial),
									ObjectIdGetDatum(InvalidOid),
									Int32GetDatum(-1)));
	rg_fact_set(fact, COLUMN_CERTIFICATE_NOT_BEFORE,
				TimestampTzGetDatum(certificate.not_before));
	rg_fact_set(fact, COLUMN_CERTIFICATE_NOT_AFTER,
				TimestampTzGetDatum(certificate.not_after));
}

/* Sets the columns of a TLS session. */
static void
set_tls(struct rg_fact *fact, Port *port)
{
	rg_fact_set_text(fact, COLUMN_ENCRYPTION, "tls");
	rg_fact_set_text(fact, COLUMN_PROTOCOL, be_tls_get_version(port));
	rg_fact_set_text(fact, COLUMN_CIPHER, be_tls_get_cipher(port));
	rg_fact_set(fact, COLUMN_BITS, Int32GetDatum(be_tls_get_cipher_bits(port)));
	if (port->peer != NULL)
		set_certificate(fact, port);
}

#endif							/* USE_OPENSSL */

/* Sets how the connection is encrypted, and by whom it was opened. */
static void
set_encryption(struct rg_fact *fact, Port *port)
{
	rg_fact_set_text(fact, COLUMN_ENCRYPTION, "none");
	rg_fact_set(fact, COLUMN_CLIENT_CERTIFICATE, BoolGetDatum(false));
	rg_fact_set(fact, COLUMN_CERTIFICATE_VERIFIED, BoolGetDatum(false));

#ifdef ENABLE_GSS
	if (be_gssapi_get_enc(port))
		rg_fact_set_text(fact, COLUMN_ENCRYPTION, "gss");
	set_foreign_text(fact, COLUMN_GSS_PRINCIPAL, be_gssapi_get_princ(port),
					 PG_SQL_ASCII);
#endif
#ifdef USE_OPENSSL
	if (port->ssl_in_use)
		set_tls(fact, port);
#endif
}

/*
 * The method by which the session was authenticated, or NULL if nobody can
 * tell any more.  Only trust, and OAuth if its validator decides about roles
 * too, leave no identity behind, and then the server's record of the method
 * means nothing (struct ClientConnectionInfo in libpq-be.h).
 */
static const char *
find_auth_method(const char *identity)
{
	const char *validators;

	if (!RG_KNOWS_AUTH_METHOD)
		return NULL;
	if (identity != NULL)
		return RG_AUTH_METHOD();
	validators = GetConfigOption("oauth_validator_libraries", true, false);
	if (validators != NULL && validators[0] != '\0')
		return NULL;
	return "trust";
}

/* Sets who was authenticated and how, and which of the two is out of sight. */
static void
set_authentication(struct rg_fact *fact, Port *port)
{
	const char *identity = RG_AUTH_IDENTITY(port);
	const char *method = find_auth_method(identity);
	Datum		unseen[2];
	int			nunseen = 0;

	rg_fact_set_text(fact, COLUMN_AUTH_METHOD, method);
	set_foreign_text(fact, COLUMN_AUTH_IDENTITY, identity, PG_SQL_ASCII);

	if (method == NULL)
		unseen[nunseen++] = CStringGetTextDatum("auth_method");
	if (!RG_KNOWS_AUTH_IDENTITY)
		unseen[nunseen++] = CStringGetTextDatum("auth_identity");
	rg_fact_set(fact, COLUMN_UNSEEN,
				PointerGetDatum(construct_array(unseen, nunseen, TEXTOID, -1,
												false, TYPALIGN_INT)));
}

/*
 * The row of this session.  Raises 0A000 in a process without a client, and
 * 22P03 if the client's certificate makes no sense.
 */
Datum
rg_connection(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	NameData	session_role;

	rg_fact_open(&fact, fcinfo, &connection_signature);
	if (MyProcPort == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this process serves no client connection"),
				 errdetail("Background workers, parallel workers and subscriptions have no connection to examine.")));

	rg_fact_set(&fact, COLUMN_PID, Int32GetDatum(MyProcPid));
	namestrcpy(&session_role, GetUserNameFromId(GetSessionUserId(), false));
	rg_fact_set(&fact, COLUMN_SESSION_ROLE, NameGetDatum(&session_role));
	set_client_address(&fact);
	set_encryption(&fact, MyProcPort);
	set_authentication(&fact, MyProcPort);
	rg_fact_emit(&fact);

	rg_fact_close(&fact);
	return (Datum) 0;
}
