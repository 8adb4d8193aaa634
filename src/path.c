/*-------------------------------------------------------------------------
 *
 * path.c
 *		shortest_paths(): shortest ways through a graph of numbered nodes.
 *
 * Knows edges between numbers and nothing of what they stand for.  Never looks
 * at a catalog, never recurses, and needs memory for nodes and edges only: one
 * search backwards from the targets serves all starts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "compat.h"
#include "fact.h"

enum path_argument
{
	ARGUMENT_TAILS,
	ARGUMENT_HEADS,
	ARGUMENT_STEP_EDGES,
	ARGUMENT_STARTS,
	ARGUMENT_TARGETS,
	ARGUMENT_MOST_STEPS
};

enum path_column
{
	COLUMN_START,
	COLUMN_STEP,
	COLUMN_STEPS,
	COLUMN_EDGE
};

static const Oid path_arguments[] = {
	INT4ARRAYOID, INT4ARRAYOID, INT4OID, INT4ARRAYOID, INT4ARRAYOID, INT4OID
};

static const Oid path_columns[] = {INT4OID, INT4OID, INT4OID, INT4OID};

static const struct rg_signature path_signature = {
	lengthof(path_arguments), path_arguments,
	lengthof(path_columns), path_columns
};

struct int_array
{
	int			length;
	int32	   *values;
};

/*
 * Edges lead from tails to heads; the first step_edges of them are one step
 * each, the others cost nothing.  Those into node n are incoming[first_incoming[n]] up
 * to, not including, incoming[first_incoming[n + 1]].
 */
struct path_graph
{
	struct int_array tails;
	struct int_array heads;
	int			step_edges;
	int			nnodes;			/* the largest number, plus one */
	int		   *first_incoming;
	int		   *incoming;
};

/* What the search has found out about each node. */
struct path_search
{
	int		   *distance;		/* in steps; -1: no way */
	int		   *next;			/* edge to take; -1: there, or no way */
	int		   *queue;
};

PG_FUNCTION_INFO_V1(rg_shortest_paths);

/* An argument that must be a plain array of node numbers. */
static struct int_array
array_argument(FunctionCallInfo fcinfo, int argument)
{
	ArrayType  *array;
	struct int_array result;
	int			i;

	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("arrays of nodes must not be null")));
	array = PG_GETARG_ARRAYTYPE_P(argument);
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("arrays of nodes must have one dimension and no nulls")));
	result.length = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	result.values = (int32 *) ARR_DATA_PTR(array);
	for (i = 0; i < result.length; i++)
	{
		if (result.values[i] < 0 || result.values[i] >= MaxAllocSize / sizeof(int) - 1)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("node %d is out of range", result.values[i])));
	}
	return result;
}

static int
largest(struct int_array array, int so_far)
{
	int			i;

	for (i = 0; i < array.length; i++)
		so_far = Max(so_far, array.values[i]);
	return so_far;
}

/* Sorts the edges by head, by counting. */
static void
index_edges(struct path_graph *graph)
{
	int		   *place = palloc(graph->nnodes * sizeof(int));
	int			i;

	graph->first_incoming = palloc0((graph->nnodes + 1) * sizeof(int));
	graph->incoming = palloc((graph->heads.length + 1) * sizeof(int));
	for (i = 0; i < graph->heads.length; i++)
		graph->first_incoming[graph->heads.values[i] + 1]++;
	for (i = 0; i < graph->nnodes; i++)
	{
		graph->first_incoming[i + 1] += graph->first_incoming[i];
		place[i] = graph->first_incoming[i];
	}
	for (i = 0; i < graph->heads.length; i++)
		graph->incoming[place[graph->heads.values[i]]++] = i;
	pfree(place);
}

/*
 * Appends the nodes that have an edge of this cost into one that is queued;
 * returns the new length of the queue.
 */
static int
queue_tails(const struct path_graph *graph, struct path_search *search,
			int head, bool is_free, int length)
{
	int			i;

	for (i = graph->first_incoming[head]; i < graph->first_incoming[head + 1]; i++)
	{
		int			edge = graph->incoming[i];
		int			tail = graph->tails.values[edge];

		if ((edge >= graph->step_edges) != is_free || search->distance[tail] >= 0)
			continue;
		search->distance[tail] = search->distance[head] + (is_free ? 0 : 1);
		search->queue[length++] = tail;
	}
	return length;
}

/*
 * Finds all distances, breadth first from the targets, level by level: first
 * whatever is reached for nothing, then the nodes that are one step away.
 */
static void
search_backwards(const struct path_graph *graph, struct path_search *search,
				 struct int_array targets)
{
	int			begin = 0;
	int			end = 0;
	int			i;

	for (i = 0; i < graph->nnodes; i++)
		search->distance[i] = -1;
	for (i = 0; i < targets.length; i++)
	{
		if (search->distance[targets.values[i]] < 0)
		{
			search->distance[targets.values[i]] = 0;
			search->queue[end++] = targets.values[i];
		}
	}
	while (begin < end)
	{
		int			level_end;

		for (i = begin; i < end; i++)
		{
			CHECK_FOR_INTERRUPTS();
			end = queue_tails(graph, search, search->queue[i], true, end);
		}
		level_end = end;
		for (i = begin; i < level_end; i++)
		{
			CHECK_FOR_INTERRUPTS();
			end = queue_tails(graph, search, search->queue[i], false, end);
		}
		begin = level_end;
	}
}

/* Of the edges that lie on a shortest way from their tail, takes the first. */
static void
choose_edges(const struct path_graph *graph, struct path_search *search,
			 struct int_array targets)
{
	int			i;

	for (i = 0; i < graph->nnodes; i++)
		search->next[i] = -1;
	for (i = graph->tails.length - 1; i >= 0; i--)
	{
		int			distance = search->distance[graph->heads.values[i]];

		if (i < graph->step_edges)
			distance++;
		if (search->distance[graph->heads.values[i]] >= 0 &&
			search->distance[graph->tails.values[i]] == distance)
			search->next[graph->tails.values[i]] = i;
	}
	for (i = 0; i < targets.length; i++)
		search->next[targets.values[i]] = -1;
}

/* Emits the steps from one start, without the middle if there are too many. */
static void
emit_path(const struct path_graph *graph, const struct path_search *search,
		  struct rg_fact *fact, int start, int most_steps)
{
	int			steps = search->distance[start];
	int			step = 0;
	int			node = start;
	int			hops = 0;

	while (search->next[node] >= 0)
	{
		int			edge = search->next[node];

		CHECK_FOR_INTERRUPTS();
		if (++hops > graph->nnodes)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("edges that cost nothing lead in a circle")));
		node = graph->heads.values[edge];
		if (edge >= graph->step_edges)
			continue;
		step++;
		if (steps > most_steps && step > (most_steps + 1) / 2 &&
			step <= steps - most_steps / 2)
			continue;
		rg_fact_set(fact, COLUMN_START, Int32GetDatum(start));
		rg_fact_set(fact, COLUMN_STEP, Int32GetDatum(step));
		rg_fact_set(fact, COLUMN_STEPS, Int32GetDatum(steps));
		rg_fact_set(fact, COLUMN_EDGE, Int32GetDatum(edge + 1));
		rg_fact_emit(fact);
	}
}

/* Reads the arguments, searches and emits; memory is the caller's to free. */
static void
answer(FunctionCallInfo fcinfo, struct rg_fact *fact)
{
	struct path_graph graph;
	struct path_search search;
	struct int_array starts = array_argument(fcinfo, ARGUMENT_STARTS);
	struct int_array targets = array_argument(fcinfo, ARGUMENT_TARGETS);
	int			most_steps;
	int			i;

	graph.tails = array_argument(fcinfo, ARGUMENT_TAILS);
	graph.heads = array_argument(fcinfo, ARGUMENT_HEADS);
	if (graph.tails.length != graph.heads.length)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("arrays of tails and heads must have the same length")));
	graph.step_edges = PG_ARGISNULL(ARGUMENT_STEP_EDGES) ? graph.tails.length : PG_GETARG_INT32(ARGUMENT_STEP_EDGES);
	most_steps = PG_ARGISNULL(ARGUMENT_MOST_STEPS) ? PG_INT32_MAX - 1 : PG_GETARG_INT32(ARGUMENT_MOST_STEPS);
	graph.nnodes = 1 + largest(graph.tails, largest(graph.heads, largest(starts, largest(targets, 0))));
	/* what is allocated follows the numbers, and anybody may call this */
	if (graph.nnodes > 1000 + 2 * (int64) graph.tails.length + starts.length + targets.length)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("node %d is out of range", graph.nnodes - 1),
				 errdetail("Nodes have to be numbered without large gaps.")));
	index_edges(&graph);

	search.distance = palloc(graph.nnodes * sizeof(int));
	search.next = palloc(graph.nnodes * sizeof(int));
	search.queue = palloc(graph.nnodes * sizeof(int));
	search_backwards(&graph, &search, targets);
	choose_edges(&graph, &search, targets);
	for (i = 0; i < starts.length; i++)
		emit_path(&graph, &search, fact, starts.values[i], most_steps);
}

/*
 * shortest_paths(tails int[], heads int[], step_edges int, starts int[],
 * targets int[], most_steps int).  Raises 22004, 2202E and 22003 for arrays
 * that are no lists of nodes, 22023 for a circle of edges that cost nothing.
 */
Datum
rg_shortest_paths(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	MemoryContext context;
	MemoryContext old_context;

	rg_fact_open(&fact, fcinfo, &path_signature);
	context = AllocSetContextCreate(CurrentMemoryContext, "rds_guard paths",
									ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);
	answer(fcinfo, &fact);
	MemoryContextSwitchTo(old_context);

	MemoryContextDelete(context);
	rg_fact_close(&fact);
	return (Datum) 0;
}
