/*-------------------------------------------------------------------------
 *
 * weak_passwords.c
 *		weak_passwords(): which stored passwords are easily guessed.
 *
 * Knows whom it may tell, how long it may take, and what its rows say.  Never
 * returns, logs or raises a guess or a verifier: only the kind of the guess.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_database.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "fact.h"
#include "target.h"

#define MAX_SECONDS 86400
#define MAX_CANDIDATE_BYTES (1024 * 1024)

enum weak_column
{
	COLUMN_ROLE,
	COLUMN_CAN_LOGIN,
	COLUMN_SUPERUSER,
	COLUMN_VALID_UNTIL,
	COLUMN_KIND,
	COLUMN_RESULT,
	COLUMN_GUESS_KIND,
	COLUMN_GUESSES,
	COLUMN_REASON
};

static const Oid weak_columns[] = {
	NAMEOID, BOOLOID, BOOLOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, TEXTOID
};

static const Oid weak_args[] = {TEXTARRAYOID, INT4OID};

static const struct rg_signature weak_signature = {
	lengthof(weak_args), weak_args, lengthof(weak_columns), weak_columns
};

static const Oid likely_args[] = {INT4OID, INT4OID};

static const struct rg_signature likely_signature = {
	lengthof(likely_args), likely_args, lengthof(weak_columns), weak_columns
};

/* The guesses of one call, and what they point to. */
struct guesses
{
	struct rg_guess *list;
	size_t		n;
	struct rg_guess *candidates;
	size_t		ncandidates;
	struct rg_guess *databases;
	size_t		ndatabases;
};

PG_FUNCTION_INFO_V1(rg_weak_passwords);
PG_FUNCTION_INFO_V1(rg_likely_passwords);

static void
require_superuser(void)
{
	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to test passwords"),
				 errhint("Only a superuser may: run it as one.")));
}

/* One more guess with a text of its own. */
static struct rg_guess
make_guess(enum rg_guess_kind kind, const char *bytes, size_t len)
{
	struct rg_guess guess = {kind, 0, bytes, len};

	return guess;
}

/* The elements of the caller's array, but not NULL. */
static void
read_candidates(struct guesses *guesses, ArrayType *array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			i;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	guesses->candidates = MemoryContextAllocHuge(CurrentMemoryContext,
												 Max(n, 1) * sizeof(struct rg_guess));
	for (i = 0; i < n; i++)
	{
		text	   *element;

		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			continue;
		element = DatumGetTextPP(elements[i]);
		if (VARSIZE_ANY_EXHDR(element) > MAX_CANDIDATE_BYTES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("candidate %d is longer than %d bytes", i + 1, MAX_CANDIDATE_BYTES)));
		guesses->candidates[guesses->ncandidates++] =
			make_guess(RG_GUESS_CANDIDATE, VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element));
	}
}

/* A copy of the caller's array, which somebody has to wipe. */
struct copy
{
	void	   *bytes;
	size_t		len;
};

static void
wipe_copy(void *arg)
{
	struct copy *copy = arg;

	explicit_bzero(copy->bytes, copy->len);
}

/*
 * The caller's array.  Where it has to be unpacked, the copy is wiped with the
 * current context, also when an error ends the call.
 */
static ArrayType *
unpack_candidates(Datum candidates)
{
	ArrayType  *array = DatumGetArrayTypeP(candidates);

	if ((Pointer) array != DatumGetPointer(candidates))
	{
		MemoryContextCallback *callback = palloc0(sizeof(*callback));
		struct copy *copy = palloc(sizeof(*copy));

		copy->bytes = array;
		copy->len = VARSIZE(array);
		callback->func = wipe_copy;
		callback->arg = copy;
		MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	}
	return array;
}

static int
compare_guesses(const void *a, const void *b)
{
	return strcmp(((const struct rg_guess *) a)->text, ((const struct rg_guess *) b)->text);
}

/* The names of all databases, in order, so that each call guesses alike. */
static void
read_databases(struct guesses *guesses)
{
	Relation	database;
	SysScanDesc scan;
	HeapTuple	tuple;
	size_t		room = 16;

	guesses->databases = palloc(room * sizeof(struct rg_guess));
	database = table_open(DatabaseRelationId, AccessShareLock);
	scan = systable_beginscan(database, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		const char *name = pstrdup(NameStr(((Form_pg_database) GETSTRUCT(tuple))->datname));

		CHECK_FOR_INTERRUPTS();
		if (guesses->ndatabases == room)
		{
			room *= 2;
			guesses->databases = repalloc_huge(guesses->databases, room * sizeof(struct rg_guess));
		}
		guesses->databases[guesses->ndatabases++] =
			make_guess(RG_GUESS_DATABASE, name, strlen(name));
	}
	systable_endscan(scan);
	table_close(database, AccessShareLock);
	qsort(guesses->databases, guesses->ndatabases, sizeof(struct rg_guess), compare_guesses);
}

/* Puts all guesses in order. */
static void
list_guesses(struct guesses *guesses, const NullableDatum *candidates)
{
	if (!candidates->isnull)
		read_candidates(guesses, unpack_candidates(candidates->value));
	read_databases(guesses);
	guesses->list = MemoryContextAllocHuge(CurrentMemoryContext,
										   (2 + guesses->ncandidates + guesses->ndatabases +
											rg_variation_count + rg_common_password_count) *
										   sizeof(struct rg_guess));
	guesses->n = rg_guess_list(guesses->list, guesses->candidates, guesses->ncandidates,
							   guesses->databases, guesses->ndatabases);
}

/* The name of a result in SQL. */
static const char *
result_name(enum rg_target_result result)
{
	switch (result)
	{
		case RG_TARGET_GUESSED:
			return "guessed";
		case RG_TARGET_NOT_TESTED:
			return "not tested";
		case RG_TARGET_OUT_OF_TIME:
			return "out of time";
		case RG_TARGET_OPEN:
			break;
	}
	return "not guessed";
}

/* Emits the row of one role. */
static void
emit_target(struct rg_fact *fact, struct rg_target *target, int milliseconds)
{
	rg_fact_set(fact, COLUMN_ROLE, NameGetDatum(&target->role));
	rg_fact_set(fact, COLUMN_CAN_LOGIN, BoolGetDatum(target->can_login));
	rg_fact_set(fact, COLUMN_SUPERUSER, BoolGetDatum(target->superuser));
	if (target->expires)
		rg_fact_set(fact, COLUMN_VALID_UNTIL, TimestampTzGetDatum(target->valid_until));
	rg_fact_set_text(fact, COLUMN_KIND, rg_verifier_kind_name(target->about.kind));
	rg_fact_set_text(fact, COLUMN_RESULT, result_name(target->result));
	if (target->result == RG_TARGET_GUESSED)
		rg_fact_set_text(fact, COLUMN_GUESS_KIND, rg_guess_kind_name(target->guess_kind));
	rg_fact_set(fact, COLUMN_GUESSES, Int32GetDatum(target->guesses));
	if (target->result == RG_TARGET_OUT_OF_TIME)
	{
		char		reason[64];

		snprintf(reason, sizeof(reason), "the budget of %d ms is used up", milliseconds);
		rg_fact_set_text(fact, COLUMN_REASON, reason);
	}
	else
		rg_fact_set_text(fact, COLUMN_REASON, target->reason);
	rg_fact_emit(fact);
}

/*
 * Reads, guesses and emits.  most_guesses bounds the guesses for each role,
 * 0 means all.
 */
static void
guess_all(struct rg_fact *fact, const NullableDatum *candidates, int milliseconds,
		  size_t most_guesses)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "rds_guard guesses",
												  ALLOCSET_DEFAULT_SIZES);
	struct rg_targets *targets = MemoryContextAlloc(context, sizeof(*targets));
	struct guesses guesses = {0};
	struct rg_budget budget = {0};
	size_t		i;

	rg_targets_read(targets, context);
	if (targets->n > 0)
	{
		MemoryContext old_context = MemoryContextSwitchTo(context);

		list_guesses(&guesses, candidates);
		INSTR_TIME_SET_CURRENT(budget.start);
		budget.milliseconds = milliseconds;
		rg_targets_guess(targets, guesses.list,
						 most_guesses > 0 ? Min(most_guesses, guesses.n) : guesses.n, &budget);
		MemoryContextSwitchTo(old_context);
	}
	for (i = 0; i < targets->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		emit_target(fact, &targets->array[i], milliseconds);
	}
	MemoryContextDelete(context);
}

/*
 * weak_passwords(candidates text[], seconds integer): a row for each role with
 * a password.  Raises 42501 unless the caller is superuser, 22023 for seconds
 * out of range, 54000 for a candidate that is too long.
 */
Datum
rg_weak_passwords(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	int			seconds;

	rg_fact_open(&fact, fcinfo, &weak_signature);
	require_superuser();
	seconds = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);
	if (seconds < 1 || seconds > MAX_SECONDS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("seconds must be between 1 and %d", MAX_SECONDS)));

	guess_all(&fact, &fcinfo->args[0], seconds * 1000, 0);
	rg_fact_close(&fact);
	return (Datum) 0;
}

/*
 * likely_passwords(milliseconds integer, most_guesses integer): the same with
 * the first guesses only, for a check.
 */
Datum
rg_likely_passwords(PG_FUNCTION_ARGS)
{
	static const NullableDatum no_candidates = {
		.isnull = true
	};
	struct rg_fact fact;
	int			milliseconds;
	int			most_guesses;

	rg_fact_open(&fact, fcinfo, &likely_signature);
	require_superuser();
	milliseconds = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0);
	most_guesses = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);
	if (milliseconds < 1 || milliseconds > MAX_SECONDS * 1000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("milliseconds must be between 1 and %d", MAX_SECONDS * 1000)));
	if (most_guesses < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at least one guess must be made")));

	guess_all(&fact, &no_candidates, milliseconds, (size_t) most_guesses);
	rg_fact_close(&fact);
	return (Datum) 0;
}
