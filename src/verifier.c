/*-------------------------------------------------------------------------
 *
 * verifier.c
 *		password_verifiers(): how each role's password is stored.
 *
 * Knows the kind of a stored verifier, its iterations and its expiry, and which
 * were copied.  Never returns, logs or raises the verifier, its salt or its
 * keys, and never tries a password.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "fact.h"
#include "target.h"

enum verifier_column
{
	COLUMN_ROLE,
	COLUMN_CAN_LOGIN,
	COLUMN_KIND,
	COLUMN_ITERATIONS,
	COLUMN_VALID_UNTIL,
	COLUMN_SAME_AS
};

static const Oid verifier_columns[] = {
	NAMEOID, BOOLOID, TEXTOID, INT4OID, TIMESTAMPTZOID, NAMEOID
};

static const struct rg_signature verifier_signature = {
	0, NULL, lengthof(verifier_columns), verifier_columns
};

static const char *const authid_columns[] = {
	"rolname", "rolcanlogin", "rolpassword", "rolvaliduntil", NULL
};

static const struct rg_source authid_source = {"pg_authid", authid_columns};

PG_FUNCTION_INFO_V1(rg_password_verifiers);

/* Sets the columns that describe a verifier. */
static void
describe_verifier(struct rg_fact *fact, const struct rg_target *target)
{
	rg_fact_set_text(fact, COLUMN_KIND, rg_verifier_kind_name(target->about.kind));
	if (target->about.kind == RG_VERIFIER_SCRAM_SHA_256)
		rg_fact_set(fact, COLUMN_ITERATIONS, Int32GetDatum(target->about.iterations));
	if (target->is_copy)
		rg_fact_set(fact, COLUMN_SAME_AS, NameGetDatum(&target->same_as));
}

/* Emits the row of one role. */
static void
emit_role(struct rg_fact *fact, const struct rg_targets *targets, HeapTuple tuple, TupleDesc desc)
{
	Form_pg_authid role = (Form_pg_authid) GETSTRUCT(tuple);
	const struct rg_target *target = rg_targets_find(targets, NameStr(role->rolname));
	Datum		value;
	bool		isnull;

	rg_fact_set(fact, COLUMN_ROLE, NameGetDatum(&role->rolname));
	rg_fact_set(fact, COLUMN_CAN_LOGIN, BoolGetDatum(role->rolcanlogin));

	if (target == NULL)
		rg_fact_set_text(fact, COLUMN_KIND, "none");
	else
		describe_verifier(fact, target);

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
	struct rg_targets *targets;
	MemoryContext context;
	Relation	authid;
	SysScanDesc scan;
	HeapTuple	tuple;

	rg_fact_open(&fact, fcinfo, &verifier_signature);
	rg_require_select(&authid_source, "password verifiers",
					  "also shows the password hashes, better ask a superuser to run this");

	context = AllocSetContextCreate(CurrentMemoryContext, "rds_guard verifiers",
									ALLOCSET_DEFAULT_SIZES);
	targets = MemoryContextAlloc(context, sizeof(*targets));
	rg_targets_read(targets, context);
	rg_targets_compare(targets);

	authid = table_open(AuthIdRelationId, AccessShareLock);
	scan = systable_beginscan(authid, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		emit_role(&fact, targets, tuple, RelationGetDescr(authid));
	}
	systable_endscan(scan);
	table_close(authid, AccessShareLock);
	MemoryContextDelete(context);

	rg_fact_close(&fact);
	return (Datum) 0;
}
