/*-------------------------------------------------------------------------
 *
 * verifier.c
 *		password_verifiers(): how each role's password is stored.
 *
 * Knows the kind of a stored verifier, its iterations and its expiry.  Never
 * returns, logs or raises the verifier, its salt or its keys, and never tries
 * a password.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "compat.h"
#include "fact.h"
#include "verifier_parse.h"

enum verifier_column
{
	COLUMN_ROLE,
	COLUMN_CAN_LOGIN,
	COLUMN_KIND,
	COLUMN_ITERATIONS,
	COLUMN_VALID_UNTIL
};

static const Oid verifier_columns[] = {
	NAMEOID, BOOLOID, TEXTOID, INT4OID, TIMESTAMPTZOID
};

static const struct rg_signature verifier_signature = {
	0, NULL, lengthof(verifier_columns), verifier_columns
};

static const char *const authid_columns[] = {
	"rolname", "rolcanlogin", "rolpassword", "rolvaliduntil", NULL
};

static const struct rg_source authid_source = {"pg_authid", authid_columns};

PG_FUNCTION_INFO_V1(rg_password_verifiers);

/* The name of a kind in SQL. */
static const char *
kind_name(enum rg_verifier_kind kind)
{
	switch (kind)
	{
		case RG_VERIFIER_MD5:
			return "md5";
		case RG_VERIFIER_SCRAM_SHA_256:
			return "scram-sha-256";
		case RG_VERIFIER_UNRECOGNISED:
			break;
	}
	return "unrecognised";
}

/* Sets the columns that describe a verifier. */
static void
describe_verifier(struct rg_fact *fact, Datum stored)
{
	MemoryContext old_context = MemoryContextSwitchTo(fact->row_context);
	text	   *bytes = DatumGetTextPP(stored);
	struct rg_verifier verifier;

	rg_verifier_parse(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), &verifier);
	MemoryContextSwitchTo(old_context);

	rg_fact_set_text(fact, COLUMN_KIND, kind_name(verifier.kind));
	if (verifier.kind == RG_VERIFIER_SCRAM_SHA_256)
		rg_fact_set(fact, COLUMN_ITERATIONS, Int32GetDatum(verifier.iterations));
}

/* Emits the row of one role. */
static void
emit_role(struct rg_fact *fact, HeapTuple tuple, TupleDesc desc)
{
	Form_pg_authid role = (Form_pg_authid) GETSTRUCT(tuple);
	Datum		value;
	bool		isnull;

	rg_fact_set(fact, COLUMN_ROLE, NameGetDatum(&role->rolname));
	rg_fact_set(fact, COLUMN_CAN_LOGIN, BoolGetDatum(role->rolcanlogin));

	value = heap_getattr(tuple, Anum_pg_authid_rolpassword, desc, &isnull);
	if (isnull)
		rg_fact_set_text(fact, COLUMN_KIND, "none");
	else
		describe_verifier(fact, value);

	value = heap_getattr(tuple, Anum_pg_authid_rolvaliduntil, desc, &isnull);
	if (!isnull)
		rg_fact_set(fact, COLUMN_VALID_UNTIL, value);
	rg_fact_emit(fact);
}

/*
 * A row a role.  Raises 42501 unless the caller may read the same columns of
 * pg_authid.
 */
Datum
rg_password_verifiers(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	Relation	authid;
	SysScanDesc scan;
	HeapTuple	tuple;

	rg_fact_open(&fact, fcinfo, &verifier_signature);
	rg_require_select(&authid_source, "password verifiers",
					  "also shows the password hashes, better ask a superuser to run this");

	authid = table_open(AuthIdRelationId, AccessShareLock);
	scan = systable_beginscan(authid, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		emit_role(&fact, tuple, RelationGetDescr(authid));
	systable_endscan(scan);
	table_close(authid, AccessShareLock);

	rg_fact_close(&fact);
	return (Datum) 0;
}
