/*-------------------------------------------------------------------------
 *
 * role.h
 *		The graph of roles and memberships, and walks over it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_ROLE_H
#define RG_ROLE_H

#include "utils/hsearch.h"
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
	HTAB	   *indexes;		/* by OID */
	int			nedges;
	int			edges_allocated;
	struct rg_role_edge *edges;
	int		   *first_edge;
	int			pins;
	bool		retired;		/* no longer the cached one */
	MemoryContextCallback on_delete;
};

/* The ways in which a member gets to a role; explained in sql/facts/c.sql. */
enum rg_how
{
	RG_HOW_INHERIT,
	RG_HOW_SET,
	RG_HOW_ADMIN,
	RG_HOW_BECOME,
	RG_HOW_HOLD,
	RG_HOW_COUNT
};

/* A role that a walk has reached. */
struct rg_role_found
{
	int			role;
	int			state;			/* for rg_role_walk_path() */
	int			depth;			/* in steps */
};

/*
 * The answer of one walk: found[0 .. nfound - 1] are the roles reached, the
 * nearest first, ties in the order of the names on the path.
 */
struct rg_role_walk
{
	const struct rg_role_graph *graph;
	int			nfound;
	struct rg_role_found *found;

	/* private to role.c */
	uint32		stamp;
	uint32	   *found_stamp;	/* by role */
	uint32	   *seen_stamp;		/* by state */
	int		   *parent;			/* by state */
	int		   *depth;			/* by state */
	int		   *queue;			/* of states */
	int			queue_length;
};

extern struct rg_role_graph *rg_role_graph_acquire(void);
extern void rg_role_graph_release(struct rg_role_graph *graph);
extern int	rg_role_by_oid(const struct rg_role_graph *graph, Oid oid);
extern int	rg_role_by_name(const struct rg_role_graph *graph,
							const char *name);

extern struct rg_role_walk *rg_role_walk_create(const struct rg_role_graph *graph);
extern void rg_role_walk_run(struct rg_role_walk *walk, int member,
							 enum rg_how how, int only_role);
extern void rg_role_walk_path(const struct rg_role_walk *walk,
							  const struct rg_role_found *found, int *path);

#endif							/* RG_ROLE_H */
