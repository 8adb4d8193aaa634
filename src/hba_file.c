/*-------------------------------------------------------------------------
 *
 * hba_file.c
 *		The lines of pg_hba.conf, as hba_lines() returns them.
 *
 * Reads with the rights of the caller, by SQL: hba_lines() knows who may and
 * what the server uses.  Knows how the networks of the file cut the addresses.
 * All that it returns lives in the memory context of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "regex/regex.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "compat.h"
#include "hba.h"

#define LINES_QUERY \
	"SELECT h.place, h.file_name, h.line_number, h.type, h.databases, h.address, h.auth_method, h.options," \
	" h.roles, h.transports, h.network IS NOT NULL, h.uncertain IS NULL, NOT h.by_word" \
	" FROM rds_guard.hba_lines() AS h ORDER BY h.place"

#define DATABASES_QUERY \
	"SELECT d.datname FROM pg_catalog.pg_database AS d" \
	" WHERE $1 OR (d.datallowconn AND d.datconnlimit <> -2)"

/* The columns of LINES_QUERY behind those that are handed on. */
enum lines_column
{
	COLUMN_ROLES = RG_HBA_COLUMNS,
	COLUMN_TRANSPORTS,
	COLUMN_HAS_NETWORK,
	COLUMN_SURE,
	COLUMN_READ,
	COLUMN_COUNT
};

const char *const rg_transport_names[RG_TRANSPORT_COUNT] = {
	"gss", "local", "plain", "tls"
};

/* The names of a set of transports, a bit each, as text[]. */
Datum
rg_transport_array(int transports)
{
	Datum		names[RG_TRANSPORT_COUNT];
	int			nnames = 0;
	int			i;

	for (i = 0; i < RG_TRANSPORT_COUNT; i++)
	{
		if (transports & (1 << i))
			names[nnames++] = CStringGetTextDatum(rg_transport_names[i]);
	}
	return PointerGetDatum(construct_array(names, nnames, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The number of a role, or -1. */
int
rg_hba_find_role(const struct rg_role_graph *graph, const char *name)
{
	int			low = 0;
	int			high = graph->nroles - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(name, NameStr(graph->roles[middle].name));

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return -1;
}

/* Runs a query of this file, whose plan is kept. */
static void
run_query(SPIPlanPtr *plan, const char *query, int nargs, Oid *types, Datum *values)
{
	if (*plan == NULL)
	{
		SPIPlanPtr	prepared = SPI_prepare(query, nargs, types);

		if (prepared == NULL)
			elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
		if (SPI_keepplan(prepared) != 0)
			elog(ERROR, "SPI_keepplan failed");
		*plan = prepared;
	}
	if (SPI_execute_plan(*plan, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "a query of pg_hba.conf returned no rows");
}

/* The elements of a text[] that are not NULL; none of an array that is. */
static char **
read_strings(Datum array, bool isnull, int *count)
{
	Datum	   *elements = NULL;
	bool	   *nulls = NULL;
	char	  **strings;
	int			nelements = 0;
	int			i;

	if (!isnull)
		deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT,
						  &elements, &nulls, &nelements);
	strings = palloc((nelements + 1) * sizeof(char *));
	*count = 0;
	for (i = 0; i < nelements; i++)
	{
		if (!nulls[i])
			strings[(*count)++] = TextDatumGetCString(elements[i]);
	}
	return strings;
}

#ifdef RG_HAS_HBA_PATTERNS
/* As regcomp_auth_token() in hba.c: the server has no encoding there. */
static void *
compile_pattern(const char *word)
{
	regex_t    *pattern = palloc0(sizeof(regex_t));
	int			length = strlen(word);
	pg_wchar   *wide = palloc((length + 1) * sizeof(pg_wchar));
	int			i;

	for (i = 0; i < length; i++)
		wide[i] = (unsigned char) word[i];
	if (pg_regcomp(pattern, wide, length, REG_ADVANCED, C_COLLATION_OID) != REG_OKAY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_REGULAR_EXPRESSION),
				 errmsg("invalid regular expression \"%s\" in pg_hba.conf", word)));
	pfree(wide);
	return pattern;
}
#endif

/* What a word means in both lists. */
static void
read_token(struct rg_hba_token *token, const char *word)
{
	token->text = word;
	token->group = -1;
	token->pattern = NULL;
	token->kind = RG_TOKEN_NAME;
	if (strcmp(word, "all") == 0)
		token->kind = RG_TOKEN_ALL;
#ifdef RG_HAS_HBA_PATTERNS
	else if (word[0] == '/')
	{
		token->kind = RG_TOKEN_PATTERN;
		token->pattern = compile_pattern(word + 1);
	}
#endif
}

static struct rg_hba_token *
read_roles(Datum array, bool isnull, const struct rg_role_graph *graph, int *count)
{
	char	  **strings = read_strings(array, isnull, count);
	struct rg_hba_token *tokens = palloc((*count + 1) * sizeof(*tokens));
	int			i;

	for (i = 0; i < *count; i++)
	{
		read_token(&tokens[i], strings[i]);
		if (strings[i][0] == '+')
		{
			tokens[i].kind = RG_TOKEN_GROUP;
			tokens[i].group = rg_hba_find_role(graph, strings[i] + 1);
		}
	}
	return tokens;
}

static struct rg_hba_token *
read_databases(Datum array, bool isnull, int *count)
{
	char	  **strings = read_strings(array, isnull, count);
	struct rg_hba_token *tokens = palloc((*count + 1) * sizeof(*tokens));
	int			i;

	for (i = 0; i < *count; i++)
	{
		read_token(&tokens[i], strings[i]);
		if (strcmp(strings[i], "sameuser") == 0)
			tokens[i].kind = RG_TOKEN_SAME_USER;
		else if (strcmp(strings[i], "samerole") == 0 ||
				 strcmp(strings[i], "samegroup") == 0)
			tokens[i].kind = RG_TOKEN_SAME_ROLE;
		else if (strcmp(strings[i], "replication") == 0)
			tokens[i].kind = RG_TOKEN_REPLICATION;
	}
	return tokens;
}

/* Which addresses a line speaks about. */
static void
read_address(struct rg_hba_line *line, bool has_network)
{
	char	   *address;

	if (line->nulls[RG_HBA_ADDRESS])
		return;
	address = TextDatumGetCString(line->values[RG_HBA_ADDRESS]);
	if (has_network && !rg_network_parse(address, strlen(address), &line->network))
		elog(ERROR, "not a network: \"%s\"", address);
	line->by_network = has_network || (line->sure && strcmp(address, "all") == 0);
	line->by_machine = strcmp(address, "samehost") == 0 || strcmp(address, "localhost") == 0;
}

/* Reads a row of LINES_QUERY. */
static void
read_line(struct rg_hba_line *line, HeapTuple tuple, TupleDesc desc,
		  const struct rg_role_graph *graph)
{
	Datum		values[COLUMN_COUNT];
	bool		nulls[COLUMN_COUNT];
	char	  **transports;
	int			ntransports;
	int			i;

	heap_deform_tuple(tuple, desc, values, nulls);
	for (i = 0; i < RG_HBA_COLUMNS; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		line->nulls[i] = nulls[i];
		if (!nulls[i])
			line->values[i] = datumCopy(values[i], attribute->attbyval, attribute->attlen);
	}
	/* a line of which the view says too little takes nothing away */
	line->sure = DatumGetBool(values[COLUMN_SURE]) && !nulls[RG_HBA_TYPE] &&
		(!nulls[RG_HBA_ADDRESS] || strcmp(TextDatumGetCString(values[RG_HBA_TYPE]), "local") == 0);
	line->certain = line->sure && DatumGetBool(values[COLUMN_READ]);
	line->databases = read_databases(values[RG_HBA_DATABASES], nulls[RG_HBA_DATABASES], &line->ndatabases);
	line->roles = read_roles(values[COLUMN_ROLES], nulls[COLUMN_ROLES], graph, &line->nroles);
	line->rejects = !nulls[RG_HBA_AUTH_METHOD] &&
		strcmp(TextDatumGetCString(values[RG_HBA_AUTH_METHOD]), "reject") == 0;
	read_address(line, DatumGetBool(values[COLUMN_HAS_NETWORK]));
	transports = read_strings(values[COLUMN_TRANSPORTS], nulls[COLUMN_TRANSPORTS], &ntransports);
	while (--ntransports >= 0)
	{
		for (i = 0; i < RG_TRANSPORT_COUNT; i++)
		{
			if (strcmp(transports[ntransports], rg_transport_names[i]) == 0)
				line->transports[i] = true;
		}
	}
}

static int
compare_addresses(const void *a, const void *b)
{
	return rg_address_compare(a, b);
}

/* Cuts the addresses where a network begins and behind its end. */
static void
cut_addresses(struct rg_hba_file *file)
{
	struct rg_address *starts = palloc0((2 * file->nlines + 2) * sizeof(*starts));
	int			nstarts = 0;
	int			i;

	starts[nstarts++].size = 4;
	starts[nstarts++].size = 16;
	for (i = 0; i < file->nlines; i++)
	{
		const struct rg_network *network = &file->lines[i].network;

		if (network->base.size == 0)
			continue;
		starts[nstarts++] = network->base;
		starts[nstarts] = rg_network_last(network);
		if (rg_address_next(&starts[nstarts]))
			nstarts++;
	}
	qsort(starts, nstarts, sizeof(*starts), compare_addresses);
	file->starts = starts;
	for (i = 0; i < nstarts; i++)
	{
		if (i == 0 || compare_addresses(&starts[i], &starts[i - 1]) != 0)
			starts[file->nintervals++] = starts[i];
	}
}

/* The first interval that begins at this address or behind it. */
static int
find_interval(const struct rg_hba_file *file, const struct rg_address *address)
{
	int			low = 0;
	int			high = file->nintervals;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (rg_address_compare(&file->starts[middle], address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Finds the intervals of each line. */
static void
find_intervals(struct rg_hba_file *file)
{
	int			i;

	for (i = 0; i < file->nlines; i++)
	{
		struct rg_hba_line *line = &file->lines[i];
		struct rg_address last;

		line->end = file->nintervals;
		if (line->network.base.size == 0)
			continue;
		line->first = find_interval(file, &line->network.base);
		last = rg_network_last(&line->network);
		if (rg_address_next(&last))
			line->end = find_interval(file, &last);
		else if (last.size == 4)
		{
			/* behind the last address of IPv4 comes the first of IPv6 */
			memset(&last, 0, sizeof(last));
			last.size = 16;
			line->end = find_interval(file, &last);
		}
	}
}

/* Reads the file.  Raises 42501 as hba_rules(). */
struct rg_hba_file *
rg_hba_file_read(const struct rg_role_graph *graph)
{
	static SPIPlanPtr plan = NULL;
	MemoryContext context = CurrentMemoryContext;
	MemoryContext spi_context;
	struct rg_hba_file *file = palloc0(sizeof(*file));
	int			i;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	run_query(&plan, LINES_QUERY, 0, NULL, NULL);
	spi_context = MemoryContextSwitchTo(context);
	file->nlines = (int) SPI_processed;
	file->lines = MemoryContextAllocHuge(context, (file->nlines + 1) * sizeof(*file->lines));
	memset(file->lines, 0, (file->nlines + 1) * sizeof(*file->lines));
	for (i = 0; i < file->nlines; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_line(&file->lines[i], SPI_tuptable->vals[i], SPI_tuptable->tupdesc, graph);
	}
	MemoryContextSwitchTo(spi_context);
	SPI_finish();
	MemoryContextSwitchTo(context);

	cut_addresses(file);
	find_intervals(file);
	return file;
}

/* The names of the databases: of all, or of those that take connections. */
char	  **
rg_hba_read_databases(bool all, int *count)
{
	static SPIPlanPtr plan = NULL;
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {BOOLOID};
	Datum		values[] = {BoolGetDatum(all)};
	char	  **names;
	int			i;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	run_query(&plan, DATABASES_QUERY, 1, types, values);
	*count = (int) SPI_processed;
	names = MemoryContextAlloc(context, (*count + 1) * sizeof(char *));
	for (i = 0; i < *count; i++)
	{
		bool		isnull;
		Datum		name = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		names[i] = MemoryContextStrdup(context, NameStr(*DatumGetName(name)));
	}
	SPI_finish();
	MemoryContextSwitchTo(context);
	return names;
}
