/*-------------------------------------------------------------------------
 *
 * spread.c
 *		What roles may do, as bits that spread along memberships.
 *
 * Knows how to pass a whole row of bits from a role to its members: one step for
 * each membership, instead of one for each role that a role gets to.  Never knows
 * what a bit means.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "compat.h"
#include "spread.h"

/* Starts a field without objects, in the current memory context. */
void
rg_field_init(struct rg_field *field, int nlanes)
{
	memset(field, 0, sizeof(*field));
	field->nlanes = nlanes;
	field->marks_allocated = 1024;
	field->marks = palloc(field->marks_allocated * sizeof(struct rg_mark));
}

/* Notes that a grantee may do something to an object. */
void
rg_field_mark(struct rg_field *field, int object, int grantee, uint8 lanes)
{
	struct rg_mark *mark;

	if (lanes == 0)
		return;
	if (field->nmarks == field->marks_allocated)
	{
		field->marks_allocated *= 2;
		field->marks = repalloc_huge(field->marks,
									 field->marks_allocated * sizeof(struct rg_mark));
	}
	mark = &field->marks[field->nmarks++];
	mark->object = object;
	mark->grantee = grantee;
	mark->lanes = lanes;
}

/* Orders the marks of a field by object. */
static void
index_marks(struct rg_field *field)
{
	int		   *next = palloc0((field->nobjects + 2) * sizeof(int));
	struct rg_mark *ordered = palloc_extended(Max(field->nmarks, 1) * sizeof(struct rg_mark),
											  MCXT_ALLOC_HUGE);
	int			i;

	for (i = 0; i < field->nmarks; i++)
		next[field->marks[i].object + 1]++;
	for (i = 0; i < field->nobjects; i++)
		next[i + 1] += next[i];
	for (i = 0; i < field->nmarks; i++)
		ordered[next[field->marks[i].object]++] = field->marks[i];
	pfree(next);
	pfree(field->marks);
	field->marks = ordered;
}

/* The row of a role in one of a block's tables. */
uint64 *
rg_block_row(const struct rg_block *block, uint64 *table, int role, int lane)
{
	return table + ((Size) role * block->field->nlanes + lane) * block->nwords;
}

/* Sets the bits of what was granted to each role itself. */
static void
set_marks(struct rg_block *block)
{
	const struct rg_field *field = block->field;
	int			end = block->first_object + block->nwords * 64;

	memset(block->once, 0, (Size) (block->graph->nroles + 1) * field->nlanes *
		   block->nwords * sizeof(uint64));
	for (; block->next_mark < field->nmarks; block->next_mark++)
	{
		const struct rg_mark *mark = &field->marks[block->next_mark];
		int			bit = mark->object - block->first_object;
		int			lane;

		if (mark->object >= end)
			break;
		for (lane = 0; lane < field->nlanes; lane++)
		{
			if (mark->lanes & (1 << lane))
				rg_block_row(block, block->once, mark->grantee, lane)[bit / 64] |= UINT64CONST(1) << (bit % 64);
		}
	}
}

/* Adds one role's bits, in all lanes, to those of another. */
static void
add_row(const struct rg_block *block, uint64 *to_table, int to,
		const uint64 *from_table, int from)
{
	Size		length = (Size) block->field->nlanes * block->nwords;
	uint64	   *target = to_table + to * length;
	const uint64 *source = from_table + from * length;
	Size		i;

	for (i = 0; i < length; i++)
		target[i] |= source[i];
}

/* Sets all bits of a role that stand for an object. */
static void
fill_rows(const struct rg_block *block, uint64 *table, int role)
{
	int			nbits = block->field->nobjects - block->first_object;
	int			lane;

	for (lane = 0; lane < block->field->nlanes; lane++)
	{
		uint64	   *words = rg_block_row(block, table, role, lane);
		int			i;

		for (i = 0; i < block->nwords; i++)
		{
			int			remaining = nbits - i * 64;

			words[i] = remaining >= 64 ? ~UINT64CONST(0) :
				remaining <= 0 ? 0 : (UINT64CONST(1) << remaining) - 1;
		}
	}
}

/*
 * Passes on to a role what those have that it is a member of, to be called for
 * those first.
 */
void
rg_block_spread(struct rg_block *block, int role)
{
	const struct rg_role_graph *graph = block->graph;
	Size		length = (Size) block->field->nlanes * block->nwords;
	int			last = graph->first_edge[role + 1];
	int			i;

	for (i = graph->first_edge[role]; i < last; i++)
	{
		if (graph->edges[i].flags & RG_EDGE_INHERIT)
			add_row(block, block->once, role, block->once, graph->edges[i].role);
	}
	if (block->later == NULL)
		return;

	if (graph->roles[role].superuser)
	{
		fill_rows(block, block->later, role);
		return;
	}
	memcpy(block->later + role * length, block->once + role * length, length * sizeof(uint64));
	for (i = graph->first_edge[role]; i < last; i++)
	{
		if (graph->edges[i].flags & RG_EDGE_SET)
			add_row(block, block->later, role, block->later, graph->edges[i].role);
	}
}

/*
 * Starts on a field to which all marks were added.  set_role: is it of interest
 * what a role may do after SET ROLE?
 */
void
rg_block_begin(struct rg_block *block, const struct rg_role_graph *graph,
			   struct rg_field *field, bool set_role)
{
	Size		nrows = (Size) (graph->nroles + 1) * field->nlanes;
	Size		word_size = nrows * sizeof(uint64) * (set_role ? 2 : 1);
	Size		words = (field->nobjects + 63) / 64;

	memset(block, 0, sizeof(*block));
	block->graph = graph;
	block->field = field;
	block->nwords = Min(words, Max(1, (Size) work_mem * 1024 / word_size));
	block->once = palloc_extended(nrows * block->nwords * sizeof(uint64), MCXT_ALLOC_HUGE);
	if (set_role)
		block->later = palloc_extended(nrows * block->nwords * sizeof(uint64), MCXT_ALLOC_HUGE);
	index_marks(field);
	block->first_object = -block->nwords * 64;
}

/*
 * Goes on to the next objects and the marks on them; false, and the memory is
 * freed, if there are none.
 */
bool
rg_block_next(struct rg_block *block)
{
	block->first_object += block->nwords * 64;
	if (block->nwords == 0 || block->first_object >= block->field->nobjects)
	{
		pfree(block->once);
		if (block->later != NULL)
			pfree(block->later);
		return false;
	}
	set_marks(block);
	return true;
}
