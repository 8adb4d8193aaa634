/*-------------------------------------------------------------------------
 *
 * grant.h
 *		What the ACLs of objects say.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_GRANT_H
#define RG_GRANT_H

#include "role.h"

/* What GRANT knows, a column being an object of its own. */
enum rg_kind
{
	RG_KIND_DATABASE,
	RG_KIND_SCHEMA,
	RG_KIND_TABLE,				/* views and all else with rows, too */
	RG_KIND_SEQUENCE,
	RG_KIND_COLUMN,
	RG_KIND_FUNCTION,			/* procedures and aggregates, too */
	RG_KIND_TYPE,				/* domains, too */
	RG_KIND_LANGUAGE,
	RG_KIND_TABLESPACE,
	RG_KIND_FDW,
	RG_KIND_SERVER,
	RG_KIND_LARGE_OBJECT,
	RG_KIND_PARAMETER,
	RG_KIND_COUNT
};

#define RG_KIND_BIT(kind) ((uint32) 1 << (kind))

/* Privileges as bits of an AclMode, of which those in use fit. */
typedef uint16 rg_privileges;

/* What one entry of an object's ACL says. */
struct rg_grant
{
	int			object;			/* the caller's number for it */
	int			grantee;		/* role, or rg_grants.public */
	rg_privileges privileges;
	rg_privileges grantable;
};

/* What an ACL that is NULL gives. */
struct rg_default_acl
{
	rg_privileges to_owner;
	rg_privileges to_public;
};

/*
 * Grants; once they are indexed, ordered by grantee: those of grantee i are
 * grants[first[i]] up to, not including, grants[first[i + 1]].
 */
struct rg_grants
{
	const struct rg_role_graph *graph;
	const bool *only;			/* by role: whose are kept; NULL for all */
	int			public;			/* PUBLIC as a grantee */
	struct rg_default_acl defaults[RG_KIND_COUNT];
	int			ngrants;
	int			allocated;
	struct rg_grant *grants;
	int		   *first;
};

extern const char *const rg_kind_names[RG_KIND_COUNT];
extern const rg_privileges rg_kind_privileges[RG_KIND_COUNT];

extern void rg_grants_init(struct rg_grants *grants,
						   const struct rg_role_graph *graph, const bool *only);
extern void rg_grants_add_default(struct rg_grants *grants, int object,
								  enum rg_kind kind, int owner, rg_privileges mask);
extern void rg_grants_add_acl(struct rg_grants *grants, int object, Datum acl,
							  rg_privileges mask);
extern void rg_grants_index(struct rg_grants *grants);

#endif							/* RG_GRANT_H */
