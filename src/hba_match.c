/*-------------------------------------------------------------------------
 *
 * hba_match.c
 *		Which lines of pg_hba.conf speak of a role and a database.
 *
 * Knows check_role() and check_db() of hba.c: keywords, groups, names and
 * regular expressions.  Never looks at addresses.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "regex/regex.h"

#include "compat.h"
#include "hba.h"

/*
 * Does a token, as a name or regular expression, match?  Of what has no name it
 * is known which pattern does.
 */
static bool
token_matches_name(const struct rg_hba_token *token, const char *name, const char *pattern)
{
	if (name == NULL)
		return pattern != NULL && token->kind == RG_TOKEN_PATTERN && strcmp(token->text, pattern) == 0;
#ifdef RG_HAS_HBA_PATTERNS
	if (token->kind == RG_TOKEN_PATTERN)
	{
		pg_wchar	wide[NAMEDATALEN];
		int			length = 0;

		/* a longer name is not that of a role or database */
		while (length < NAMEDATALEN && name[length] != '\0')
		{
			wide[length] = (unsigned char) name[length];
			length++;
		}
		return pg_regexec(token->pattern, wide, length, 0, NULL, 0, NULL, 0) == REG_OKAY;
	}
#endif
	return strcmp(token->text, name) == 0;
}

/* Does a line have the matcher's role? */
static bool
names_role(const struct rg_hba_matcher *matcher, const struct rg_hba_line *line)
{
	int			i;

	for (i = 0; i < line->nroles; i++)
	{
		const struct rg_hba_token *token = &line->roles[i];

		if (token->kind == RG_TOKEN_ALL)
			return true;
		if (token->kind == RG_TOKEN_GROUP && token->group >= 0 &&
			matcher->groups[token->group])
			return true;
		/* what looks like a group may be a name where that is not known */
		if (token->kind == RG_TOKEN_GROUP && line->sure)
			continue;
		if (token_matches_name(token, matcher->role.name, matcher->role.pattern))
			return true;
	}
	return false;
}

/* Does a line have this database, whatever the role? */
static bool
names_database(const struct rg_hba_line *line, const struct rg_hba_database *database)
{
	int			i;

	for (i = 0; i < line->ndatabases; i++)
	{
		const struct rg_hba_token *token = &line->databases[i];

		if (database->physical)
		{
			if (token->kind == RG_TOKEN_REPLICATION)
				return true;
			continue;
		}
		if (token->kind == RG_TOKEN_ALL)
			return true;
		if (token->kind != RG_TOKEN_NAME && token->kind != RG_TOKEN_PATTERN && line->sure)
			continue;
		if (token_matches_name(token, database->name, database->pattern))
			return true;
	}
	return false;
}

/*
 * The lines that have a token of this kind among their databases, and this text
 * if there is one.
 */
static rg_word *
lines_with(const struct rg_hba_matcher *matcher, enum rg_hba_token_kind kind, const char *text)
{
	rg_word    *lines = palloc0(matcher->nwords * sizeof(rg_word));
	int			i;
	int			j;

	for (i = 0; i < matcher->file->nlines; i++)
	{
		const struct rg_hba_line *line = &matcher->file->lines[i];

		for (j = 0; j < line->ndatabases; j++)
		{
			if (line->databases[j].kind == kind &&
				(text == NULL || strcmp(line->databases[j].text, text) == 0))
				RG_SET_ADD(lines, i);
		}
	}
	return lines;
}

/* The lines that have the keyword all among their roles. */
static rg_word *
lines_for_all_roles(const struct rg_hba_matcher *matcher)
{
	rg_word    *lines = palloc0(matcher->nwords * sizeof(rg_word));
	int			i;
	int			j;

	for (i = 0; i < matcher->file->nlines; i++)
	{
		const struct rg_hba_line *line = &matcher->file->lines[i];

		for (j = 0; j < line->nroles; j++)
		{
			if (line->roles[j].kind == RG_TOKEN_ALL)
				RG_SET_ADD(lines, i);
		}
	}
	return lines;
}

static int
compare_databases(const void *a, const void *b)
{
	const struct rg_hba_database *x = a;
	const struct rg_hba_database *y = b;

	if (x->pattern != NULL || y->pattern != NULL)
	{
		if (x->pattern == NULL || y->pattern == NULL)
			return (x->pattern != NULL) - (y->pattern != NULL);
		return strcmp(x->pattern, y->pattern);
	}
	if (x->name == NULL || y->name == NULL)
		return (x->name == NULL) - (y->name == NULL);
	if (strcmp(x->name, y->name) != 0)
		return strcmp(x->name, y->name);
	return x->physical - y->physical;
}

static void
add_database(struct rg_hba_matcher *matcher, const char *name, bool physical)
{
	struct rg_hba_database *database = &matcher->databases[matcher->ndatabases++];

	database->name = name;
	database->pattern = NULL;
	database->physical = physical;
	database->role = name != NULL && !physical ? rg_hba_find_role(matcher->graph, name) : -1;
}

/* Drops what is there twice. */
static void
sort_databases(struct rg_hba_matcher *matcher)
{
	struct rg_hba_database *databases = matcher->databases;
	int			kept = 0;
	int			i;

	qsort(databases, matcher->ndatabases, sizeof(*databases), compare_databases);
	for (i = 0; i < matcher->ndatabases; i++)
	{
		if (i == 0 || compare_databases(&databases[i], &databases[kept - 1]) != 0)
			databases[kept++] = databases[i];
	}
	matcher->ndatabases = kept;
	while (matcher->nnamed < kept && databases[matcher->nnamed].pattern == NULL)
		matcher->nnamed++;
}

/* Which databases there are to connect to, or everybody: that could be named. */
static void
list_databases(struct rg_hba_matcher *matcher, bool everybody)
{
	const struct rg_hba_file *file = matcher->file;
	int			nnames;
	char	  **names = rg_hba_read_databases(everybody, &nnames);
	Size		room = nnames + 2;
	int			i;
	int			j;

	for (i = 0; i < file->nlines; i++)
		room += file->lines[i].ndatabases;
	matcher->databases = MemoryContextAllocHuge(CurrentMemoryContext, room * sizeof(*matcher->databases));
	for (i = 0; i < nnames; i++)
		add_database(matcher, names[i], false);
	add_database(matcher, "replication", true);
	if (everybody)
	{
		add_database(matcher, NULL, false);
		for (i = 0; i < file->nlines; i++)
		{
			for (j = 0; j < file->lines[i].ndatabases; j++)
			{
				const struct rg_hba_token *token = &file->lines[i].databases[j];

				if (token->kind == RG_TOKEN_NAME)
					add_database(matcher, token->text, false);
				else if (token->kind == RG_TOKEN_PATTERN)
				{
					add_database(matcher, NULL, false);
					matcher->databases[matcher->ndatabases - 1].pattern = token->text;
				}
			}
		}
	}
	sort_databases(matcher);
}

/*
 * Makes a matcher for the databases that take connections, or for everybody:
 * for all that exist, that the file names, and any other, one for each regular
 * expression that nothing else matches.
 */
struct rg_hba_matcher *
rg_hba_matcher_create(const struct rg_hba_file *file,
					  const struct rg_role_graph *graph, bool everybody)
{
	struct rg_hba_matcher *matcher = palloc0(sizeof(*matcher));
	int			i;
	int			j;

	matcher->file = file;
	matcher->graph = graph;
	matcher->nwords = RG_WORDS(file->nlines + 1);
	list_databases(matcher, everybody);
	for (i = 0; i < matcher->ndatabases; i++)
	{
		struct rg_hba_database *database = &matcher->databases[i];

		database->lines = palloc0(matcher->nwords * sizeof(rg_word));
		for (j = 0; j < file->nlines; j++)
		{
			CHECK_FOR_INTERRUPTS();
			if (names_database(&file->lines[j], database))
				RG_SET_ADD(database->lines, j);
		}
		database->own = database->pattern == NULL ? NULL :
			lines_with(matcher, RG_TOKEN_PATTERN, database->pattern);
	}
	matcher->all_roles = lines_for_all_roles(matcher);
	matcher->same_user = lines_with(matcher, RG_TOKEN_SAME_USER, NULL);
	matcher->same_role = lines_with(matcher, RG_TOKEN_SAME_ROLE, NULL);
	matcher->lines = palloc(matcher->nwords * sizeof(rg_word));
	matcher->groups = palloc((graph->nroles + 1) * sizeof(bool));
	matcher->stack = palloc((graph->nroles + 1) * sizeof(int));
	return matcher;
}

/*
 * Finds the groups of the matcher's role, as is_member_of_role_nosuper() in
 * acl.c: by grants alone.  Who owns a database is not known that early.
 */
static void
find_groups(struct rg_hba_matcher *matcher)
{
	const struct rg_role_graph *graph = matcher->graph;
	int			depth = 0;

	memset(matcher->groups, 0, graph->nroles * sizeof(bool));
	if (matcher->role.number < 0)
		return;
	matcher->groups[matcher->role.number] = true;
	matcher->stack[depth++] = matcher->role.number;
	while (depth > 0)
	{
		int			member = matcher->stack[--depth];
		int			i;

		for (i = graph->first_edge[member]; i < graph->first_edge[member + 1]; i++)
		{
			const struct rg_role_edge *edge = &graph->edges[i];

			if ((edge->flags & RG_EDGE_IMPLICIT) || matcher->groups[edge->role])
				continue;
			matcher->groups[edge->role] = true;
			matcher->stack[depth++] = edge->role;
		}
	}
}

/* Finds the lines that name a role: matcher->lines. */
void
rg_hba_match_role(struct rg_hba_matcher *matcher, struct rg_hba_role role)
{
	int			i;

	CHECK_FOR_INTERRUPTS();
	matcher->role = role;
	find_groups(matcher);
	memset(matcher->lines, 0, matcher->nwords * sizeof(rg_word));
	for (i = 0; i < matcher->file->nlines; i++)
	{
		if (names_role(matcher, &matcher->file->lines[i]))
			RG_SET_ADD(matcher->lines, i);
	}
}

/* Finds those of these lines that name the database, too. */
void
rg_hba_match_database(const struct rg_hba_matcher *matcher, int number, rg_word *lines)
{
	const struct rg_hba_database *database = &matcher->databases[number];
	bool		same_user;
	bool		same_role;
	int			i;

	if (database->pattern != NULL)
		same_user = false;
	else if (database->name == NULL || matcher->role.name == NULL)
		same_user = database->name == matcher->role.name;
	else
		same_user = !database->physical && strcmp(database->name, matcher->role.name) == 0;
	same_role = database->role >= 0 && matcher->groups[database->role];
	for (i = 0; i < matcher->nwords; i++)
	{
		rg_word		named = database->lines[i];

		if (same_user)
			named |= matcher->same_user[i];
		if (same_role)
			named |= matcher->same_role[i];
		lines[i] = matcher->lines[i] & named;
	}
}
