/*-------------------------------------------------------------------------
 *
 * role.h
 *		The graph of roles and memberships.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_ROLE_H
#define RG_ROLE_H

#include "utils/palloc.h"

/* A row of pg_authid, without anything secret. */
struct rg_role
{
	Oid			oid;
	NameData	name;
	bool		superuser;
	bool		inherits;
	bool		create_role;
	bool		create_db;
	bool		can_login;
	bool		replication;
	bool		bypass_rls;
};

/* What a membership allows, over all grantors of the same pair. */
#define RG_EDGE_MEMBER		0x01	/* always set */
#define RG_EDGE_INHERIT		0x02	/* the member has the role's privileges */
#define RG_EDGE_SET			0x04	/* the member may SET ROLE */
#define RG_EDGE_ADMIN		0x08	/* the member has ADMIN OPTION */
#define RG_EDGE_CLIMB		0x10	/* and could grant the role to itself */
#define RG_EDGE_IMPLICIT	0x20	/* database owner; in no catalog row */

/* A membership; both ends are indexes of rg_role_graph.roles. */
struct rg_role_edge
{
	int			member;
	int			role;
	uint8		flags;
};

/*
 * All roles, ordered by name, and all memberships, ordered by member and
 * role.  Those of member i are edges[first_edge[i]] up to, not including,
 * edges[first_edge[i + 1]].
 */
struct rg_role_graph
{
	MemoryContext context;
	int			nroles;
	int			roles_allocated;
	struct rg_role *roles;
	struct role_index_hash *indexes;	/* by OID */
	int			nedges;
	int			edges_allocated;
	struct rg_role_edge *edges;
	int		   *first_edge;
	int			pins;
	bool		retired;		/* no longer the cached one */
	MemoryContextCallback on_delete;
};

extern struct rg_role_graph *rg_role_graph_acquire(void);
extern void rg_role_graph_release(struct rg_role_graph *graph);
extern int *rg_role_graph_order(const struct rg_role_graph *graph);
extern void rg_role_graph_require(const char *subject);
extern int	rg_role_by_oid(const struct rg_role_graph *graph, Oid oid);
extern int	rg_role_by_name(const struct rg_role_graph *graph,
							const char *name);

#endif							/* RG_ROLE_H */
