/*-------------------------------------------------------------------------
 *
 * remember.c
 *		The memory of a report: what several rules ask for is computed once.
 *
 * Knows functions that come in pairs: name() in front, and fresh_name(), with
 * the same arguments and the same result, which computes it.  Within a report
 * the rows of fresh_name() are kept, for the same arguments and the same user,
 * until the report ends; elsewhere name() is nothing but fresh_name().  Never
 * keeps what broke off, and never knows what the rows mean.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

#include "compat.h"

#define FRESH "fresh_"

/* The rows of one fact, for one user and some arguments. */
struct kept
{
	struct kept *next;
	Oid			function;
	Oid			user;
	int			nargs;
	NullableDatum *args;
	TupleDesc	desc;
	Tuplestorestate *rows;
	bool		whole;			/* else copying them broke off */
};

/*
 * What one report remembers.  The context and what may be written to disk
 * belong to the query that runs it, so that an error leaves nothing behind and
 * the end of a check's subtransaction takes nothing away.
 */
struct memory
{
	MemoryContext context;
	ResourceOwner owner;
	struct kept *first;
};

/* Of the innermost report that runs; NULL outside. */
static struct memory *memory = NULL;

PG_FUNCTION_INFO_V1(rg_remembered);
PG_FUNCTION_INFO_V1(rg_remembering);

/* The result of a set-returning function as columns, by its declaration alone. */
static TupleDesc
result_columns(Oid function)
{
	TupleDesc	desc;
	Oid			type;

	switch (get_func_result_type(function, &type, &desc))
	{
		case TYPEFUNC_COMPOSITE:
			return desc;
		case TYPEFUNC_SCALAR:
			desc = CreateTemplateTupleDesc(1);
			TupleDescInitEntry(desc, 1, "value", type, -1, 0);
			TupleDescFinalize(desc);
			return desc;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("function %s has no fixed result type",
							format_procedure(function))));
	}
}

/* Are these rows of the same types? */
static bool
same_columns(TupleDesc one, TupleDesc other)
{
	int			i;

	if (one->natts != other->natts)
		return false;
	for (i = 0; i < one->natts; i++)
	{
		if (TupleDescAttr(one, i)->atttypid != TupleDescAttr(other, i)->atttypid)
			return false;
	}
	return true;
}

/* The function fresh_name(), for name(): same schema, same arguments. */
static Oid
find_fresh(Oid function)
{
	HeapTuple	tuple;
	Form_pg_proc form;
	NameData	name;
	Oid			fresh;

	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	snprintf(NameStr(name), NAMEDATALEN, FRESH "%s", NameStr(form->proname));
	fresh = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
							NameGetDatum(&name), PointerGetDatum(&form->proargtypes),
							ObjectIdGetDatum(form->pronamespace));
	if (!OidIsValid(fresh))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s has no counterpart \"%s\"",
						format_procedure(function), NameStr(name)),
				 errhint("Run ALTER EXTENSION rds_guard UPDATE.")));
	ReleaseSysCache(tuple);
	return fresh;
}

/*
 * Calls fresh_name() in place of name(), as the executor would: asks for
 * EXECUTE, and returns the rows as name()'s own.
 */
static void
call_fresh(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	LOCAL_FCINFO(call, FUNC_MAX_ARGS);
	FmgrInfo   *finfo;
	ReturnSetInfo result;
	Oid			fresh = find_fresh(fcinfo->flinfo->fn_oid);
	int			i;

	if (!RG_MAY_EXECUTE(fresh, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for function %s", get_func_name(fresh)),
				 errhint("GRANT EXECUTE ON FUNCTION %s TO %s;",
						 format_procedure_qualified(fresh),
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	InvokeFunctionExecuteHook(fresh);

	/* What a function in SQL returns lives no longer than this. */
	finfo = MemoryContextAlloc(rsinfo->econtext->ecxt_per_query_memory, sizeof(FmgrInfo));
	fmgr_info_cxt(fresh, finfo, rsinfo->econtext->ecxt_per_query_memory);
	memset(&result, 0, sizeof(result));
	result.type = T_ReturnSetInfo;
	result.econtext = rsinfo->econtext;
	result.expectedDesc = result_columns(fcinfo->flinfo->fn_oid);

	/*
	 * A function in SQL wants to have the choice, and then takes what is
	 * preferred.
	 */
	result.allowedModes = SFRM_ValuePerCall | SFRM_Materialize | SFRM_Materialize_Preferred |
		(rsinfo->allowedModes & SFRM_Materialize_Random);
	result.returnMode = SFRM_ValuePerCall;
	InitFunctionCallInfoData(*call, finfo, PG_NARGS(), fcinfo->fncollation,
							 NULL, (Node *) &result);
	for (i = 0; i < PG_NARGS(); i++)
	{
		call->args[i] = fcinfo->args[i];
		if (finfo->fn_strict && call->args[i].isnull)
			elog(ERROR, "function %s is strict", format_procedure(fresh));
	}
	if (!finfo->fn_retset || !same_columns(result_columns(fresh), result.expectedDesc))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("functions %s and %s differ in their results",
						format_procedure(fcinfo->flinfo->fn_oid), format_procedure(fresh)),
				 errhint("Run ALTER EXTENSION rds_guard UPDATE.")));

	(void) FunctionCallInvoke(call);
	if (result.returnMode != SFRM_Materialize ||
		(result.setResult != NULL && result.setDesc == NULL))
		elog(ERROR, "function %s did not return its rows at once", format_procedure(fresh));

	/* No store at all means no row. */
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = result.setResult;
	rsinfo->setDesc = result.setDesc;
}

/* Raises unless the caller takes a set of rows. */
static void
require_set(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
}

/* Was it called with these arguments? */
static bool
same_arguments(const struct kept *kept, FunctionCallInfo fcinfo)
{
	Oid		   *types;
	int			nargs;
	int			i;

	if (kept->nargs == 0)
		return true;
	(void) get_func_signature(kept->function, &types, &nargs);
	for (i = 0; i < kept->nargs; i++)
	{
		int16		length;
		bool		by_value;

		if (kept->args[i].isnull != PG_ARGISNULL(i))
			return false;
		get_typlenbyval(types[i], &length, &by_value);
		if (!PG_ARGISNULL(i) &&
			!datum_image_eq(kept->args[i].value, PG_GETARG_DATUM(i), by_value, length))
			return false;
	}
	return true;
}

/* What is remembered of this call by this user; NULL if nothing. */
static struct kept *
find_kept(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	struct kept *kept;

	for (kept = memory->first; kept != NULL; kept = kept->next)
	{
		if (kept->whole && kept->function == fcinfo->flinfo->fn_oid &&
			kept->user == GetUserId() && kept->nargs == PG_NARGS() &&
		/* a row type may have got another column meanwhile */
			(rsinfo->expectedDesc == NULL || same_columns(kept->desc, rsinfo->expectedDesc)) &&
			same_arguments(kept, fcinfo))
			return kept;
	}
	return NULL;
}

/* Copies all rows; leaves both stores at their beginning. */
static void
copy_rows(Tuplestorestate *from, Tuplestorestate *to, TupleDesc desc)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);

	tuplestore_rescan(from);
	while (tuplestore_gettupleslot(from, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_puttupleslot(to, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_rescan(from);
	tuplestore_rescan(to);
}

/* Copies the arguments of a call into the current context. */
static NullableDatum *
copy_arguments(FunctionCallInfo fcinfo)
{
	NullableDatum *copy = palloc0((PG_NARGS() + 1) * sizeof(NullableDatum));
	Oid		   *types;
	int			nargs;
	int			i;

	(void) get_func_signature(fcinfo->flinfo->fn_oid, &types, &nargs);
	Assert(nargs == PG_NARGS());
	for (i = 0; i < nargs; i++)
	{
		int16		length;
		bool		by_value;

		copy[i].isnull = PG_ARGISNULL(i);
		if (copy[i].isnull)
			continue;
		get_typlenbyval(types[i], &length, &by_value);
		copy[i].value = datumCopy(PG_GETARG_DATUM(i), by_value, length);
	}
	return copy;
}

/* Keeps the rows that this call returns; they stay the caller's, too. */
static void
keep_rows(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old_context = MemoryContextSwitchTo(memory->context);
	ResourceOwner old_owner = CurrentResourceOwner;
	struct kept *kept = palloc0(sizeof(struct kept));

	kept->function = fcinfo->flinfo->fn_oid;
	kept->user = GetUserId();
	kept->nargs = PG_NARGS();
	kept->args = copy_arguments(fcinfo);
	kept->desc = CreateTupleDescCopy(rsinfo->setDesc);
	CurrentResourceOwner = memory->owner;
	kept->rows = tuplestore_begin_heap(false, false, work_mem);
	CurrentResourceOwner = old_owner;
	kept->next = memory->first;
	memory->first = kept;
	MemoryContextSwitchTo(old_context);

	copy_rows(rsinfo->setResult, kept->rows, kept->desc);
	kept->whole = true;
}

/* Returns what is remembered. */
static void
return_rows(FunctionCallInfo fcinfo, const struct kept *kept)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old_context = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);

	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	rsinfo->setDesc = CreateTupleDescCopy(kept->desc);
	MemoryContextSwitchTo(old_context);
	copy_rows(kept->rows, rsinfo->setResult, kept->desc);
}

/*
 * The front of a fact: the rows of fresh_name(), within a report those of the
 * first call.  Raises what fresh_name() raises, 42883 where there is none, and
 * 42804 where the two do not fit.
 */
Datum
rg_remembered(PG_FUNCTION_ARGS)
{
	struct kept *kept = NULL;

	require_set(fcinfo);
	if (memory != NULL)
		kept = find_kept(fcinfo);
	if (kept != NULL)
		return_rows(fcinfo, kept);
	else
	{
		call_fresh(fcinfo);
		if (memory != NULL && ((ReturnSetInfo *) fcinfo->resultinfo)->setResult != NULL)
			keep_rows(fcinfo);
	}
	PG_RETURN_NULL();
}

/*
 * The front of a report: calls fresh_name() with a memory that lasts as long as
 * the call.  A report within another has one of its own: who asks anew means it.
 */
Datum
rg_remembering(PG_FUNCTION_ARGS)
{
	struct memory *outer = memory;
	struct memory inner;
	struct kept *kept;

	require_set(fcinfo);
	inner.context = AllocSetContextCreate(CurrentMemoryContext,
										  "rds_guard memory",
										  ALLOCSET_DEFAULT_SIZES);
	inner.owner = CurrentResourceOwner;
	inner.first = NULL;

	memory = &inner;
	PG_TRY();
	{
		call_fresh(fcinfo);
	}
	PG_FINALLY();
	{
		memory = outer;
	}
	PG_END_TRY();

	for (kept = inner.first; kept != NULL; kept = kept->next)
		tuplestore_end(kept->rows);
	MemoryContextDelete(inner.context);
	PG_RETURN_NULL();
}
