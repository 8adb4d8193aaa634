/*-------------------------------------------------------------------------
 *
 * walk.c
 *		Walks from a role along its memberships.
 *
 * Knows which steps each way of using a membership allows, and finds the
 * shortest ways.  Never recurses, and never counts a superuser as a member of
 * everything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "walk.h"

/*
 * A walk is in one of two states at each role.  step[s][t] are the edges that
 * lead from state s at the member to state t at the role, any of the flags
 * being enough; found[s] says whether state s counts as getting there.
 */
#define WALK_STATES 2

struct walk_rule
{
	uint8		step[WALK_STATES][WALK_STATES];
	bool		found[WALK_STATES];
};

/*
 * Who can act as a role (state 0) can also use its grants; who only has its
 * privileges (state 1) can use its inherited roles and its ADMIN OPTION, with
 * which it can grant itself the role, but cannot SET ROLE through it.
 */
#define WALK_ANYHOW { \
		{RG_EDGE_SET | RG_EDGE_CLIMB, RG_EDGE_INHERIT}, \
		{RG_EDGE_CLIMB, RG_EDGE_INHERIT} \
	}

static const struct walk_rule walk_rules[RG_HOW_COUNT] = {
	[RG_HOW_INHERIT] = {{{RG_EDGE_INHERIT, 0}, {0, 0}}, {true, false}},
	[RG_HOW_SET] = {{{RG_EDGE_SET, 0}, {0, 0}}, {true, false}},
	[RG_HOW_ADMIN] = {{{RG_EDGE_MEMBER, RG_EDGE_ADMIN}, {0, 0}}, {false, true}},
	[RG_HOW_BECOME] = {WALK_ANYHOW, {true, false}},
	[RG_HOW_HOLD] = {WALK_ANYHOW, {true, true}},
	[RG_HOW_USE] = {{{RG_EDGE_SET, RG_EDGE_INHERIT}, {0, RG_EDGE_INHERIT}}, {true, true}},
};

/* Makes room for walks over a graph, in the current memory context. */
struct rg_role_walk *
rg_role_walk_create(const struct rg_role_graph *graph)
{
	struct rg_role_walk *walk = palloc0(sizeof(struct rg_role_walk));
	Size		nroles = graph->nroles;
	Size		nstates = nroles * WALK_STATES;

	walk->graph = graph;
	walk->found = palloc(nroles * sizeof(struct rg_role_found));
	walk->found_stamp = palloc0(nroles * sizeof(uint32));
	walk->seen_stamp = palloc0(nstates * sizeof(uint32));
	walk->parent = palloc(nstates * sizeof(int));
	walk->depth = palloc(nstates * sizeof(int));
	walk->queue = palloc(nstates * sizeof(int));
	return walk;
}

/* Notes that a state was reached, unless that happened earlier in the walk. */
static void
reach_state(struct rg_role_walk *walk, int state, int parent, bool is_found)
{
	int			role = state / WALK_STATES;

	if (walk->seen_stamp[state] == walk->stamp)
		return;
	walk->seen_stamp[state] = walk->stamp;
	walk->parent[state] = parent;
	walk->depth[state] = parent < 0 ? 0 : walk->depth[parent] + 1;
	walk->queue[walk->queue_length++] = state;

	if (is_found && walk->found_stamp[role] != walk->stamp)
	{
		struct rg_role_found *found = &walk->found[walk->nfound++];

		walk->found_stamp[role] = walk->stamp;
		found->role = role;
		found->state = state;
		found->depth = walk->depth[state];
	}
}

/* Takes all steps from one state, in the order of the roles' names. */
static void
leave_state(struct rg_role_walk *walk, int state, const struct walk_rule *rule)
{
	const struct rg_role_graph *graph = walk->graph;
	int			member = state / WALK_STATES;
	const uint8 *steps = rule->step[state % WALK_STATES];
	int			i;

	for (i = graph->first_edge[member]; i < graph->first_edge[member + 1]; i++)
	{
		const struct rg_role_edge *edge = &graph->edges[i];
		int			next;

		for (next = 0; next < WALK_STATES; next++)
		{
			if ((edge->flags & steps[next]) != 0)
				reach_state(walk, edge->role * WALK_STATES + next, state,
							rule->found[next]);
		}
	}
}

/*
 * Finds the roles that a member gets to, breadth first.  Ends early once
 * only_role (if not negative) is among them; the others are then incomplete.
 */
void
rg_role_walk_run(struct rg_role_walk *walk, int member, enum rg_how how,
				 int only_role)
{
	const struct walk_rule *rule = &walk_rules[how];
	int			head;

	walk->stamp++;
	walk->nfound = 0;
	walk->queue_length = 0;
	reach_state(walk, member * WALK_STATES, -1, false);
	walk->found_stamp[member] = walk->stamp;	/* not its own member */

	for (head = 0; head < walk->queue_length; head++)
	{
		CHECK_FOR_INTERRUPTS();
		leave_state(walk, walk->queue[head], rule);
		if (only_role >= 0 && walk->found_stamp[only_role] == walk->stamp)
			break;
	}
}

/*
 * The names on the way to a found role, the member's first, and how many; one
 * that is too long loses its middle.  In the current memory context.
 */
int
rg_role_walk_path(const struct rg_role_walk *walk,
				  const struct rg_role_found *found, int max_names,
				  const NameData ***names)
{
	int			length = found->depth + 1;
	int			shown = Min(length, max_names);
	int			first_shown = (shown + 1) / 2;	/* ahead of what is left out */
	int			state = found->state;
	int			i;

	*names = palloc(shown * sizeof(NameData *));
	for (i = length - 1; i >= 0; i--)
	{
		int			place = i < first_shown ? i : i - (length - shown);

		if (i < first_shown || place >= first_shown)
			(*names)[place] = &walk->graph->roles[state / WALK_STATES].name;
		state = walk->parent[state];
	}
	return shown;
}
