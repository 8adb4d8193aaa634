/*-------------------------------------------------------------------------
 *
 * walk.h
 *		Walks from a role along its memberships.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_WALK_H
#define RG_WALK_H

#include "role.h"

/*
 * A longer path loses its middle: with whole paths a chain of 10,000 roles would
 * fill gigabytes.
 */
#define RG_MAX_PATH_NAMES 32

/*
 * The ways in which a member gets to a role; the first five are explained in
 * sql/facts/c.sql.  USE: has its privileges at once or after a SET ROLE.
 */
enum rg_how
{
	RG_HOW_INHERIT,
	RG_HOW_SET,
	RG_HOW_ADMIN,
	RG_HOW_BECOME,
	RG_HOW_HOLD,
	RG_HOW_USE,
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

	/* private to walk.c */
	uint32		stamp;
	uint32	   *found_stamp;	/* by role */
	uint32	   *seen_stamp;		/* by state */
	int		   *parent;			/* by state */
	int		   *depth;			/* by state */
	int		   *queue;			/* of states */
	int			queue_length;
};

extern struct rg_role_walk *rg_role_walk_create(const struct rg_role_graph *graph);
extern void rg_role_walk_run(struct rg_role_walk *walk, int member,
							 enum rg_how how, int only_role);
extern int	rg_role_walk_path(const struct rg_role_walk *walk,
							  const struct rg_role_found *found, int max_names,
							  const NameData ***names);

#endif							/* RG_WALK_H */
