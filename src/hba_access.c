/*-------------------------------------------------------------------------
 *
 * hba_access.c
 *		hba_access(): who gets in by which line of pg_hba.conf.
 *
 * Puts together what hba_match.c knows of roles and databases and hba_share.c
 * of addresses.  Roles that hit the same lines in the same databases share a
 * profile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "fact.h"
#include "hba_share.h"

enum access_column
{
	COLUMN_ROLE,
	COLUMN_PLACE,
	COLUMN_FILE_NAME,
	COLUMN_LINE_NUMBER,
	COLUMN_TYPE,
	COLUMN_DATABASES,
	COLUMN_ADDRESS,
	COLUMN_AUTH_METHOD,
	COLUMN_OPTIONS,
	COLUMN_TRANSPORTS,
	COLUMN_REMOTE,
	COLUMN_REACHED,
	COLUMN_NETWORKS,
	COLUMN_CERTAIN
};

static const Oid access_arguments[] = {NAMEOID};
static const Oid access_columns[] = {
	NAMEOID, INT8OID, TEXTOID, INT4OID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID,
	TEXTARRAYOID, TEXTARRAYOID, BOOLOID, NAMEARRAYOID, CIDRARRAYOID, BOOLOID
};

static const struct rg_signature access_signature = {
	lengthof(access_arguments), access_arguments, lengthof(access_columns), access_columns
};

/* What a line gets from some databases; a row once the transports are added. */
struct portion
{
	int			line;
	int			addresses;
	int			transport;
	int			transports;		/* a bit each */
	rg_word    *databases;
	Datum		reached;
};

/* Roles that hit the same lines. */
struct profile
{
	struct portion *portions;
	int			nportions;
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
	int			database_words;
	int		   *histories;		/* of one role, by database */
	rg_word   **sets;			/* of databases by history, for one role */
	int			nsets;
	HTAB	   *reached_numbers;	/* by set of databases */
	Datum	   *reached;
	int			nreached;
	int			reached_allocated;
	HTAB	   *profile_numbers;
	struct profile *profiles;
	int			nprofiles;
	Datum		transports[1 << RG_TRANSPORT_COUNT];	/* by set */
};

PG_FUNCTION_INFO_V1(rg_hba_access);

/* The names of a set of databases. */
static Datum
database_names(const struct request *request, const rg_word *set)
{
	const struct rg_hba_matcher *matcher = request->matcher;
	Datum	   *names = palloc(matcher->ndatabases * sizeof(Datum));
	int			nnames = 0;
	const char *last = NULL;
	int			i;

	for (i = 0; i < matcher->ndatabases; i++)
	{
		const char *name = matcher->databases[i].name;

		/* a database may have the name by which physical replication goes */
		if (!RG_SET_HAS(set, i) || (last != NULL && strcmp(last, name) == 0))
			continue;
		names[nnames++] = DirectFunctionCall1(namein, CStringGetDatum(name));
		last = name;
	}
	return PointerGetDatum(construct_array(names, nnames, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR));
}

/* The same, written out once for each set. */
static Datum
reached_names(struct request *request, const rg_word *set)
{
	bool		found;
	int			number = rg_hba_number(request->reached_numbers, request->database_words * sizeof(rg_word),
									   set, request->nreached, &found);

	if (found)
		return request->reached[number];
	if (request->nreached == request->reached_allocated)
	{
		request->reached_allocated *= 2;
		request->reached = repalloc_huge(request->reached, request->reached_allocated * sizeof(Datum));
	}
	request->reached[number] = database_names(request, set);
	return request->reached[request->nreached++];
}

/* By line and addresses. */
static int
compare_places(const struct portion *x, const struct portion *y)
{
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->addresses > y->addresses) - (x->addresses < y->addresses);
}

/* By line, addresses and transport. */
static int
compare_shares(const void *a, const void *b)
{
	const struct portion *x = a;
	const struct portion *y = b;
	int			order = compare_places(x, y);

	return order != 0 ? order : x->transport - y->transport;
}

/* By line, addresses and databases. */
static int
compare_portions(const void *a, const void *b, void *size)
{
	const struct portion *x = a;
	const struct portion *y = b;
	int			order = compare_places(x, y);

	return order != 0 ? order : memcmp(x->databases, y->databases, *(const Size *) size);
}

/*
 * Sorts the databases of a role by their histories: request->sets.  Returns how
 * many shares these have.
 */
static Size
sort_histories(struct request *request)
{
	const struct rg_hba_ledger *ledger = request->ledger;
	Size		nshares = 0;
	int			i;

	if (request->nsets < ledger->nhistories)
	{
		request->nsets = 2 * ledger->nhistories;
		request->sets = MemoryContextAllocHuge(CurrentMemoryContext, request->nsets * sizeof(rg_word *));
		memset(request->sets, 0, request->nsets * sizeof(rg_word *));
	}
	for (i = 0; i < request->matcher->ndatabases; i++)
	{
		int			number = request->histories[i];

		if (request->sets[number] == NULL)
		{
			request->sets[number] = palloc0(request->database_words * sizeof(rg_word));
			nshares += ledger->histories[number].nshares;
		}
		RG_SET_ADD(request->sets[number], i);
	}
	return nshares;
}

/* The shares of all databases of a role, those of lines that reject excepted. */
static int
collect_shares(struct request *request, struct portion **portions)
{
	Size		nshares = sort_histories(request);
	int			nportions = 0;
	int			i;
	int			j;

	*portions = MemoryContextAllocHuge(CurrentMemoryContext, (nshares + 1) * sizeof(**portions));
	for (i = 0; i < request->matcher->ndatabases; i++)
	{
		int			number = request->histories[i];
		const struct rg_hba_history *history = &request->ledger->histories[number];
		rg_word    *set = request->sets[number];

		request->sets[number] = NULL;
		for (j = 0; set != NULL && j < history->nshares; j++)
		{
			const struct rg_hba_share *share = &history->shares[j];
			struct portion *portion = &(*portions)[nportions];

			if (request->file->lines[share->line].rejects)
				continue;
			portion->line = share->line;
			portion->addresses = share->addresses;
			portion->transport = share->transport;
			portion->transports = 1 << share->transport;
			portion->databases = set;
			nportions++;
		}
	}
	return nportions;
}

/* Joins those portions that only differ in their databases. */
static int
join_databases(const struct request *request, struct portion *portions, int nportions)
{
	Size		size = request->database_words * sizeof(rg_word);
	int			kept = 0;
	int			i;
	int			j;

	qsort(portions, nportions, sizeof(*portions), compare_shares);
	for (i = 0; i < nportions; i++)
	{
		if (i == 0 || compare_shares(&portions[i], &portions[kept - 1]) != 0)
		{
			rg_word    *databases = palloc(size);

			memcpy(databases, portions[i].databases, size);
			portions[kept] = portions[i];
			portions[kept++].databases = databases;
			continue;
		}
		for (j = 0; j < request->database_words; j++)
			portions[kept - 1].databases[j] |= portions[i].databases[j];
	}
	return kept;
}

/* Joins those portions that only differ in their transports. */
static int
join_transports(struct request *request, struct portion *portions, int nportions)
{
	Size		size = request->database_words * sizeof(rg_word);
	int			kept = 0;
	int			i;

	qsort_arg(portions, nportions, sizeof(*portions), compare_portions, &size);
	for (i = 0; i < nportions; i++)
	{
		if (i == 0 || compare_portions(&portions[i], &portions[kept - 1], &size) != 0)
			portions[kept++] = portions[i];
		else
			portions[kept - 1].transports |= portions[i].transports;
	}
	for (i = 0; i < kept; i++)
		portions[i].reached = reached_names(request, portions[i].databases);
	return kept;
}

/* The profile of the matcher's role. */
static const struct profile *
find_profile(struct request *request)
{
	struct rg_hba_matcher *matcher = request->matcher;
	struct profile *profile;
	bool		found;
	int			number;
	int			i;

	for (i = 0; i < matcher->ndatabases; i++)
	{
		rg_hba_match_database(matcher, i, request->lines);
		request->histories[i] = rg_hba_history(request->ledger, request->lines);
	}
	number = rg_hba_number(request->profile_numbers, matcher->ndatabases * sizeof(int),
						   request->histories, request->nprofiles, &found);
	profile = &request->profiles[number];
	if (!found)
	{
		request->nprofiles++;
		profile->nportions = collect_shares(request, &profile->portions);
		profile->nportions = join_databases(request, profile->portions, profile->nportions);
		profile->nportions = join_transports(request, profile->portions, profile->nportions);
	}
	return profile;
}

static void
emit_portion(struct request *request, const struct rg_role *role, const struct portion *portion)
{
	static const int places[RG_HBA_COLUMNS] = {
		COLUMN_PLACE, COLUMN_FILE_NAME, COLUMN_LINE_NUMBER, COLUMN_TYPE,
		COLUMN_DATABASES, COLUMN_ADDRESS, COLUMN_AUTH_METHOD, COLUMN_OPTIONS
	};
	const struct rg_hba_line *line = &request->file->lines[portion->line];
	struct rg_fact *fact = &request->fact;
	bool		remote = portion->addresses == RG_ADDRESSES_HIDDEN_REMOTE;
	int			i;

	rg_fact_set(fact, COLUMN_ROLE, NameGetDatum(&role->name));
	for (i = 0; i < RG_HBA_COLUMNS; i++)
	{
		if (!line->nulls[i])
			rg_fact_set(fact, places[i], line->values[i]);
	}
	rg_fact_set(fact, COLUMN_TRANSPORTS, request->transports[portion->transports]);
	if (portion->addresses >= 0)
	{
		rg_fact_set(fact, COLUMN_NETWORKS, rg_hba_networks(request->ledger, portion->addresses));
		remote = request->ledger->addresses[portion->addresses].remote;
	}
	rg_fact_set(fact, COLUMN_REMOTE, BoolGetDatum(remote));
	rg_fact_set(fact, COLUMN_REACHED, portion->reached);
	rg_fact_set(fact, COLUMN_CERTAIN, BoolGetDatum(line->certain));
	rg_fact_emit(fact);
}

/* Reads the file, and makes room for what is asked of each role. */
static void
prepare_request(struct request *request)
{
	struct rg_hba_matcher *matcher;
	int			i;

	request->file = rg_hba_file_read(request->graph);
	matcher = rg_hba_matcher_create(request->file, request->graph, false);
	request->matcher = matcher;
	request->ledger = rg_hba_ledger_create(request->file);
	request->lines = palloc(matcher->nwords * sizeof(rg_word));
	for (i = 0; i < 1 << RG_TRANSPORT_COUNT; i++)
		request->transports[i] = rg_transport_array(i);
	request->database_words = RG_WORDS(matcher->ndatabases);
	request->histories = palloc(matcher->ndatabases * sizeof(int));
	request->reached_numbers = rg_hba_number_table(request->database_words * sizeof(rg_word));
	request->reached_allocated = 64;
	request->reached = palloc(request->reached_allocated * sizeof(Datum));
	request->profile_numbers = rg_hba_number_table(matcher->ndatabases * sizeof(int));
	request->profiles = palloc((request->graph->nroles + 1) * sizeof(struct profile));
}

/* Emits the rows of hba_access(); memory is the caller's to free. */
static void
answer_access(struct request *request, const char *for_role)
{
	const struct rg_role_graph *graph = request->graph;
	int			i;
	int			j;

	prepare_request(request);
	for (i = 0; i < graph->nroles; i++)
	{
		const struct rg_role *role = &graph->roles[i];
		struct rg_hba_role asked = {NameStr(role->name), i, NULL};
		const struct profile *profile;

		if (for_role == NULL ? !role->can_login : strcmp(for_role, NameStr(role->name)) != 0)
			continue;
		rg_hba_match_role(request->matcher, asked);
		profile = find_profile(request);
		for (j = 0; j < profile->nportions; j++)
			emit_portion(request, role, &profile->portions[j]);
	}
}

/*
 * hba_access(for_role name).  Raises 42501, when the file cannot be read or is
 * not what the server uses.  The semantics are those of hba.c.
 */
Datum
rg_hba_access(PG_FUNCTION_ARGS)
{
	struct request request;
	MemoryContext context;
	MemoryContext old_context;

	memset(&request, 0, sizeof(request));
	rg_fact_open(&request.fact, fcinfo, &access_signature);
	rg_role_graph_require("roles and their memberships");

	context = AllocSetContextCreate(CurrentMemoryContext, "rds_guard hba_access",
									ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);
	request.graph = rg_role_graph_acquire();
	PG_TRY();
	{
		answer_access(&request, PG_ARGISNULL(0) ? NULL : NameStr(*PG_GETARG_NAME(0)));
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
