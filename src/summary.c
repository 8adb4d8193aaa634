/*-------------------------------------------------------------------------
 *
 * summary.c
 *		privilege_summary(): how much each role that can log in may do.
 *
 * Counts without listing: knows which questions to ask about relations,
 * functions and schemas, and adds up the bits in which spread.c answers them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/acl.h"
#include "utils/memutils.h"

#include "compat.h"
#include "fact.h"
#include "object.h"
#include "predefined.h"
#include "spread.h"

enum summary_column
{
	COLUMN_ROLE,
	COLUMN_SUPERUSER,
	COLUMN_RELATIONS_TOTAL,
	COLUMN_RELATIONS_REACHABLE,
	COLUMN_SHARE,
	COLUMN_RELATIONS_READABLE,
	COLUMN_RELATIONS_WRITABLE,
	COLUMN_RELATIONS_OWNED,
	COLUMN_SCHEMAS_REACHED,
	COLUMN_SCHEMAS_WRITTEN,
	COLUMN_FUNCTIONS_EXECUTABLE,
	COLUMN_BY_ITSELF,
	COLUMN_BY_MEMBERSHIP,
	COLUMN_BY_PUBLIC,
	COLUMN_ONLY_BY_SET_ROLE,
	COLUMN_UNSHARED_PRIVILEGES
};

static const Oid summary_columns[] = {
	NAMEOID, BOOLOID, INT4OID, INT4OID, FLOAT8OID, INT4OID, INT4OID, INT4OID,
	INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, INT8OID
};

static const struct rg_signature summary_signature = {
	0, NULL, lengthof(summary_columns), summary_columns
};

/* Of whom there is a row at all. */
static const struct rg_source login_source = {
	"pg_roles", (const char *const[]) {"rolcanlogin", NULL}
};

#define ACL_ANY_WRITE (ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE)

/* What is asked about. */
enum field_name
{
	FIELD_RELATIONS,
	FIELD_FUNCTIONS,
	FIELD_SCHEMAS,
	FIELD_COUNT
};

/* What is asked, by field. */
#define LANE_READ 0
#define LANE_WRITE 1
#define LANE_OWN 2
#define LANE_EXECUTE 0
#define LANE_USE 0
#define LANE_CHANGE 1			/* may write to a relation in it */

#define MAX_LANES 3

/* What is counted about a role. */
struct counts
{
	int			lanes[FIELD_COUNT][MAX_LANES];	/* at once */
	int			reachable;
	int			by_itself;
	int			by_membership;
	int			only_by_set_role;
	int64		unshared;
};

/* One call. */
struct request
{
	struct rg_role_graph *graph;
	struct rg_catalog *catalog;
	int		   *order;			/* of roles: members before what they are in */
	int		   *numbers;		/* of objects, in their field; -1 if in none */
	int			nwritten;		/* schemas that have a relation */
	struct rg_field fields[FIELD_COUNT];
	struct counts *counts;		/* by role */
};

PG_FUNCTION_INFO_V1(rg_privilege_summary);

/* Notes privileges on an object, in each field that they count in. */
static void
add_privileges(struct request *request, int object_number, int grantee,
			   rg_privileges privileges)
{
	const struct rg_object *object = &request->catalog->objects[object_number];
	struct rg_field *fields = request->fields;
	int			number = request->numbers[object_number];
	uint8		lanes = 0;

	if (number < 0)
		return;
	switch (object->kind)
	{
		case RG_KIND_TABLE:
		case RG_KIND_COLUMN:
			if (privileges & ACL_SELECT)
				lanes |= 1 << LANE_READ;
			if (privileges & ACL_ANY_WRITE)
			{
				lanes |= 1 << LANE_WRITE;
				rg_field_mark(&fields[FIELD_SCHEMAS], object->schema, grantee, 1 << LANE_CHANGE);
			}
			rg_field_mark(&fields[FIELD_RELATIONS], number, grantee, lanes);
			break;
		case RG_KIND_FUNCTION:
			if (privileges & ACL_EXECUTE)
				rg_field_mark(&fields[FIELD_FUNCTIONS], number, grantee, 1 << LANE_EXECUTE);
			break;
		case RG_KIND_SCHEMA:
			if (privileges & ACL_USAGE)
				rg_field_mark(&fields[FIELD_SCHEMAS], number, grantee, 1 << LANE_USE);
			break;
	}
}

/* A relation and its number. */
struct relation_number
{
	Oid			oid;
	int			number;
};

static int
compare_relation_numbers(const void *a, const void *b)
{
	Oid			x = ((const struct relation_number *) a)->oid;
	Oid			y = ((const struct relation_number *) b)->oid;

	return x < y ? -1 : x > y;
}

/* The relations that have a number, ordered by OID. */
static struct relation_number *
order_relations(const struct request *request)
{
	int			nrelations = request->fields[FIELD_RELATIONS].nobjects;
	struct relation_number *relations;
	int			i;

	relations = palloc((nrelations + 1) * sizeof(struct relation_number));
	for (i = 0; i < request->catalog->nobjects; i++)
	{
		const struct rg_object *object = &request->catalog->objects[i];
		int			number = request->numbers[i];

		if (object->kind == RG_KIND_TABLE && number >= 0)
		{
			relations[number].oid = object->oid;
			relations[number].number = number;
		}
	}
	qsort(relations, nrelations, sizeof(struct relation_number), compare_relation_numbers);
	return relations;
}

/* Gives each column the number of its relation. */
static void
number_columns(struct request *request)
{
	int			nrelations = request->fields[FIELD_RELATIONS].nobjects;
	struct relation_number *relations = NULL;
	int			i;

	for (i = 0; i < request->catalog->nobjects; i++)
	{
		const struct rg_object *object = &request->catalog->objects[i];
		struct relation_number key = {object->oid, -1};
		struct relation_number *found;

		/* ctid is no data, see pg_attribute_aclcheck_all() */
		if (object->attnum <= 0)
			continue;
		/* most databases have no such column */
		if (relations == NULL)
			relations = order_relations(request);
		found = bsearch(&key, relations, nrelations, sizeof(struct relation_number),
						compare_relation_numbers);
		request->numbers[i] = found != NULL ? found->number : -1;
	}
}

/*
 * Gives the objects numbers in their fields.  Our own schema does not count;
 * schemas keep the numbers that they have in the catalog, so that a relation's
 * leads to its schema.
 */
static void
number_objects(struct request *request)
{
	const struct rg_catalog *catalog = request->catalog;
	struct rg_field *fields = request->fields;
	bool	   *written = palloc0((catalog->nschemas + 1) * sizeof(bool));
	int			i;

	request->numbers = palloc((catalog->nobjects + 1) * sizeof(int));
	for (i = 0; i < catalog->nobjects; i++)
	{
		const struct rg_object *object = &catalog->objects[i];

		request->numbers[i] = -1;
		if (strcmp(NameStr(catalog->schemas[object->schema].name), "rds_guard") == 0)
			continue;
		if (object->kind == RG_KIND_TABLE)
		{
			request->numbers[i] = fields[FIELD_RELATIONS].nobjects++;
			request->nwritten += !written[object->schema];
			written[object->schema] = true;
		}
		else if (object->kind == RG_KIND_FUNCTION)
			request->numbers[i] = fields[FIELD_FUNCTIONS].nobjects++;
		else if (object->kind == RG_KIND_SCHEMA)
			request->numbers[i] = object->schema;
	}
	fields[FIELD_SCHEMAS].nobjects = catalog->nschemas;
	number_columns(request);
	pfree(written);
}

/* Turns grants, ownership and what predefined roles may do into marks. */
static void
mark_objects(struct request *request)
{
	const struct rg_catalog *catalog = request->catalog;
	const struct rg_role_graph *graph = request->graph;
	int			i;
	int			role;

	for (i = 0; i < catalog->grants.ngrants; i++)
	{
		const struct rg_grant *grant = &catalog->grants.grants[i];

		CHECK_FOR_INTERRUPTS();
		add_privileges(request, grant->object, grant->grantee, grant->privileges);
	}
	for (i = 0; i < catalog->nobjects; i++)
	{
		if (catalog->objects[i].kind == RG_KIND_TABLE && request->numbers[i] >= 0 &&
			catalog->objects[i].owner >= 0)
			rg_field_mark(&request->fields[FIELD_RELATIONS], request->numbers[i],
						  catalog->objects[i].owner, 1 << LANE_OWN);
	}
	for (role = 0; role < graph->nroles; role++)
	{
		if (!rg_is_predefined(&graph->roles[role]))
			continue;
		for (i = 0; i < catalog->nobjects; i++)
			add_privileges(request, i, role,
						   rg_predefined_privileges(&graph->roles[role], &catalog->objects[i]));
	}
}

/* Counts what a role may do by grants to itself; before it gets anything else. */
static void
count_own(struct request *request, struct rg_block *block, int role)
{
	const uint64 *read = rg_block_row(block, block->once, role, LANE_READ);
	const uint64 *write = rg_block_row(block, block->once, role, LANE_WRITE);
	int			i;

	for (i = 0; i < block->nwords; i++)
		request->counts[role].by_itself += pg_popcount64(read[i] | write[i]);
}

/* Counts which relations a role gets to, and how, with all it has. */
static void
count_relations(struct request *request, struct rg_block *block, int role)
{
	struct counts *counts = &request->counts[role];
	int			public = request->graph->nroles;
	const uint64 *read = rg_block_row(block, block->once, role, LANE_READ);
	const uint64 *write = rg_block_row(block, block->once, role, LANE_WRITE);
	const uint64 *public_read = rg_block_row(block, block->once, public, LANE_READ);
	const uint64 *public_write = rg_block_row(block, block->once, public, LANE_WRITE);
	const uint64 *later_read = rg_block_row(block, block->later, role, LANE_READ);
	const uint64 *later_write = rg_block_row(block, block->later, role, LANE_WRITE);
	int			i;

	for (i = 0; i < block->nwords; i++)
	{
		uint64		granted = read[i] | write[i];
		uint64		once = granted | public_read[i] | public_write[i];

		counts->by_membership += pg_popcount64(granted);
		counts->reachable += pg_popcount64(once);
		counts->only_by_set_role += pg_popcount64((later_read[i] | later_write[i]) & ~once);
	}
}

/* Counts the bits of each lane, those of PUBLIC included. */
static void
count_lanes(struct request *request, struct rg_block *block, int role)
{
	int			field = block->field - request->fields;
	int			lane;

	for (lane = 0; lane < block->field->nlanes; lane++)
	{
		const uint64 *own = rg_block_row(block, block->once, role, lane);
		const uint64 *public = rg_block_row(block, block->once, request->graph->nroles, lane);
		int			i;

		for (i = 0; i < block->nwords; i++)
			request->counts[role].lanes[field][lane] += pg_popcount64(own[i] | public[i]);
	}
}

/* Counts a field. */
static void
count_field(struct request *request, enum field_name name)
{
	const struct rg_role_graph *graph = request->graph;
	bool		relations = name == FIELD_RELATIONS;
	struct rg_block block;
	int			i;

	rg_block_begin(&block, graph, &request->fields[name], relations);
	while (rg_block_next(&block))
	{
		for (i = graph->nroles - 1; i >= 0; i--)
		{
			int			role = request->order[i];
			bool		counts = graph->roles[role].can_login;

			CHECK_FOR_INTERRUPTS();
			if (counts && relations)
				count_own(request, &block, role);
			rg_block_spread(&block, role);
			if (counts)
				count_lanes(request, &block, role);
			if (counts && relations)
				count_relations(request, &block, role);
		}
	}
}

/* A set of roles that can log in, as far as it matters. */
#define NOBODY (-1)
#define SEVERAL (-2)

static int
unite(int a, int b)
{
	if (a == NOBODY || a == b)
		return b;
	return b == NOBODY ? a : SEVERAL;
}

/*
 * Finds for each role who can log in and has its privileges at once: one role,
 * nobody, or several.
 */
static int *
find_holders(const struct request *request)
{
	const struct rg_role_graph *graph = request->graph;
	int		   *holders = palloc(graph->nroles * sizeof(int));
	int			i;

	for (i = 0; i < graph->nroles; i++)
		holders[i] = graph->roles[i].can_login ? i : NOBODY;
	for (i = 0; i < graph->nroles; i++)
	{
		int			member = request->order[i];
		int			j;

		for (j = graph->first_edge[member]; j < graph->first_edge[member + 1]; j++)
		{
			const struct rg_role_edge *edge = &graph->edges[j];

			if (edge->flags & RG_EDGE_INHERIT)
				holders[edge->role] = unite(holders[edge->role], holders[member]);
		}
	}
	return holders;
}

/*
 * Counts or forgets the privileges on relations that one role was granted,
 * apart from those that were seen already.
 */
static int
count_grants(const struct request *request, int grantee, rg_privileges *seen,
			 bool forget)
{
	const struct rg_grants *grants = &request->catalog->grants;
	int			count = 0;
	int			i;

	for (i = grants->first[grantee]; i < grants->first[grantee + 1]; i++)
	{
		const struct rg_grant *grant = &grants->grants[i];

		if (request->catalog->objects[grant->object].kind != RG_KIND_TABLE ||
			request->numbers[grant->object] < 0)
			continue;
		count += pg_popcount64(grant->privileges & ~seen[grant->object]);
		seen[grant->object] = forget ? 0 : seen[grant->object] | grant->privileges;
	}
	return count;
}

/* Counts for each role the privileges whose grants reach no other. */
static void
count_unshared(struct request *request)
{
	int			nroles = request->graph->nroles;
	int		   *holders = find_holders(request);
	int		   *first = palloc(nroles * sizeof(int));
	int		   *next = palloc(nroles * sizeof(int));
	rg_privileges *seen = palloc0((request->catalog->nobjects + 1) * sizeof(rg_privileges));
	int			role;
	int			i;

	/* lists of what each role alone holds */
	memset(first, -1, nroles * sizeof(int));
	for (i = 0; i < nroles; i++)
	{
		if (holders[i] < 0)
			continue;
		next[i] = first[holders[i]];
		first[holders[i]] = i;
	}
	for (role = 0; role < nroles; role++)
	{
		CHECK_FOR_INTERRUPTS();
		for (i = first[role]; i >= 0; i = next[i])
			request->counts[role].unshared += count_grants(request, i, seen, false);
		for (i = first[role]; i >= 0; i = next[i])
			count_grants(request, i, seen, true);
	}
}

/* Replaces what a superuser was granted by all that there is. */
static void
superuser_counts(const struct request *request, struct counts *counts)
{
	int			relations = request->fields[FIELD_RELATIONS].nobjects;
	int			nschemas = 0;
	int			i;

	for (i = 0; i < request->catalog->nobjects; i++)
		nschemas += request->catalog->objects[i].kind == RG_KIND_SCHEMA &&
			request->numbers[i] >= 0;
	counts->reachable = relations;
	counts->by_itself = relations;
	counts->by_membership = relations;
	counts->only_by_set_role = 0;
	counts->lanes[FIELD_RELATIONS][LANE_READ] = relations;
	counts->lanes[FIELD_RELATIONS][LANE_WRITE] = relations;
	counts->lanes[FIELD_FUNCTIONS][LANE_EXECUTE] = request->fields[FIELD_FUNCTIONS].nobjects;
	counts->lanes[FIELD_SCHEMAS][LANE_USE] = nschemas;
	counts->lanes[FIELD_SCHEMAS][LANE_CHANGE] = request->nwritten;
}

/* Emits the row of one role. */
static void
emit_role(const struct request *request, struct rg_fact *fact, int number)
{
	const struct rg_role *role = &request->graph->roles[number];
	struct counts *counts = &request->counts[number];
	int			total = request->fields[FIELD_RELATIONS].nobjects;
	int			(*lanes)[MAX_LANES] = counts->lanes;

	if (role->superuser)
		superuser_counts(request, counts);
	rg_fact_set(fact, COLUMN_ROLE, NameGetDatum(&role->name));
	rg_fact_set(fact, COLUMN_SUPERUSER, BoolGetDatum(role->superuser));
	rg_fact_set(fact, COLUMN_RELATIONS_TOTAL, Int32GetDatum(total));
	rg_fact_set(fact, COLUMN_RELATIONS_REACHABLE, Int32GetDatum(counts->reachable));
	rg_fact_set(fact, COLUMN_SHARE,
				Float8GetDatum(total == 0 ? 0.0 : (double) counts->reachable / total));
	rg_fact_set(fact, COLUMN_RELATIONS_READABLE, Int32GetDatum(lanes[FIELD_RELATIONS][LANE_READ]));
	rg_fact_set(fact, COLUMN_RELATIONS_WRITABLE, Int32GetDatum(lanes[FIELD_RELATIONS][LANE_WRITE]));
	rg_fact_set(fact, COLUMN_RELATIONS_OWNED, Int32GetDatum(lanes[FIELD_RELATIONS][LANE_OWN]));
	rg_fact_set(fact, COLUMN_SCHEMAS_REACHED, Int32GetDatum(lanes[FIELD_SCHEMAS][LANE_USE]));
	rg_fact_set(fact, COLUMN_SCHEMAS_WRITTEN, Int32GetDatum(lanes[FIELD_SCHEMAS][LANE_CHANGE]));
	rg_fact_set(fact, COLUMN_FUNCTIONS_EXECUTABLE, Int32GetDatum(lanes[FIELD_FUNCTIONS][LANE_EXECUTE]));
	rg_fact_set(fact, COLUMN_BY_ITSELF, Int32GetDatum(counts->by_itself));
	rg_fact_set(fact, COLUMN_BY_MEMBERSHIP, Int32GetDatum(counts->by_membership - counts->by_itself));
	rg_fact_set(fact, COLUMN_BY_PUBLIC, Int32GetDatum(counts->reachable - counts->by_membership));
	rg_fact_set(fact, COLUMN_ONLY_BY_SET_ROLE, Int32GetDatum(counts->only_by_set_role));
	rg_fact_set(fact, COLUMN_UNSHARED_PRIVILEGES, Int64GetDatum(counts->unshared));
	rg_fact_emit(fact);
}

/* Counts everything; memory is the caller's to free. */
static void
answer_request(struct request *request, const struct rg_catalog_wish *wish,
			   struct rg_fact *fact)
{
	static const int lanes[FIELD_COUNT] = {
		[FIELD_RELATIONS] = 3,
		[FIELD_FUNCTIONS] = 1,
		[FIELD_SCHEMAS] = 2,
	};
	int			i;

	request->order = rg_role_graph_order(request->graph);
	request->counts = palloc0(request->graph->nroles * sizeof(struct counts));
	request->catalog = rg_catalog_read(request->graph, wish);
	for (i = 0; i < FIELD_COUNT; i++)
		rg_field_init(&request->fields[i], lanes[i]);
	number_objects(request);
	mark_objects(request);
	for (i = 0; i < FIELD_COUNT; i++)
		count_field(request, i);
	count_unshared(request);

	for (i = 0; i < request->graph->nroles; i++)
	{
		if (request->graph->roles[i].can_login)
			emit_role(request, fact, i);
	}
}

/*
 * privilege_summary().  Raises 42501.  The semantics are those of
 * effective_privileges().
 */
Datum
rg_privilege_summary(PG_FUNCTION_ARGS)
{
	struct rg_catalog_wish wish = {
		.kinds = RG_KIND_BIT(RG_KIND_SCHEMA) | RG_KIND_BIT(RG_KIND_TABLE) |
		RG_KIND_BIT(RG_KIND_COLUMN) | RG_KIND_BIT(RG_KIND_FUNCTION),
		.ungranted = true
	};
	struct request request;
	struct rg_fact fact;
	MemoryContext context;
	MemoryContext old_context;

	memset(&request, 0, sizeof(request));
	rg_fact_open(&fact, fcinfo, &summary_signature);
	rg_role_graph_require("privileges");
	rg_require_select(&login_source, "privileges", NULL);
	rg_catalog_require(&wish);

	context = AllocSetContextCreate(CurrentMemoryContext,
									"rds_guard privilege summary",
									ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);
	request.graph = rg_role_graph_acquire();
	PG_TRY();
	{
		answer_request(&request, &wish, &fact);
	}
	PG_FINALLY();
	{
		rg_role_graph_release(request.graph);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old_context);

	MemoryContextDelete(context);
	rg_fact_close(&fact);
	return (Datum) 0;
}
