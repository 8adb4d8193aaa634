/*-------------------------------------------------------------------------
 *
 * role.c
 *		The graph of roles and memberships.
 *
 * Knows all of pg_authid but the passwords, all of pg_auth_members, and the
 * membership of the database owner in pg_database_owner.  Never counts a
 * superuser as a member of everything.  Whoever builds a fact on it has to ask
 * first whether the caller may know: rg_role_graph_require().
 *
 * The graph is built once and kept until the end of the transaction or until
 * a role, a membership or a database changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "fact.h"
#include "role.h"

/* An entry of rg_role_graph.indexes. */
struct role_index
{
	Oid			oid;
	int			index;
	char		status;			/* simplehash.h's */
};

#define SH_PREFIX role_index
#define SH_ELEMENT_TYPE struct role_index
#define SH_KEY_TYPE Oid
#define SH_KEY oid
#define SH_HASH_KEY(table, key) murmurhash32(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static const char *const roles_columns[] = {
	"oid", "rolname", "rolinherit", "rolsuper", NULL
};

static const char *const grant_columns[] = {
	"roleid", "member", "admin_option", RG_GRANT_OPTION_COLUMNS, NULL
};

#ifdef RG_HAS_DATABASE_OWNER
static const char *const database_columns[] = {"oid", "datdba", NULL};
#endif

/* What the graph would be read from in SQL. */
static const struct rg_source graph_sources[] = {
	{"pg_roles", roles_columns},
	{"pg_auth_members", grant_columns},
#ifdef RG_HAS_DATABASE_OWNER
	{"pg_database", database_columns},
#endif
};

static struct rg_role_graph *cached_graph = NULL;
static bool cached_graph_stale = false;

/* Adds a role as pg_authid has it. */
static void
append_role(struct rg_role_graph *graph, Form_pg_authid form)
{
	struct rg_role *role;

	if (graph->nroles == graph->roles_allocated)
	{
		graph->roles_allocated *= 2;
		graph->roles = repalloc(graph->roles,
								graph->roles_allocated * sizeof(struct rg_role));
	}
	role = &graph->roles[graph->nroles++];
	role->oid = form->oid;
	role->name = form->rolname;
	role->superuser = form->rolsuper;
	role->inherits = form->rolinherit;
	role->create_role = form->rolcreaterole;
	role->create_db = form->rolcreatedb;
	role->can_login = form->rolcanlogin;
	role->replication = form->rolreplication;
	role->bypass_rls = form->rolbypassrls;
}

/* Adds a membership; the same pair may come several times. */
static void
append_edge(struct rg_role_graph *graph, int member, int role, uint8 flags)
{
	struct rg_role_edge *edge;

	if (graph->nedges == graph->edges_allocated)
	{
		graph->edges_allocated *= 2;
		graph->edges = repalloc(graph->edges,
								graph->edges_allocated * sizeof(struct rg_role_edge));
	}
	edge = &graph->edges[graph->nedges++];
	edge->member = member;
	edge->role = role;
	edge->flags = flags;
}

static int
compare_roles(const void *a, const void *b)
{
	return strcmp(NameStr(((const struct rg_role *) a)->name),
				  NameStr(((const struct rg_role *) b)->name));
}

static int
compare_edges(const void *a, const void *b)
{
	const struct rg_role_edge *x = a;
	const struct rg_role_edge *y = b;

	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	if (x->role != y->role)
		return x->role < y->role ? -1 : 1;
	return 0;
}

/* Orders the roles by name and makes them findable by OID. */
static void
index_roles(struct rg_role_graph *graph)
{
	int			i;

	qsort(graph->roles, graph->nroles, sizeof(struct rg_role), compare_roles);

	graph->indexes = role_index_create(graph->context, graph->nroles, NULL);
	for (i = 0; i < graph->nroles; i++)
	{
		struct role_index *entry;
		bool		found;

		entry = role_index_insert(graph->indexes, graph->roles[i].oid, &found);
		entry->index = i;
	}
}

/* Orders the edges, makes one of those of the same pair, and finds the firsts. */
static void
index_edges(struct rg_role_graph *graph)
{
	struct rg_role_edge *edges = graph->edges;
	int			kept = 0;
	int			member = 0;
	int			i;

	qsort(edges, graph->nedges, sizeof(struct rg_role_edge), compare_edges);
	for (i = 0; i < graph->nedges; i++)
	{
		if (kept > 0 && compare_edges(&edges[kept - 1], &edges[i]) == 0)
			edges[kept - 1].flags |= edges[i].flags;
		else
			edges[kept++] = edges[i];
	}
	graph->nedges = kept;

	graph->first_edge = palloc((graph->nroles + 1) * sizeof(int));
	for (i = 0; i < graph->nedges; i++)
	{
		while (member <= edges[i].member)
			graph->first_edge[member++] = i;
	}
	while (member <= graph->nroles)
		graph->first_edge[member++] = graph->nedges;
}

/* Reads all of pg_authid. */
static void
read_roles(struct rg_role_graph *graph, Relation authid, Snapshot snapshot)
{
	SysScanDesc scan;
	HeapTuple	tuple;

	scan = systable_beginscan(authid, InvalidOid, false, snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		append_role(graph, (Form_pg_authid) GETSTRUCT(tuple));
	}
	systable_endscan(scan);
}

/*
 * Adds one row of pg_auth_members.  A row that names a role which is gone, by
 * a DROP ROLE at the same time, is left out.
 */
static void
add_grant(struct rg_role_graph *graph, Form_pg_auth_members form)
{
	int			member = rg_role_by_oid(graph, form->member);
	int			role = rg_role_by_oid(graph, form->roleid);
	uint8		flags = RG_EDGE_MEMBER;

	if (member < 0 || role < 0)
		return;
	if (RG_GRANT_INHERITS(form, graph->roles[member].inherits))
		flags |= RG_EDGE_INHERIT;
	if (RG_GRANT_SETS(form))
		flags |= RG_EDGE_SET;
	if (form->admin_option)
		flags |= RG_EDGE_ADMIN;
	/* user.c: only a superuser may grant a role that is one */
	if (form->admin_option && !graph->roles[role].superuser)
		flags |= RG_EDGE_CLIMB;
	append_edge(graph, member, role, flags);
}

/* Reads all of pg_auth_members. */
static void
read_grants(struct rg_role_graph *graph, Relation auth_members,
			Snapshot snapshot)
{
	SysScanDesc scan;
	HeapTuple	tuple;

	scan = systable_beginscan(auth_members, InvalidOid, false, snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		add_grant(graph, (Form_pg_auth_members) GETSTRUCT(tuple));
	}
	systable_endscan(scan);
}

/*
 * Adds the membership of the current database's owner in pg_database_owner,
 * as roles_is_member_of() in acl.c does.
 */
static void
add_database_owner(struct rg_role_graph *graph)
{
#ifdef RG_HAS_DATABASE_OWNER
	HeapTuple	tuple;
	int			owner;
	int			role;
	uint8		flags = RG_EDGE_MEMBER | RG_EDGE_SET | RG_EDGE_IMPLICIT;

	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for database %u", MyDatabaseId);
	owner = rg_role_by_oid(graph, ((Form_pg_database) GETSTRUCT(tuple))->datdba);
	ReleaseSysCache(tuple);

	role = rg_role_by_oid(graph, ROLE_PG_DATABASE_OWNER);
	if (owner < 0 || role < 0)
		return;
	if (RG_OWNER_INHERITS(graph->roles[owner].inherits))
		flags |= RG_EDGE_INHERIT;
	append_edge(graph, owner, role, flags);
#endif
}

/* Reads both catalogs as of the same moment, the latest. */
static void
read_catalogs(struct rg_role_graph *graph)
{
	Relation	authid = table_open(AuthIdRelationId, AccessShareLock);
	Relation	auth_members = table_open(AuthMemRelationId, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(AuthIdRelationId));

	read_roles(graph, authid, snapshot);
	index_roles(graph);
	read_grants(graph, auth_members, snapshot);

	UnregisterSnapshot(snapshot);
	table_close(auth_members, AccessShareLock);
	table_close(authid, AccessShareLock);
}

/* Memory context callback: the cached graph is going away. */
static void
forget_graph(void *arg)
{
	if (cached_graph == arg)
		cached_graph = NULL;
}

/* Builds a graph that lives until the end of the transaction. */
static struct rg_role_graph *
build_graph(void)
{
	MemoryContext context;
	MemoryContext old_context;
	struct rg_role_graph *graph;

	/* Not yet in TopTransactionContext: an error must not leave it there. */
	context = AllocSetContextCreate(CurrentMemoryContext,
									"rds_guard role graph",
									ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);

	graph = palloc0(sizeof(struct rg_role_graph));
	graph->context = context;
	graph->roles_allocated = 64;
	graph->roles = palloc(graph->roles_allocated * sizeof(struct rg_role));
	graph->edges_allocated = 64;
	graph->edges = palloc(graph->edges_allocated * sizeof(struct rg_role_edge));

	read_catalogs(graph);
	add_database_owner(graph);
	index_edges(graph);

	graph->on_delete.func = forget_graph;
	graph->on_delete.arg = graph;
	MemoryContextRegisterResetCallback(context, &graph->on_delete);
	MemoryContextSetParent(context, TopTransactionContext);
	MemoryContextSwitchTo(old_context);
	return graph;
}

/*
 * Syscache callback.  May come while the graph is in use, so it only takes a
 * note for the next rg_role_graph_acquire().
 */
static void
mark_graph_stale(Datum arg, rg_cache_id cache_id, uint32 hash_value)
{
	cached_graph_stale = true;
}

/* Asks for mark_graph_stale() to be called, once a backend. */
static void
register_callbacks(void)
{
	static bool registered = false;

	if (registered)
		return;
	CacheRegisterSyscacheCallback(AUTHOID, mark_graph_stale, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, mark_graph_stale, (Datum) 0);
	CacheRegisterSyscacheCallback(DATABASEOID, mark_graph_stale, (Datum) 0);
	registered = true;
}

/* Makes the cached graph a private one of those who still use it. */
static void
retire_graph(void)
{
	struct rg_role_graph *graph = cached_graph;

	cached_graph = NULL;
	graph->retired = true;
	if (graph->pins == 0)
		MemoryContextDelete(graph->context);
}

/*
 * Returns the graph of now, from the cache if nothing has changed.  To be
 * given back with rg_role_graph_release(), in PG_FINALLY; otherwise it stays
 * until the end of the transaction.
 */
struct rg_role_graph *
rg_role_graph_acquire(void)
{
	register_callbacks();
	/* others may have granted since this transaction last looked */
	AcceptInvalidationMessages();
	if (cached_graph != NULL && cached_graph_stale)
		retire_graph();
	if (cached_graph == NULL)
	{
		cached_graph_stale = false;
		cached_graph = build_graph();
	}
	cached_graph->pins++;
	return cached_graph;
}

/* Ends a use of the graph.  What was read from it must not be used any more. */
void
rg_role_graph_release(struct rg_role_graph *graph)
{
	Assert(graph->pins > 0);
	graph->pins--;
	if (graph->retired && graph->pins == 0)
		MemoryContextDelete(graph->context);
}

/* The index of a role, or -1. */
int
rg_role_by_oid(const struct rg_role_graph *graph, Oid oid)
{
	struct role_index *entry = role_index_lookup(graph->indexes, oid);

	return entry != NULL ? entry->index : -1;
}

/* The index of a role.  Raises 42704 if it does not exist. */
int
rg_role_by_name(const struct rg_role_graph *graph, const char *name)
{
	struct rg_role key;
	struct rg_role *role;

	memset(&key, 0, sizeof(key));
	strlcpy(NameStr(key.name), name, NAMEDATALEN);
	role = bsearch(&key, graph->roles, graph->nroles, sizeof(struct rg_role),
				   compare_roles);
	if (role == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" does not exist", name)));
	return role - graph->roles;
}

/*
 * Orders the roles so that each comes before those that it is a member of.  The
 * server lets no circle happen; if there is one, its roles come last.  In the
 * current memory context.
 */
int *
rg_role_graph_order(const struct rg_role_graph *graph)
{
	int		   *order = palloc((graph->nroles + 1) * sizeof(int));
	int		   *nmembers = palloc0((graph->nroles + 1) * sizeof(int));
	int			norder = 0;
	int			next;
	int			i;

	for (i = 0; i < graph->nedges; i++)
		nmembers[graph->edges[i].role]++;
	for (i = 0; i < graph->nroles; i++)
	{
		if (nmembers[i] == 0)
			order[norder++] = i;
	}
	for (next = 0; next < norder; next++)
	{
		int			member = order[next];

		for (i = graph->first_edge[member]; i < graph->first_edge[member + 1]; i++)
		{
			if (--nmembers[graph->edges[i].role] == 0)
				order[norder++] = graph->edges[i].role;
		}
	}
	for (i = 0; i < graph->nroles; i++)
	{
		if (nmembers[i] > 0)
			order[norder++] = i;
	}
	pfree(nmembers);
	return order;
}

/* Raises 42501 unless the current user could read the same in SQL. */
void
rg_role_graph_require(const char *subject)
{
	int			i;

	for (i = 0; i < lengthof(graph_sources); i++)
		rg_require_select(&graph_sources[i], subject, NULL);
}
