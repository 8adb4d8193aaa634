/*-------------------------------------------------------------------------
 *
 * rule.c
 *		run_rule(): runs the rule of a check and keeps its plan.
 *
 * Knows that the same rules run again and again in the session of a monitor,
 * and that planning them costs more than running them.  Never knows what a
 * rule asks, and runs it through SPI, hence with the rights of the caller and
 * read-only.  The plans are those of the plan cache: it makes them anew when
 * something that they use has changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "compat.h"

/* A session that makes up more rules than this starts over. */
#define MAX_PLANS 1000

struct rule_plan
{
	uint64		hash;			/* hash key */
	char	   *rule;
	SPIPlanPtr	plan;
};

static HTAB *plans = NULL;

PG_FUNCTION_INFO_V1(rg_run_rule);

static void
create_plans(void)
{
	HASHCTL		control;

	memset(&control, 0, sizeof(control));
	control.keysize = sizeof(uint64);
	control.entrysize = sizeof(struct rule_plan);
	control.hcxt = CacheMemoryContext;
	plans = hash_create("rds_guard rules", 128, &control,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Forgets one plan. */
static void
drop_plan(struct rule_plan *entry)
{
	SPIPlanPtr	plan = entry->plan;
	char	   *rule = entry->rule;

	hash_search(plans, &entry->hash, HASH_REMOVE, NULL);
	SPI_freeplan(plan);
	pfree(rule);
}

/* Forgets all plans. */
static void
drop_plans(void)
{
	HASH_SEQ_STATUS status;
	struct rule_plan *entry;

	hash_seq_init(&status, plans);
	while ((entry = hash_seq_search(&status)) != NULL)
		drop_plan(entry);
}

/*
 * Plans a rule, so that all its rows come as one array or none do.  A plan for
 * each value of the parameter would be no better, and its making costs.
 */
static SPIPlanPtr
prepare_rule(const char *rule, int nargs)
{
	Oid			types[1] = {JSONBOID};
	StringInfoData query;
	SPIPlanPtr	plan;

	initStringInfo(&query);
	appendStringInfo(&query,
					 "SELECT pg_catalog.array_agg(ROW(q.object, q.detail, q.fix, q.evidence)::rds_guard.violation)"
					 " FROM (%s\n) AS q (object, detail, fix, evidence)", rule);
	plan = SPI_prepare_cursor(query.data, nargs, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	pfree(query.data);
	return plan;
}

/* The plan of a rule with this many parameters, from the cache if it is there. */
static SPIPlanPtr
find_plan(const char *rule, Size len, int nargs)
{
	uint64		hash = DatumGetUInt64(hash_any_extended((const unsigned char *) rule, len, 0));
	struct rule_plan *entry;
	SPIPlanPtr	plan;
	char	   *copy;

	if (plans == NULL)
		create_plans();
	entry = hash_search(plans, &hash, HASH_FIND, NULL);
	if (entry != NULL && strcmp(entry->rule, rule) == 0 && SPI_getargcount(entry->plan) == nargs)
		return entry->plan;
	if (entry != NULL)
		drop_plan(entry);
	if (hash_get_num_entries(plans) >= MAX_PLANS)
		drop_plans();

	/* What may fail comes first, so that an entry is always whole. */
	plan = prepare_rule(rule, nargs);
	copy = MemoryContextStrdup(CacheMemoryContext, rule);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	entry = hash_search(plans, &hash, HASH_ENTER, NULL);
	entry->rule = copy;
	entry->plan = plan;
	return plan;
}

/*
 * run_rule(rule text, bundle jsonb): the violations that a rule finds, an empty
 * array if none.  The rule has a parameter if there is a bundle.  Raises
 * whatever the rule raises.
 */
Datum
rg_run_rule(PG_FUNCTION_ARGS)
{
	int			nargs = PG_ARGISNULL(1) ? 0 : 1;
	MemoryContext caller_context = CurrentMemoryContext;
	MemoryContext spi_context;
	char	   *rule;
	Datum		bundle;
	Datum		violations;
	bool		isnull;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rule = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bundle = PG_GETARG_DATUM(1);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_plan(find_plan(rule, strlen(rule), nargs), &bundle, NULL, true, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "a rule did not return its violations");

	violations = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
	{
		spi_context = MemoryContextSwitchTo(caller_context);
		violations = datumCopy(violations, false, -1);
		MemoryContextSwitchTo(spi_context);
	}
	SPI_finish();

	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(violations);
}
