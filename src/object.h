/*-------------------------------------------------------------------------
 *
 * object.h
 *		The objects of a database and what was granted on them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_OBJECT_H
#define RG_OBJECT_H

#include "access/attnum.h"

#include "grant.h"

struct rg_object
{
	Oid			oid;			/* a column's is that of its relation */
	int			owner;			/* role, -1 if it is gone */
	int			schema;			/* place in rg_catalog.schemas, or -1 */
	uint8		kind;
	bool		guarded;		/* only superusers may write to it */
	text	   *name;			/* as GRANT writes it; NULL if not wanted */
	Name		column;			/* NULL unless a column */
	AttrNumber	attnum;			/* 0 unless a column; negative: a system's */
};

struct rg_schema
{
	Oid			oid;
	NameData	name;
	bool		is_system;
};

/* What to read.  The less, the faster. */
struct rg_catalog_wish
{
	uint32		kinds;			/* RG_KIND_BIT()s */
	bool		system;			/* what lies in system schemas, or the rest */
	bool		names;
	const bool *grantees;		/* by role: whose grants; NULL for all */
	bool		ungranted;		/* also what gives nothing to these roles */
};

/* The objects in the order in which they were read. */
struct rg_catalog
{
	const struct rg_role_graph *graph;
	int			nschemas;
	int			schemas_allocated;
	struct rg_schema *schemas;	/* ordered by OID */
	int			nobjects;
	int			objects_allocated;
	struct rg_object *objects;
	struct rg_grants grants;
};

extern void rg_catalog_require(const struct rg_catalog_wish *wish);
extern struct rg_catalog *rg_catalog_read(const struct rg_role_graph *graph,
										  const struct rg_catalog_wish *wish);

#endif							/* RG_OBJECT_H */
