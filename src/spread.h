/*-------------------------------------------------------------------------
 *
 * spread.h
 *		What roles may do, as bits that spread along memberships.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_SPREAD_H
#define RG_SPREAD_H

#include "role.h"

/*
 * A lane is a question that has an answer for each role and object, "may it read
 * it?" for instance.  A mark says yes in some lanes.
 */
struct rg_mark
{
	int			object;			/* number in its field */
	int			grantee;
	uint8		lanes;			/* bits */
};

/* Objects that the same questions are asked about. */
struct rg_field
{
	int			nlanes;
	int			nobjects;
	int			nmarks;
	int			marks_allocated;
	struct rg_mark *marks;
};

/*
 * The answers about some of a field's objects, as many as fit in work_mem: a row
 * of bits for each role and lane.  PUBLIC comes after the roles.
 */
struct rg_block
{
	const struct rg_role_graph *graph;
	struct rg_field *field;
	int			first_object;
	int			nwords;			/* of 64 objects, in a row */
	int			next_mark;
	uint64	   *once;			/* what a role may do at once */
	uint64	   *later;			/* also after SET ROLE; NULL if not wanted */
};

extern void rg_field_init(struct rg_field *field, int nlanes);
extern void rg_field_mark(struct rg_field *field, int object, int grantee,
						  uint8 lanes);

extern void rg_block_begin(struct rg_block *block, const struct rg_role_graph *graph,
						   struct rg_field *field, bool set_role);
extern bool rg_block_next(struct rg_block *block);
extern uint64 *rg_block_row(const struct rg_block *block, uint64 *table, int role,
							int lane);
extern void rg_block_spread(struct rg_block *block, int role);

#endif							/* RG_SPREAD_H */
