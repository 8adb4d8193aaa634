/*-------------------------------------------------------------------------
 *
 * fact.h
 *		What all facts share: the rows they return, and the rights they ask for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_FACT_H
#define RG_FACT_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "utils/tuplestore.h"

#define RG_FACT_COLUMNS 32		/* no fact has more */

/*
 * The sink of one call.  A row is filled column by column and starts out as
 * all NULL; what is set must live until rg_fact_emit(), for which row_context
 * is the place.
 */
struct rg_fact
{
	Tuplestorestate *store;
	TupleDesc	desc;
	MemoryContext row_context;
	Datum		values[RG_FACT_COLUMNS];
	bool		nulls[RG_FACT_COLUMNS];
};

/* The argument and result types that the library is written for. */
struct rg_signature
{
	int			nargs;
	const Oid  *args;
	int			ncolumns;
	const Oid  *columns;
};

/* Columns of one relation in pg_catalog that a fact reads; ends with NULL. */
struct rg_source
{
	const char *relation;
	const char *const *columns;
};

extern void rg_fact_open(struct rg_fact *fact, FunctionCallInfo fcinfo,
						 const struct rg_signature *signature);
extern void rg_fact_set(struct rg_fact *fact, int column, Datum value);
extern void rg_fact_set_text(struct rg_fact *fact, int column,
							 const char *value);
extern void rg_fact_emit(struct rg_fact *fact);
extern void rg_fact_repeat(struct rg_fact *fact);
extern void rg_fact_close(struct rg_fact *fact);

extern void rg_require_select(const struct rg_source *source,
							  const char *subject, const char *remark);

#endif							/* RG_FACT_H */
