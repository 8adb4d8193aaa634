/*-------------------------------------------------------------------------
 *
 * fact.c
 *		What all facts share: the rows they return, and the rights they ask for.
 *
 * Knows how a set-returning function hands over its rows and which right the
 * same SELECT would need.  Never knows what a row means, and never lets a
 * declaration in SQL that differs from the library read memory as a wrong type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "compat.h"
#include "fact.h"

/* Does the row type have exactly these columns? */
static bool
columns_match(TupleDesc desc, const struct rg_signature *signature)
{
	int			i;

	if (desc->natts != signature->ncolumns)
		return false;
	for (i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->atttypid != signature->columns[i])
			return false;
	}
	return true;
}

/* Does the function's declaration in pg_proc have exactly these arguments? */
static bool
arguments_match(FunctionCallInfo fcinfo, const struct rg_signature *signature)
{
	Oid		   *args;
	int			nargs;
	int			i;

	(void) get_func_signature(fcinfo->flinfo->fn_oid, &args, &nargs);
	if (nargs != signature->nargs || PG_NARGS() != nargs)
		return false;
	for (i = 0; i < nargs; i++)
	{
		if (args[i] != signature->args[i])
			return false;
	}
	return true;
}

/* Makes the row under construction all NULL. */
static void
start_row(struct rg_fact *fact)
{
	MemoryContextReset(fact->row_context);
	memset(fact->values, 0, fact->desc->natts * sizeof(Datum));
	memset(fact->nulls, true, fact->desc->natts);
}

/*
 * Opens the materialized result of a call.  To be called before any argument
 * is read.  Raises 0A000 where no set is accepted, 42804 where the SQL
 * declaration and the library differ.
 */
void
rg_fact_open(struct rg_fact *fact, FunctionCallInfo fcinfo,
			 const struct rg_signature *signature)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	Assert(signature->ncolumns <= RG_FACT_COLUMNS);

	InitMaterializedSRF(fcinfo, 0);
	if (!columns_match(rsinfo->setDesc, signature) ||
		!arguments_match(fcinfo, signature))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("function is declared differently from what the library rds_guard expects"),
				 errhint("Run ALTER EXTENSION rds_guard UPDATE.")));

	fact->store = rsinfo->setResult;
	fact->desc = rsinfo->setDesc;
	fact->row_context = AllocSetContextCreate(CurrentMemoryContext,
											  "rds_guard row",
											  ALLOCSET_DEFAULT_SIZES);
	start_row(fact);
}

/* Sets one column of the row under construction. */
void
rg_fact_set(struct rg_fact *fact, int column, Datum value)
{
	Assert(column >= 0 && column < fact->desc->natts);
	fact->values[column] = value;
	fact->nulls[column] = false;
}

/* Sets a text column from a string in the server encoding; NULL stays NULL. */
void
rg_fact_set_text(struct rg_fact *fact, int column, const char *value)
{
	MemoryContext old_context;

	if (value == NULL)
		return;
	old_context = MemoryContextSwitchTo(fact->row_context);
	rg_fact_set(fact, column, CStringGetTextDatum(value));
	MemoryContextSwitchTo(old_context);
}

/*
 * Adds the row to the result and starts the next one.  Notices a cancel, so
 * nothing that only its owner could free may be held.
 */
void
rg_fact_emit(struct rg_fact *fact)
{
	rg_fact_repeat(fact);
	start_row(fact);
}

/* The same, but the next row starts out as this one: what was set stays set. */
void
rg_fact_repeat(struct rg_fact *fact)
{
	CHECK_FOR_INTERRUPTS();
	tuplestore_putvalues(fact->store, fact->desc, fact->values, fact->nulls);
}

/* Frees what is not part of the result. */
void
rg_fact_close(struct rg_fact *fact)
{
	MemoryContextDelete(fact->row_context);
}

/*
 * May the current user SELECT these columns?  As ExecCheckPermissions() in
 * execMain.c: the whole table, or else each column.
 */
static bool
can_select(const struct rg_source *source)
{
	Oid			relid;
	const char *const *column;

	relid = get_relname_relid(source->relation, PG_CATALOG_NAMESPACE);
	if (!OidIsValid(relid))
		elog(ERROR, "relation pg_catalog.%s does not exist", source->relation);

	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (column = source->columns; *column != NULL; column++)
	{
		AttrNumber	attnum = get_attnum(relid, *column);

		if (attnum == InvalidAttrNumber)
			elog(ERROR, "column \"%s\" of pg_catalog.%s does not exist",
				 *column, source->relation);
		if (pg_attribute_aclcheck(relid, attnum, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			return false;
	}
	return true;
}

/*
 * Raises 42501 unless the current user could read the source in SQL.  The hint
 * is the GRANT that would allow it, followed by the remark, if any, as comment.
 */
void
rg_require_select(const struct rg_source *source, const char *subject,
				  const char *remark)
{
	const char *user;

	if (can_select(source))
		return;
	user = quote_identifier(GetUserNameFromId(GetUserId(), false));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to read %s", subject),
			 errhint("GRANT SELECT ON pg_catalog.%s TO %s;%s%s",
					 source->relation, user,
					 remark != NULL ? " -- " : "",
					 remark != NULL ? remark : "")));
}
