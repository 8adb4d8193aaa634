/*-------------------------------------------------------------------------
 *
 * privilege.c
 *		effective_privileges(): what each role may do, how, and why.
 *
 * Knows how the grants of object.c reach a role along the graph of role.c, and
 * what is allowed without standing in any ACL.  Works role by role: the grants
 * of each role that it gets to, the best way first, so that a privilege that is
 * there already need not be looked at again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "port/pg_bitutils.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "compat.h"
#include "fact.h"
#include "object.h"
#include "predefined.h"
#include "walk.h"

enum privilege_argument
{
	ARGUMENT_ROLE,
	ARGUMENT_KIND
};

enum privilege_column
{
	COLUMN_ROLE,
	COLUMN_KIND,
	COLUMN_OBJECT,
	COLUMN_COLUMN_NAME,
	COLUMN_PRIVILEGE,
	COLUMN_GRANTABLE,
	COLUMN_VIA,
	COLUMN_NEEDS_SET_ROLE,
	COLUMN_PATH
};

static const Oid privilege_arguments[] = {NAMEOID, TEXTOID};

static const Oid privilege_columns[] = {
	NAMEOID, TEXTOID, TEXTOID, NAMEOID, TEXTOID, BOOLOID, TEXTOID, BOOLOID,
	TEXTARRAYOID
};

static const struct rg_signature privilege_signature = {
	lengthof(privilege_arguments), privilege_arguments,
	lengthof(privilege_columns), privilege_columns
};

/* How a privilege was obtained, the best first. */
enum via
{
	VIA_SUPERUSER,
	VIA_OWNER,
	VIA_DIRECT,
	VIA_MEMBER,
	VIA_PUBLIC,
	VIA_PREDEFINED,
	VIA_COUNT
};

static const char *const via_names[VIA_COUNT] = {
	[VIA_SUPERUSER] = "superuser",
	[VIA_OWNER] = "owner",
	[VIA_DIRECT] = "direct",
	[VIA_MEMBER] = "member",
	[VIA_PUBLIC] = "public",
	[VIA_PREDEFINED] = "predefined",
};

/* By bit of an AclMode; the bits that no version uses are NULL. */
#define PRIVILEGE_BITS 16

StaticAssertDecl(N_ACL_RIGHTS < PRIVILEGE_BITS, "privileges have names and fit in 16 bits");

static const char *const privilege_names[PRIVILEGE_BITS] = {
	"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER",
	"EXECUTE", "USAGE", "CREATE", "TEMPORARY", "CONNECT", "SET", "ALTER SYSTEM",
	"MAINTAIN", NULL
};

/* One call. */
struct request
{
	int			role;			/* negative: all */
	struct rg_role_graph *graph;
	struct rg_catalog *catalog;
	struct rg_catalog_wish wish;
	bool		lo_compat;		/* large objects are open to everybody */
	struct rg_role_walk *inherit;
	struct rg_role_walk *set;
	struct rg_role_walk *use;
	struct rg_fact fact;
	Datum		kinds[RG_KIND_COUNT];
	Datum		vias[VIA_COUNT];
	Datum		privileges[PRIVILEGE_BITS];

	/* about the role that is being answered */
	MemoryContext role_context;
	int			member;
	bool	   *noted;			/* by role: can it use its privileges? */
	rg_privileges *held;		/* by object */
	rg_privileges *grantable;	/* by object */
};

/* A way to what another role, or nobody in particular, was granted. */
struct way
{
	enum via	via;
	bool		needs_set_role;
	const struct rg_role_walk *walk;
	const struct rg_role_found *found;	/* NULL: the role itself */
	Datum		path;			/* 0 until it is wanted */
};

PG_FUNCTION_INFO_V1(rg_effective_privileges);

/*
 * The path of a way, made when the first row needs it.  As text, which is a
 * fraction of the size of names: there may be millions of rows.
 */
static Datum
way_path(struct request *request, struct way *way)
{
	const NameData *self = &request->graph->roles[request->member].name;
	const NameData **names = &self;
	MemoryContext old_context;
	Datum	   *elements;
	int			length = 1;
	int			i;

	if (way->path != (Datum) 0)
		return way->path;
	old_context = MemoryContextSwitchTo(request->role_context);
	if (way->found != NULL)
		length = rg_role_walk_path(way->walk, way->found, RG_MAX_PATH_NAMES, &names);
	elements = palloc(length * sizeof(Datum));
	for (i = 0; i < length; i++)
		elements[i] = CStringGetTextDatum(NameStr(*names[i]));
	way->path = PointerGetDatum(construct_array(elements, length, TEXTOID, -1, false,
												TYPALIGN_INT));
	MemoryContextSwitchTo(old_context);
	return way->path;
}

/* Notes privileges on an object, and emits a row for each that is new. */
static void
emit(struct request *request, struct way *way, int number,
	 rg_privileges privileges)
{
	const struct rg_object *object = &request->catalog->objects[number];
	struct rg_fact *fact = &request->fact;
	rg_privileges grantable = request->grantable[number];
	uint32		remaining = privileges & ~request->held[number];

	if (remaining == 0)
		return;
	request->held[number] |= remaining;

	if (object->owner >= 0 && request->noted[object->owner])
		grantable = ~0;
	rg_fact_set(fact, COLUMN_ROLE, NameGetDatum(&request->graph->roles[request->member].name));
	rg_fact_set(fact, COLUMN_KIND, request->kinds[object->kind]);
	rg_fact_set(fact, COLUMN_OBJECT, PointerGetDatum(object->name));
	if (object->column != NULL)
		rg_fact_set(fact, COLUMN_COLUMN_NAME, NameGetDatum(object->column));
	rg_fact_set(fact, COLUMN_VIA, request->vias[way->via]);
	rg_fact_set(fact, COLUMN_NEEDS_SET_ROLE, BoolGetDatum(way->needs_set_role));
	rg_fact_set(fact, COLUMN_PATH, way_path(request, way));
	while (remaining != 0)
	{
		int			bit = pg_rightmost_one_pos32(remaining);

		remaining &= remaining - 1;
		rg_fact_set(fact, COLUMN_PRIVILEGE, request->privileges[bit]);
		rg_fact_set(fact, COLUMN_GRANTABLE,
					BoolGetDatum(way->via == VIA_SUPERUSER || (grantable & (1 << bit)) != 0));
		if (remaining != 0)
			rg_fact_repeat(fact);
		else
			rg_fact_emit(fact);
	}
}

/* Emits every privilege that there is. */
static void
emit_everything(struct request *request, struct way *way)
{
	int			i;

	for (i = 0; i < request->catalog->nobjects; i++)
		emit(request, way, i, rg_kind_privileges[request->catalog->objects[i].kind]);
}

/* Emits what was granted to a grantee. */
static void
emit_grants(struct request *request, struct way *way, int grantee)
{
	const struct rg_grants *grants = &request->catalog->grants;
	int			i;

	CHECK_FOR_INTERRUPTS();
	for (i = grants->first[grantee]; i < grants->first[grantee + 1]; i++)
		emit(request, way, grants->grants[i].object, grants->grants[i].privileges);
}

/* Emits what was granted to the role itself. */
static void
emit_own_grants(struct request *request)
{
	const struct rg_grants *grants = &request->catalog->grants;
	struct way	owner = {VIA_OWNER};
	struct way	direct = {VIA_DIRECT};
	int			member = request->member;
	int			i;

	for (i = grants->first[member]; i < grants->first[member + 1]; i++)
	{
		int			object = grants->grants[i].object;
		bool		owned = request->catalog->objects[object].owner == member;

		emit(request, owned ? &owner : &direct, object, grants->grants[i].privileges);
	}
}

/* Emits what a predefined role allows; nothing if it is none. */
static void
emit_predefined(struct request *request, struct way *way, int role)
{
	const struct rg_role *predefined = &request->graph->roles[role];
	int			i;

	if (!rg_is_predefined(predefined))
		return;
	for (i = 0; i < request->catalog->nobjects; i++)
		emit(request, way, i,
			 rg_predefined_privileges(predefined, &request->catalog->objects[i]));
}

/* Emits what a setting opens to everybody. */
static void
emit_lo_compat(struct request *request, struct way *way)
{
	int			i;

	if (!request->lo_compat)
		return;
	for (i = 0; i < request->catalog->nobjects; i++)
	{
		if (request->catalog->objects[i].kind == RG_KIND_LARGE_OBJECT)
			emit(request, way, i, ACL_ALL_RIGHTS_LARGEOBJECT);
	}
}

/* Notes that the role has the privileges of this one, and so its grant options. */
static void
note_role(struct request *request, int role)
{
	const struct rg_grants *grants = &request->catalog->grants;
	int			i;

	if (request->noted[role])
		return;
	request->noted[role] = true;
	for (i = grants->first[role]; i < grants->first[role + 1]; i++)
		request->grantable[grants->grants[i].object] |= grants->grants[i].grantable;
}

static void
note_roles(struct request *request, const struct rg_role_walk *walk)
{
	int			i;

	for (i = 0; i < walk->nfound; i++)
		note_role(request, walk->found[i].role);
}

/*
 * Emits what the roles of a walk were granted, then what those among them that
 * are predefined allow; between the two, at once, what PUBLIC was granted.
 */
static void
emit_walk(struct request *request, const struct rg_role_walk *walk,
		  bool needs_set_role)
{
	struct way	self = {VIA_PREDEFINED, needs_set_role};
	struct way	public = {VIA_PUBLIC, needs_set_role};
	int			i;

	for (i = 0; i < walk->nfound; i++)
	{
		struct way	member = {VIA_MEMBER, needs_set_role, walk, &walk->found[i]};

		emit_grants(request, &member, walk->found[i].role);
	}
	if (!needs_set_role)
	{
		emit_grants(request, &public, request->catalog->grants.public);
		emit_lo_compat(request, &public);
		emit_predefined(request, &self, request->member);
	}
	for (i = 0; i < walk->nfound; i++)
	{
		struct way	predefined = {VIA_PREDEFINED, needs_set_role, walk, &walk->found[i]};

		emit_predefined(request, &predefined, walk->found[i].role);
	}
}

/* The nearest superuser that a finished walk has found, or NULL. */
static const struct rg_role_found *
nearest_superuser(const struct rg_role_walk *walk)
{
	int			i;

	for (i = 0; i < walk->nfound; i++)
	{
		if (walk->graph->roles[walk->found[i].role].superuser)
			return &walk->found[i];
	}
	return NULL;
}

/* Emits all that one role may do. */
static void
emit_role(struct request *request, int member)
{
	int			nobjects = request->catalog->nobjects;
	struct way	superuser = {VIA_SUPERUSER};

	request->member = member;
	MemoryContextReset(request->role_context);
	memset(request->noted, 0, request->graph->nroles * sizeof(bool));
	memset(request->held, 0, nobjects * sizeof(rg_privileges));
	memset(request->grantable, 0, nobjects * sizeof(rg_privileges));

	if (request->graph->roles[member].superuser)
	{
		emit_everything(request, &superuser);
		return;
	}
	rg_role_walk_run(request->inherit, member, RG_HOW_INHERIT, -1);
	note_role(request, member);
	note_roles(request, request->inherit);
	emit_own_grants(request);
	emit_walk(request, request->inherit, false);

	rg_role_walk_run(request->set, member, RG_HOW_SET, -1);
	superuser.needs_set_role = true;
	superuser.walk = request->set;
	superuser.found = nearest_superuser(request->set);
	if (superuser.found != NULL)
		emit_everything(request, &superuser);
	else if (request->set->nfound > 0)
	{
		rg_role_walk_run(request->use, member, RG_HOW_USE, -1);
		note_roles(request, request->use);
		emit_walk(request, request->use, true);
	}
}

/* The role that the argument names; negative if it is NULL. */
static int
role_argument(const struct rg_role_graph *graph, FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARGUMENT_ROLE))
		return -1;
	return rg_role_by_name(graph, NameStr(*PG_GETARG_NAME(ARGUMENT_ROLE)));
}

/* Which objects the argument asks for. */
static void
kind_argument(struct rg_catalog_wish *wish, FunctionCallInfo fcinfo)
{
	char	   *name;
	int			kind;

	wish->kinds = ~(uint32) 0;
	if (PG_ARGISNULL(ARGUMENT_KIND))
		return;
	name = text_to_cstring(PG_GETARG_TEXT_PP(ARGUMENT_KIND));
	if (strcmp(name, "system") == 0)
	{
		wish->system = true;
		return;
	}
	for (kind = 0; kind < RG_KIND_COUNT; kind++)
	{
		if (strcmp(name, rg_kind_names[kind]) == 0)
		{
			wish->kinds = RG_KIND_BIT(kind);
			return;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized kind of object: \"%s\"", name),
			 errhint("Valid values are \"database\", \"schema\", \"table\", \"sequence\", \"column\", \"function\", \"type\", \"language\", \"tablespace\", \"foreign data wrapper\", \"foreign server\", \"large object\", \"parameter\" and \"system\".")));
}

/* Of all objects, only those matter on which this role can have anything. */
static void
restrict_wish(struct request *request, int role)
{
	const struct rg_role *roles = request->graph->roles;
	bool	   *grantees = palloc0(request->graph->nroles * sizeof(bool));
	bool		everything = roles[role].superuser || rg_is_predefined(&roles[role]);
	int			i;

	rg_role_walk_run(request->set, role, RG_HOW_SET, -1);
	everything |= nearest_superuser(request->set) != NULL;
	rg_role_walk_run(request->use, role, RG_HOW_USE, -1);
	grantees[role] = true;
	for (i = 0; i < request->use->nfound; i++)
	{
		grantees[request->use->found[i].role] = true;
		everything |= rg_is_predefined(&roles[request->use->found[i].role]);
	}
	request->wish.grantees = grantees;
	request->wish.ungranted |= everything;
}

/* Makes the values that many rows share. */
static void
make_constants(struct request *request)
{
	int			i;

	for (i = 0; i < RG_KIND_COUNT; i++)
		request->kinds[i] = CStringGetTextDatum(rg_kind_names[i]);
	for (i = 0; i < VIA_COUNT; i++)
		request->vias[i] = CStringGetTextDatum(via_names[i]);
	for (i = 0; i < PRIVILEGE_BITS && privilege_names[i] != NULL; i++)
		request->privileges[i] = CStringGetTextDatum(privilege_names[i]);
}

/* Emits the answer; memory is the caller's to free. */
static void
answer_request(struct request *request)
{
	const struct rg_role_graph *graph = request->graph;
	int			nobjects;
	int			i;

	request->inherit = rg_role_walk_create(graph);
	request->set = rg_role_walk_create(graph);
	request->use = rg_role_walk_create(graph);
	request->lo_compat =
		strcmp(GetConfigOption("lo_compat_privileges", false, false), "on") == 0;
	request->wish.ungranted = request->role < 0 || request->lo_compat;
	if (request->role >= 0)
		restrict_wish(request, request->role);
	request->catalog = rg_catalog_read(graph, &request->wish);

	make_constants(request);
	request->role_context = AllocSetContextCreate(CurrentMemoryContext,
												  "rds_guard role",
												  ALLOCSET_DEFAULT_SIZES);
	nobjects = Max(request->catalog->nobjects, 1);
	request->noted = palloc(graph->nroles * sizeof(bool));
	request->held = palloc(nobjects * sizeof(rg_privileges));
	request->grantable = palloc(nobjects * sizeof(rg_privileges));
	for (i = 0; i < graph->nroles; i++)
	{
		if (request->role < 0 || request->role == i)
			emit_role(request, i);
	}
}

/*
 * effective_privileges(role name, kind text).  Raises 42501, 42704 for a role
 * that does not exist, 22023 for an unknown kind.  The semantics are those of
 * src/backend/catalog/aclchk.c and src/backend/utils/adt/acl.c.
 */
Datum
rg_effective_privileges(PG_FUNCTION_ARGS)
{
	struct request request;
	MemoryContext context;
	MemoryContext old_context;

	memset(&request, 0, sizeof(request));
	rg_fact_open(&request.fact, fcinfo, &privilege_signature);
	kind_argument(&request.wish, fcinfo);
	request.wish.names = true;
	rg_role_graph_require("privileges");
	rg_catalog_require(&request.wish);

	context = AllocSetContextCreate(CurrentMemoryContext,
									"rds_guard effective privileges",
									ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);
	request.graph = rg_role_graph_acquire();
	PG_TRY();
	{
		request.role = role_argument(request.graph, fcinfo);
		answer_request(&request);
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
