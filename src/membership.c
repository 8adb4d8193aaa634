/*-------------------------------------------------------------------------
 *
 * membership.c
 *		role_memberships(): which role gets to which other, and how;
 *		membership_edges(): who is a direct member of what.
 *
 * Turns walks over the graph of role.c into rows.  Never adds
 * what superusers or CREATEROLE can do besides: only memberships count.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "fact.h"
#include "walk.h"

enum membership_argument
{
	ARGUMENT_FOR_MEMBER,
	ARGUMENT_TO_ROLE,
	ARGUMENT_ONLY_HOW
};

enum membership_column
{
	COLUMN_MEMBER,
	COLUMN_ROLE,
	COLUMN_HOW,
	COLUMN_DEPTH,
	COLUMN_PATH
};

static const Oid membership_arguments[] = {NAMEOID, NAMEOID, TEXTOID};

static const Oid membership_columns[] = {
	NAMEOID, NAMEOID, TEXTOID, INT4OID, NAMEARRAYOID
};

static const struct rg_signature membership_signature = {
	lengthof(membership_arguments), membership_arguments,
	lengthof(membership_columns), membership_columns
};

static const char *const how_names[] = {
	[RG_HOW_INHERIT] = "inherit",
	[RG_HOW_SET] = "set",
	[RG_HOW_ADMIN] = "admin",
	[RG_HOW_BECOME] = "become",
	[RG_HOW_HOLD] = "hold",
};

/* One call: what is asked for (negative = all), and what answers it. */
struct request
{
	int			member;
	int			role;
	int			how;
	struct rg_role_graph *graph;
	struct rg_role_walk *walk;
	struct rg_fact fact;
};

enum edge_column
{
	EDGE_MEMBER,
	EDGE_ROLE,
	EDGE_INHERITS,
	EDGE_SETS,
	EDGE_ADMINISTERS,
	EDGE_CLIMBS
};

static const Oid edge_columns[] = {
	OIDOID, OIDOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID
};

static const struct rg_signature edge_signature = {
	0, NULL, lengthof(edge_columns), edge_columns
};

PG_FUNCTION_INFO_V1(rg_role_memberships);
PG_FUNCTION_INFO_V1(rg_membership_edges);

/* The index of the role that an argument names; negative if it is NULL. */
static int
role_argument(const struct rg_role_graph *graph, FunctionCallInfo fcinfo,
			  int argument)
{
	if (PG_ARGISNULL(argument))
		return -1;
	return rg_role_by_name(graph, NameStr(*PG_GETARG_NAME(argument)));
}

/* The way that an argument names; negative if it is NULL. */
static int
how_argument(FunctionCallInfo fcinfo, int argument)
{
	char	   *name;
	int			how;

	if (PG_ARGISNULL(argument))
		return -1;
	name = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	for (how = 0; how < lengthof(how_names); how++)
	{
		if (strcmp(name, how_names[how]) == 0)
			return how;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid way of membership: \"%s\"", name),
			 errhint("Valid values are \"inherit\", \"set\", \"admin\", \"become\" and \"hold\".")));
	return -1;					/* keep compiler quiet */
}

/* Sets the path, whole if one pair of roles is asked for. */
static void
set_path(struct request *request, const struct rg_role_found *found)
{
	bool		whole = request->member >= 0 && request->role >= 0;
	MemoryContext old_context;
	const NameData **names;
	Datum	   *elements;
	int			length;
	int			i;

	old_context = MemoryContextSwitchTo(request->fact.row_context);
	length = rg_role_walk_path(request->walk, found,
							   whole ? PG_INT32_MAX : RG_MAX_PATH_NAMES, &names);
	elements = palloc(length * sizeof(Datum));
	for (i = 0; i < length; i++)
		elements[i] = NameGetDatum(names[i]);
	rg_fact_set(&request->fact, COLUMN_PATH,
				PointerGetDatum(construct_array(elements, length, NAMEOID,
												NAMEDATALEN, false,
												TYPALIGN_CHAR)));
	MemoryContextSwitchTo(old_context);
}

/* Emits what one member gets to in one way. */
static void
emit_member(struct request *request, int member, int how)
{
	const struct rg_role *roles = request->graph->roles;
	struct rg_role_walk *walk = request->walk;
	struct rg_fact *fact = &request->fact;
	int			i;

	rg_role_walk_run(walk, member, how, request->role);
	for (i = 0; i < walk->nfound; i++)
	{
		const struct rg_role_found *found = &walk->found[i];

		if (request->role >= 0 && found->role != request->role)
			continue;
		rg_fact_set(fact, COLUMN_MEMBER, NameGetDatum(&roles[member].name));
		rg_fact_set(fact, COLUMN_ROLE, NameGetDatum(&roles[found->role].name));
		rg_fact_set_text(fact, COLUMN_HOW, how_names[how]);
		rg_fact_set(fact, COLUMN_DEPTH, Int32GetDatum(found->depth));
		set_path(request, found);
		rg_fact_emit(fact);
	}
}

/* Emits all members and ways that are asked for. */
static void
emit_memberships(struct request *request)
{
	int			member = Max(request->member, 0);
	int			last = request->member < 0 ? request->graph->nroles - 1 : member;

	for (; member <= last; member++)
	{
		int			how;

		for (how = 0; how < lengthof(how_names); how++)
		{
			if (request->how < 0 || request->how == how)
				emit_member(request, member, how);
		}
	}
}

/* Reads the arguments and emits the answer; memory is the caller's to free. */
static void
answer_request(struct request *request, FunctionCallInfo fcinfo)
{
	struct rg_role_graph *graph = request->graph;

	request->member = role_argument(graph, fcinfo, ARGUMENT_FOR_MEMBER);
	request->role = role_argument(graph, fcinfo, ARGUMENT_TO_ROLE);
	request->how = how_argument(fcinfo, ARGUMENT_ONLY_HOW);
	request->walk = rg_role_walk_create(graph);
	emit_memberships(request);
}

/*
 * role_memberships(for_member name, to_role name, only_how text).  Raises
 * 42501, 42704 for a role that does not exist, 22023 for an unknown way.  The
 * semantics are those of src/backend/utils/adt/acl.c.
 */
Datum
rg_role_memberships(PG_FUNCTION_ARGS)
{
	struct request request;
	MemoryContext context;
	MemoryContext old_context;

	rg_fact_open(&request.fact, fcinfo, &membership_signature);
	rg_role_graph_require("role memberships");

	context = AllocSetContextCreate(CurrentMemoryContext,
									"rds_guard role memberships",
									ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);
	request.graph = rg_role_graph_acquire();
	PG_TRY();
	{
		answer_request(&request, fcinfo);
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

static void
emit_edges(const struct rg_role_graph *graph, struct rg_fact *fact)
{
	int			i;

	for (i = 0; i < graph->nedges; i++)
	{
		const struct rg_role_edge *edge = &graph->edges[i];

		rg_fact_set(fact, EDGE_MEMBER, ObjectIdGetDatum(graph->roles[edge->member].oid));
		rg_fact_set(fact, EDGE_ROLE, ObjectIdGetDatum(graph->roles[edge->role].oid));
		rg_fact_set(fact, EDGE_INHERITS, BoolGetDatum(edge->flags & RG_EDGE_INHERIT));
		rg_fact_set(fact, EDGE_SETS, BoolGetDatum(edge->flags & RG_EDGE_SET));
		rg_fact_set(fact, EDGE_ADMINISTERS, BoolGetDatum(edge->flags & RG_EDGE_ADMIN));
		rg_fact_set(fact, EDGE_CLIMBS, BoolGetDatum(edge->flags & RG_EDGE_CLIMB));
		rg_fact_emit(fact);
	}
}

/*
 * membership_edges(): the direct memberships, with what each allows.  Raises
 * 42501.
 */
Datum
rg_membership_edges(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	struct rg_role_graph *graph;

	rg_fact_open(&fact, fcinfo, &edge_signature);
	rg_role_graph_require("role memberships");
	graph = rg_role_graph_acquire();
	PG_TRY();
	{
		emit_edges(graph, &fact);
	}
	PG_FINALLY();
	{
		rg_role_graph_release(graph);
	}
	PG_END_TRY();
	rg_fact_close(&fact);
	return (Datum) 0;
}
