/*-------------------------------------------------------------------------
 *
 * grant.c
 *		What the ACLs of objects say.
 *
 * Knows the privileges of each kind of object, what an ACL that is NULL stands
 * for, and how to list the entries of many ACLs by grantee.  Never knows who is
 * a member of a grantee, nor what is allowed without any ACL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "utils/acl.h"
#include "utils/array.h"

#include "compat.h"
#include "grant.h"

const char *const rg_kind_names[RG_KIND_COUNT] = {
	[RG_KIND_DATABASE] = "database",
	[RG_KIND_SCHEMA] = "schema",
	[RG_KIND_TABLE] = "table",
	[RG_KIND_SEQUENCE] = "sequence",
	[RG_KIND_COLUMN] = "column",
	[RG_KIND_FUNCTION] = "function",
	[RG_KIND_TYPE] = "type",
	[RG_KIND_LANGUAGE] = "language",
	[RG_KIND_TABLESPACE] = "tablespace",
	[RG_KIND_FDW] = "foreign data wrapper",
	[RG_KIND_SERVER] = "foreign server",
	[RG_KIND_LARGE_OBJECT] = "large object",
	[RG_KIND_PARAMETER] = "parameter",
};

const rg_privileges rg_kind_privileges[RG_KIND_COUNT] = {
	[RG_KIND_DATABASE] = ACL_ALL_RIGHTS_DATABASE,
	[RG_KIND_SCHEMA] = ACL_ALL_RIGHTS_SCHEMA,
	[RG_KIND_TABLE] = ACL_ALL_RIGHTS_RELATION,
	[RG_KIND_SEQUENCE] = ACL_ALL_RIGHTS_SEQUENCE,
	[RG_KIND_COLUMN] = ACL_ALL_RIGHTS_COLUMN,
	[RG_KIND_FUNCTION] = ACL_ALL_RIGHTS_FUNCTION,
	[RG_KIND_TYPE] = ACL_ALL_RIGHTS_TYPE,
	[RG_KIND_LANGUAGE] = ACL_ALL_RIGHTS_LANGUAGE,
	[RG_KIND_TABLESPACE] = ACL_ALL_RIGHTS_TABLESPACE,
	[RG_KIND_FDW] = ACL_ALL_RIGHTS_FDW,
	[RG_KIND_SERVER] = ACL_ALL_RIGHTS_FOREIGN_SERVER,
	[RG_KIND_LARGE_OBJECT] = ACL_ALL_RIGHTS_LARGEOBJECT,
	[RG_KIND_PARAMETER] = RG_ALL_RIGHTS_PARAMETER,
};

/* As acldefault() wants to hear of it.  A parameter has no default. */
static const ObjectType object_types[RG_KIND_COUNT] = {
	[RG_KIND_DATABASE] = OBJECT_DATABASE,
	[RG_KIND_SCHEMA] = OBJECT_SCHEMA,
	[RG_KIND_TABLE] = OBJECT_TABLE,
	[RG_KIND_SEQUENCE] = OBJECT_SEQUENCE,
	[RG_KIND_COLUMN] = OBJECT_COLUMN,
	[RG_KIND_FUNCTION] = OBJECT_FUNCTION,
	[RG_KIND_TYPE] = OBJECT_TYPE,
	[RG_KIND_LANGUAGE] = OBJECT_LANGUAGE,
	[RG_KIND_TABLESPACE] = OBJECT_TABLESPACE,
	[RG_KIND_FDW] = OBJECT_FDW,
	[RG_KIND_SERVER] = OBJECT_FOREIGN_SERVER,
	[RG_KIND_LARGE_OBJECT] = OBJECT_LARGEOBJECT,
	[RG_KIND_PARAMETER] = OBJECT_COLUMN,
};

/* Learns what acldefault() gives on each kind, whoever the owner. */
static void
read_defaults(struct rg_grants *grants)
{
	int			kind;

	for (kind = 0; kind < RG_KIND_COUNT; kind++)
	{
		struct rg_default_acl *defaults = &grants->defaults[kind];
		Acl		   *acl = acldefault(object_types[kind], BOOTSTRAP_SUPERUSERID);
		int			i;

		for (i = 0; i < ACL_NUM(acl); i++)
		{
			const AclItem *item = &ACL_DAT(acl)[i];

			if (item->ai_grantee == ACL_ID_PUBLIC)
				defaults->to_public = ACLITEM_GET_PRIVS(*item);
			else
				defaults->to_owner = ACLITEM_GET_PRIVS(*item);
		}
		pfree(acl);
	}
}

/* Starts an empty list, in the current memory context. */
void
rg_grants_init(struct rg_grants *grants, const struct rg_role_graph *graph,
			   const bool *only)
{
	memset(grants, 0, sizeof(*grants));
	grants->graph = graph;
	grants->only = only;
	grants->public = graph->nroles;
	grants->allocated = 1024;
	grants->grants = palloc(grants->allocated * sizeof(struct rg_grant));
	read_defaults(grants);
}

/* Adds what one grantee has, unless it is nothing or of no interest. */
static void
add_grant(struct rg_grants *grants, int object, int grantee,
		  rg_privileges privileges, rg_privileges grantable)
{
	struct rg_grant *grant;

	if (privileges == 0)
		return;
	if (grants->only != NULL && grantee != grants->public && !grants->only[grantee])
		return;

	if (grants->ngrants == grants->allocated)
	{
		grants->allocated *= 2;
		grants->grants = repalloc_huge(grants->grants,
									   grants->allocated * sizeof(struct rg_grant));
	}
	grant = &grants->grants[grants->ngrants++];
	grant->object = object;
	grant->grantee = grantee;
	grant->privileges = privileges;
	grant->grantable = grantable;
}

/*
 * Adds what an ACL that is NULL stands for, apart from privileges that are not
 * in the mask.  The owner may be negative for one that is gone.
 */
void
rg_grants_add_default(struct rg_grants *grants, int object, enum rg_kind kind,
					  int owner, rg_privileges mask)
{
	const struct rg_default_acl *defaults = &grants->defaults[kind];

	add_grant(grants, object, grants->public, defaults->to_public & mask, 0);
	if (owner >= 0)
		add_grant(grants, object, owner, defaults->to_owner & mask, 0);
}

/* Adds the entries of an ACL; those of roles that are gone are left out. */
void
rg_grants_add_acl(struct rg_grants *grants, int object, Datum datum,
				  rg_privileges mask)
{
	Acl		   *acl = DatumGetAclP(datum);
	int			i;

	for (i = 0; i < ACL_NUM(acl); i++)
	{
		const AclItem *item = &ACL_DAT(acl)[i];
		int			grantee = grants->public;

		if (item->ai_grantee != ACL_ID_PUBLIC)
			grantee = rg_role_by_oid(grants->graph, item->ai_grantee);
		if (grantee >= 0)
			add_grant(grants, object, grantee, ACLITEM_GET_PRIVS(*item) & mask,
					  ACLITEM_GET_GOPTIONS(*item));
	}
	if ((Pointer) acl != DatumGetPointer(datum))
		pfree(acl);
}

/* Orders the grants by grantee, those of one as they were added. */
void
rg_grants_index(struct rg_grants *grants)
{
	int			ngrantees = grants->graph->nroles + 1;
	int		   *next = palloc(ngrantees * sizeof(int));
	struct rg_grant *ordered;
	int			i;

	grants->first = palloc0((ngrantees + 1) * sizeof(int));
	for (i = 0; i < grants->ngrants; i++)
		grants->first[grants->grants[i].grantee + 1]++;
	for (i = 0; i < ngrantees; i++)
		grants->first[i + 1] += grants->first[i];
	memcpy(next, grants->first, ngrantees * sizeof(int));

	ordered = palloc_extended(Max(grants->ngrants, 1) * sizeof(struct rg_grant),
							  MCXT_ALLOC_HUGE);
	for (i = 0; i < grants->ngrants; i++)
		ordered[next[grants->grants[i].grantee]++] = grants->grants[i];
	pfree(next);
	pfree(grants->grants);
	grants->grants = ordered;
}
