/*-------------------------------------------------------------------------
 *
 * hba_reach.c
 *		hba_reach(): which lines of pg_hba.conf some connection can hit.
 *
 * Asks about all roles and databases that exist or that the file names, and
 * about any other: one that nothing in the file matches but all, and for each
 * regular expression one that nothing else matches.  That one may not exist for
 * an expression that others include: then a line is said to be hit that is not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "compat.h"
#include "fact.h"
#include "hba_share.h"

enum reach_column
{
	REACH_PLACE,
	REACH_TRANSPORTS,
	REACH_REMOTE,
	REACH_COVERED_BY,
	REACH_IDLE
};

static const Oid reach_columns[] = {INT8OID, TEXTARRAYOID, BOOLOID, INT8ARRAYOID, BOOLOID};

static const struct rg_signature reach_signature = {
	0, NULL, lengthof(reach_columns), reach_columns
};

/* One call. */
struct request
{
	struct rg_fact fact;
	struct rg_role_graph *graph;
	struct rg_hba_file *file;
	struct rg_hba_matcher *matcher;
	struct rg_hba_ledger *ledger;
	rg_word    *lines;
};

PG_FUNCTION_INFO_V1(rg_hba_reach);

static void
prepare_request(struct request *request)
{
	request->file = rg_hba_file_read(request->graph);
	request->matcher = rg_hba_matcher_create(request->file, request->graph, true);
	request->ledger = rg_hba_ledger_create(request->file);
	request->lines = palloc(request->matcher->nwords * sizeof(rg_word));
}

/*
 * Does it take a database that only its pattern matches to hit a line by the
 * matcher's role?  What says all for the roles is left to any other.
 */
static bool
needs_pattern(const struct request *request, int number)
{
	const struct rg_hba_matcher *matcher = request->matcher;
	const struct rg_hba_database *database = &matcher->databases[number];
	bool		is_any = matcher->role.name == NULL && matcher->role.pattern == NULL;
	int			i;

	for (i = 0; i < matcher->nwords; i++)
	{
		if (matcher->lines[i] & database->own[i] & ~(is_any ? 0 : matcher->all_roles[i]))
			return true;
	}
	return false;
}

/*
 * Adds the histories of a role: in all databases with names or without, or for
 * patterns: in those that only a pattern matches.  A role of that kind is new in
 * all.
 */
static void
add_histories(struct request *request, HTAB *seen, struct rg_hba_role role, bool for_patterns)
{
	struct rg_hba_matcher *matcher = request->matcher;
	bool		by_name = false;
	bool		found;
	int			i;

	rg_hba_match_role(matcher, role);
	for (i = 0; i < matcher->nwords; i++)
		by_name = by_name || (matcher->lines[i] & (matcher->same_user[i] | matcher->same_role[i])) != 0;
	if (!by_name)
	{
		(void) rg_hba_number(seen, matcher->nwords * sizeof(rg_word), matcher->lines, 0, &found);
		if (found)
			return;
	}
	for (i = 0; i < matcher->ndatabases; i++)
	{
		if (i < matcher->nnamed ? for_patterns && role.pattern == NULL :
			!for_patterns || !needs_pattern(request, i))
			continue;
		rg_hba_match_database(matcher, i, request->lines);
		(void) rg_hba_history(request->ledger, request->lines);
	}
}

/* The same for the roles that a line names, which may not exist. */
static void
add_named_histories(struct request *request, HTAB *seen, const struct rg_hba_line *line, bool for_patterns)
{
	struct rg_hba_role role = {NULL, -1, NULL};
	int			i;

	for (i = 0; i < line->nroles; i++)
	{
		const struct rg_hba_token *token = &line->roles[i];

		role.name = role.pattern = NULL;
		if (token->kind == RG_TOKEN_PATTERN && for_patterns)
			role.pattern = token->text;
		else if ((token->kind == RG_TOKEN_NAME || !line->sure) &&
				 strlen(token->text) < NAMEDATALEN &&
				 rg_hba_find_role(request->graph, token->text) < 0)
			role.name = token->text;
		else
			continue;
		add_histories(request, seen, role, for_patterns);
	}
}

/*
 * Adds the histories of all roles that exist, that the file names, and any other;
 * for patterns: those that add what only their names could reach.
 */
static void
add_all_histories(struct request *request, bool for_patterns)
{
	HTAB	   *seen = rg_hba_number_table(request->matcher->nwords * sizeof(rg_word));
	struct rg_hba_role role = {NULL, -1, NULL};
	int			i;

	add_histories(request, seen, role, for_patterns);
	for (i = 0; i < request->graph->nroles; i++)
	{
		role.name = NameStr(request->graph->roles[i].name);
		role.number = i;
		add_histories(request, seen, role, for_patterns);
	}
	for (i = 0; i < request->file->nlines; i++)
		add_named_histories(request, seen, &request->file->lines[i], for_patterns);
}

/* The places of the lines that take all of this one. */
static Datum
earlier_places(const struct request *request, int number)
{
	const struct rg_hba_file *file = request->file;
	rg_word    *takers = palloc0(request->matcher->nwords * sizeof(rg_word));
	Datum	   *places = palloc((file->nlines + 1) * sizeof(Datum));
	int			nplaces = 0;
	int			i;

	for (i = 0; i < request->ledger->nhistories; i++)
	{
		CHECK_FOR_INTERRUPTS();
		rg_hba_takers(request->ledger, request->ledger->histories[i].lines, number, takers);
	}
	for (i = 0; i < number; i++)
	{
		if (RG_SET_HAS(takers, i))
			places[nplaces++] = file->lines[i].values[RG_HBA_PLACE];
	}
	return PointerGetDatum(construct_array(places, nplaces, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* Emits the rows of hba_reach(); memory is the caller's to free. */
static void
answer_reach(struct request *request)
{
	struct rg_fact *fact = &request->fact;
	const struct rg_hba_ledger *ledger;
	int		   *transports;
	bool	   *remote;
	rg_word    *named;
	rg_word    *borne;			/* also by what is more than a pattern */
	int			nborne;
	int			i;
	int			j;

	prepare_request(request);
	add_all_histories(request, false);
	nborne = request->ledger->nhistories;
	add_all_histories(request, true);
	ledger = request->ledger;
	transports = palloc0((request->file->nlines + 1) * sizeof(int));
	remote = palloc0((request->file->nlines + 1) * sizeof(bool));
	named = palloc0(request->matcher->nwords * sizeof(rg_word));
	borne = palloc0(request->matcher->nwords * sizeof(rg_word));
	for (i = 0; i < ledger->nhistories; i++)
	{
		const struct rg_hba_history *history = &ledger->histories[i];

		for (j = 0; j < request->matcher->nwords; j++)
		{
			named[j] |= history->lines[j];
			if (i < nborne)
				borne[j] |= history->lines[j];
		}
		for (j = 0; j < history->nshares; j++)
		{
			const struct rg_hba_share *share = &history->shares[j];

			transports[share->line] |= 1 << share->transport;
			if (share->addresses >= 0 ? ledger->addresses[share->addresses].remote
				: share->addresses == RG_ADDRESSES_HIDDEN_REMOTE)
				remote[share->line] = true;
		}
	}
	for (i = 0; i < request->file->nlines; i++)
	{
		if (!RG_SET_HAS(named, i))
			continue;
		rg_fact_set(fact, REACH_PLACE, request->file->lines[i].values[RG_HBA_PLACE]);
		rg_fact_set(fact, REACH_TRANSPORTS, rg_transport_array(transports[i]));
		rg_fact_set(fact, REACH_REMOTE, BoolGetDatum(remote[i]));
		rg_fact_set(fact, REACH_COVERED_BY, transports[i] != 0
					? PointerGetDatum(construct_empty_array(INT8OID)) : earlier_places(request, i));
		rg_fact_set(fact, REACH_IDLE, BoolGetDatum(!RG_SET_HAS(borne, i)));
		rg_fact_emit(fact);
	}
}

/*
 * hba_reach().  Raises 42501, when the file cannot be read or is not what the
 * server uses.
 */
Datum
rg_hba_reach(PG_FUNCTION_ARGS)
{
	struct request request;
	MemoryContext context;
	MemoryContext old_context;

	memset(&request, 0, sizeof(request));
	rg_fact_open(&request.fact, fcinfo, &reach_signature);
	rg_role_graph_require("roles and their memberships");

	context = AllocSetContextCreate(CurrentMemoryContext, "rds_guard hba_reach",
									ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);
	request.graph = rg_role_graph_acquire();
	PG_TRY();
	{
		answer_reach(&request);
	}
	PG_FINALLY();
	{
		rg_role_graph_release(request.graph);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old_context);

	MemoryContextDelete(context);
	rg_fact_close(&request.fact);
	return (Datum) 0;
}
