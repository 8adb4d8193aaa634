/*-------------------------------------------------------------------------
 *
 * object.c
 *		The objects of a database and what was granted on them.
 *
 * Knows every catalog with an ACL, which of its rows have privileges of their
 * own, and how GRANT names them.  Never knows who is a member of whom: a grant
 * is to its grantee.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_language.h"
#include "catalog/pg_largeobject_metadata.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_tablespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "fact.h"
#include "name.h"
#include "object.h"

/* The columns of a catalog that matter; 0 where it has no such thing. */
struct source
{
	enum rg_kind kind;
	Oid			catalog;
	AttrNumber	oid;
	AttrNumber	owner;			/* 0: the bootstrap superuser */
	AttrNumber	schema;
	AttrNumber	name;
	AttrNumber	acl;
	struct rg_source needs;
};

/* One row of a catalog on its way to becoming an object. */
struct candidate
{
	struct rg_object object;
	HeapTuple	tuple;
	const char *name;			/* without its schema */
	bool		has_acl;
	Datum		acl;
};

struct reader
{
	struct rg_catalog *catalog;
	const struct rg_catalog_wish *wish;
	Snapshot	snapshot;
	Oid		   *composites;		/* relations of CREATE TYPE, ordered */
	int			ncomposites;
	int			composites_allocated;
	StringInfoData name;
};

#define NEEDS(relation, ...) \
	{relation, (const char *const[]) {"oid", __VA_ARGS__, NULL}}

static const struct source sources[] = {
	{RG_KIND_DATABASE, DatabaseRelationId, Anum_pg_database_oid,
		Anum_pg_database_datdba, 0, Anum_pg_database_datname,
	Anum_pg_database_datacl, NEEDS("pg_database", "datdba", "datname", "datacl")},
	{RG_KIND_SCHEMA, NamespaceRelationId, Anum_pg_namespace_oid,
		Anum_pg_namespace_nspowner, Anum_pg_namespace_oid, Anum_pg_namespace_nspname,
	Anum_pg_namespace_nspacl, NEEDS("pg_namespace", "nspowner", "nspname", "nspacl")},
	/* sequences come with the tables */
	{RG_KIND_TABLE, RelationRelationId, Anum_pg_class_oid,
		Anum_pg_class_relowner, Anum_pg_class_relnamespace, Anum_pg_class_relname,
		Anum_pg_class_relacl, NEEDS("pg_class", "relowner", "relnamespace", "relname",
									"relkind", "relacl")},
	{RG_KIND_FUNCTION, ProcedureRelationId, Anum_pg_proc_oid,
		Anum_pg_proc_proowner, Anum_pg_proc_pronamespace, Anum_pg_proc_proname,
		Anum_pg_proc_proacl, NEEDS("pg_proc", "proowner", "pronamespace", "proname",
								   "proargtypes", "proacl")},
	{RG_KIND_TYPE, TypeRelationId, Anum_pg_type_oid,
		Anum_pg_type_typowner, Anum_pg_type_typnamespace, Anum_pg_type_typname,
		Anum_pg_type_typacl, NEEDS("pg_type", "typowner", "typnamespace", "typname",
								   "typtype", "typrelid", "typelem", "typlen", "typisdefined", "typacl")},
	{RG_KIND_LANGUAGE, LanguageRelationId, Anum_pg_language_oid,
		Anum_pg_language_lanowner, 0, Anum_pg_language_lanname,
	Anum_pg_language_lanacl, NEEDS("pg_language", "lanowner", "lanname", "lanacl")},
	{RG_KIND_TABLESPACE, TableSpaceRelationId, Anum_pg_tablespace_oid,
		Anum_pg_tablespace_spcowner, 0, Anum_pg_tablespace_spcname,
	Anum_pg_tablespace_spcacl, NEEDS("pg_tablespace", "spcowner", "spcname", "spcacl")},
	{RG_KIND_FDW, ForeignDataWrapperRelationId, Anum_pg_foreign_data_wrapper_oid,
		Anum_pg_foreign_data_wrapper_fdwowner, 0, Anum_pg_foreign_data_wrapper_fdwname,
		Anum_pg_foreign_data_wrapper_fdwacl, NEEDS("pg_foreign_data_wrapper", "fdwowner",
												   "fdwname", "fdwacl")},
	{RG_KIND_SERVER, ForeignServerRelationId, Anum_pg_foreign_server_oid,
		Anum_pg_foreign_server_srvowner, 0, Anum_pg_foreign_server_srvname,
		Anum_pg_foreign_server_srvacl, NEEDS("pg_foreign_server", "srvowner", "srvname",
											 "srvacl")},
	{RG_KIND_LARGE_OBJECT, LargeObjectMetadataRelationId, Anum_pg_largeobject_metadata_oid,
		Anum_pg_largeobject_metadata_lomowner, 0, 0,
		Anum_pg_largeobject_metadata_lomacl, NEEDS("pg_largeobject_metadata", "lomowner",
												   "lomacl")},
#ifdef RG_HAS_PARAMETER_ACL
	{RG_KIND_PARAMETER, ParameterAclRelationId, Anum_pg_parameter_acl_oid,
		0, 0, Anum_pg_parameter_acl_parname,
	Anum_pg_parameter_acl_paracl, NEEDS("pg_parameter_acl", "parname", "paracl")},
#endif
};

static const struct rg_source schema_needs = NEEDS("pg_namespace", "nspname");

static const struct rg_source type_needs = NEEDS("pg_type", "typname", "typnamespace");

static const struct rg_source column_needs = {
	"pg_attribute",
	(const char *const[]) {"attrelid", "attname", "attisdropped", "attacl", NULL}
};

static const struct rg_source relation_needs = NEEDS("pg_class", "relowner",
													 "relnamespace", "relname", "relkind");

/* Which kinds lie in a schema; the others are never the system's. */
#define KINDS_IN_SCHEMAS \
	(RG_KIND_BIT(RG_KIND_SCHEMA) | RG_KIND_BIT(RG_KIND_TABLE) | \
	 RG_KIND_BIT(RG_KIND_SEQUENCE) | RG_KIND_BIT(RG_KIND_COLUMN) | \
	 RG_KIND_BIT(RG_KIND_FUNCTION) | RG_KIND_BIT(RG_KIND_TYPE))

/* What pg_class_aclmask() denies to all but superusers on a system catalog. */
#define GUARDED_PRIVILEGES \
	(ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE | ACL_USAGE)

/* Is any of these kinds wanted? */
static bool
wants(const struct rg_catalog_wish *wish, uint32 kinds)
{
	if (wish->system)
		kinds &= KINDS_IN_SCHEMAS;
	return (wish->kinds & kinds) != 0;
}

/* Does this source have anything that is wanted? */
static bool
wants_source(const struct rg_catalog_wish *wish, const struct source *source)
{
	if (source->catalog != RelationRelationId)
		return wants(wish, RG_KIND_BIT(source->kind));
	/* pg_type does not tell row types of tables from others */
	return wants(wish, RG_KIND_BIT(RG_KIND_TABLE) | RG_KIND_BIT(RG_KIND_SEQUENCE) |
				 RG_KIND_BIT(RG_KIND_TYPE));
}

static int
compare_oids(const void *a, const void *b)
{
	Oid			x = *(const Oid *) a;
	Oid			y = *(const Oid *) b;

	return x < y ? -1 : x > y;
}

/* The place of a schema, or -1. */
static int
schema_by_oid(const struct rg_catalog *catalog, Oid oid)
{
	struct rg_schema *schema;

	StaticAssertStmt(offsetof(struct rg_schema, oid) == 0,
					 "schemas are compared by their first field");
	schema = bsearch(&oid, catalog->schemas, catalog->nschemas,
					 sizeof(struct rg_schema), compare_oids);
	return schema != NULL ? (int) (schema - catalog->schemas) : -1;
}

/* Reads pg_namespace, ahead of what lies in the schemas. */
static void
read_schemas(struct reader *reader)
{
	struct rg_catalog *catalog = reader->catalog;
	Relation	relation = table_open(NamespaceRelationId, AccessShareLock);
	TableScanDesc scan;
	HeapTuple	tuple;

	scan = table_beginscan_strat(relation, reader->snapshot, 0, NULL, true, false);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_namespace form = (Form_pg_namespace) GETSTRUCT(tuple);
		struct rg_schema *schema;

		CHECK_FOR_INTERRUPTS();
		if (catalog->nschemas == catalog->schemas_allocated)
		{
			catalog->schemas_allocated *= 2;
			catalog->schemas = repalloc(catalog->schemas,
										catalog->schemas_allocated * sizeof(struct rg_schema));
		}
		schema = &catalog->schemas[catalog->nschemas++];
		schema->oid = form->oid;
		schema->name = form->nspname;
		schema->is_system = strncmp(NameStr(form->nspname), "pg_", 3) == 0 ||
			strcmp(NameStr(form->nspname), "information_schema") == 0;
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	qsort(catalog->schemas, catalog->nschemas, sizeof(struct rg_schema), compare_oids);
}

/* The name of an object as GRANT writes it. */
static text *
object_name(struct reader *reader, const struct candidate *candidate)
{
	const struct rg_object *object = &candidate->object;
	const char *schema = object->schema < 0 ? NULL :
		NameStr(reader->catalog->schemas[object->schema].name);
	StringInfo	name = &reader->name;
	const oidvector *types;
	int			i;

	resetStringInfo(name);
	switch (object->kind)
	{
		case RG_KIND_LARGE_OBJECT:
			appendStringInfo(name, "%u", object->oid);
			break;
		case RG_KIND_PARAMETER:
			appendStringInfoString(name, candidate->name);
			break;
		case RG_KIND_TYPE:
			rg_append_type(name, object->oid);
			break;
		case RG_KIND_TABLE:
		case RG_KIND_SEQUENCE:
		case RG_KIND_COLUMN:
			rg_append_qualified(name, schema, candidate->name);
			break;
		case RG_KIND_FUNCTION:
			types = &((Form_pg_proc) GETSTRUCT(candidate->tuple))->proargtypes;
			rg_append_qualified(name, schema, candidate->name);
			appendStringInfoChar(name, '(');
			for (i = 0; i < types->dim1; i++)
			{
				if (i > 0)
					appendStringInfoString(name, ", ");
				rg_append_type(name, types->values[i]);
			}
			appendStringInfoChar(name, ')');
			break;
		default:
			rg_append_identifier(name, candidate->name);
	}
	return cstring_to_text_with_len(name->data, name->len);
}

/* Makes an object of a candidate, if it gives anything to anybody of interest. */
static void
add_object(struct reader *reader, struct candidate *candidate)
{
	struct rg_catalog *catalog = reader->catalog;
	const struct rg_object *object = &candidate->object;
	struct rg_grants *grants = &catalog->grants;
	int			ngrants = grants->ngrants;
	rg_privileges mask = rg_kind_privileges[object->kind] &
		(object->guarded ? ~GUARDED_PRIVILEGES : ~0);

	if (candidate->has_acl)
		rg_grants_add_acl(grants, catalog->nobjects, candidate->acl, mask);
	else
		rg_grants_add_default(grants, catalog->nobjects, object->kind, object->owner, mask);
	if (grants->ngrants == ngrants && !reader->wish->ungranted)
		return;

	if (reader->wish->names)
		candidate->object.name = object_name(reader, candidate);
	if (object->column != NULL)
	{
		candidate->object.column = palloc(NAMEDATALEN);
		namestrcpy(candidate->object.column, NameStr(((Form_pg_attribute) GETSTRUCT(candidate->tuple))->attname));
	}
	if (catalog->nobjects == catalog->objects_allocated)
	{
		catalog->objects_allocated *= 2;
		catalog->objects = repalloc_huge(catalog->objects,
										 catalog->objects_allocated * sizeof(struct rg_object));
	}
	catalog->objects[catalog->nobjects++] = candidate->object;
}

/* Which kind a row of pg_class is; false if it is none, or not wanted. */
static bool
accept_relation(struct reader *reader, struct candidate *candidate)
{
	Form_pg_class form = (Form_pg_class) GETSTRUCT(candidate->tuple);

	switch (form->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			candidate->object.kind = RG_KIND_TABLE;
			break;
		case RELKIND_SEQUENCE:
			candidate->object.kind = RG_KIND_SEQUENCE;
			break;
		case RELKIND_COMPOSITE_TYPE:
			if (reader->ncomposites == reader->composites_allocated)
			{
				reader->composites_allocated *= 2;
				reader->composites = repalloc(reader->composites,
											  reader->composites_allocated * sizeof(Oid));
			}
			reader->composites[reader->ncomposites++] = form->oid;
			return false;
		default:
			return false;
	}
	candidate->object.guarded = form->relkind != RELKIND_VIEW &&
		IsSystemClass(form->oid, form);
	return wants(reader->wish, RG_KIND_BIT(candidate->object.kind));
}

/* Is this row of pg_type a type with privileges of its own? */
static bool
accept_type(struct reader *reader, const struct candidate *candidate)
{
	Form_pg_type form = (Form_pg_type) GETSTRUCT(candidate->tuple);

	if (!form->typisdefined || RG_IS_ARRAY_TYPE(form))
		return false;
	switch (form->typtype)
	{
		case TYPTYPE_BASE:
		case TYPTYPE_DOMAIN:
		case TYPTYPE_ENUM:
		case TYPTYPE_RANGE:
			return true;
		case TYPTYPE_COMPOSITE:
			/* of a relation only if somebody granted on it */
			return candidate->has_acl ||
				bsearch(&form->typrelid, reader->composites, reader->ncomposites,
						sizeof(Oid), compare_oids) != NULL;
		default:
			return false;
	}
}

/* Fills in what all catalogs have; false if the object is not wanted. */
static bool
identify(struct reader *reader, const struct source *source, TupleDesc desc,
		 struct candidate *candidate)
{
	const struct rg_catalog *catalog = reader->catalog;
	struct rg_object *object = &candidate->object;
	HeapTuple	tuple = candidate->tuple;
	Oid			owner = BOOTSTRAP_SUPERUSERID;
	bool		isnull;
	Datum		name;

	object->kind = source->kind;
	object->oid = DatumGetObjectId(heap_getattr(tuple, source->oid, desc, &isnull));
	object->schema = -1;
	if (source->schema != 0)
	{
		object->schema =
			schema_by_oid(catalog,
						  DatumGetObjectId(heap_getattr(tuple, source->schema, desc, &isnull)));
		if (object->schema < 0 ||
			catalog->schemas[object->schema].is_system != reader->wish->system)
			return false;
	}
	/* with its own temporary schema a session does what no ACL says */
	if (source->kind == RG_KIND_SCHEMA && isTempNamespace(object->oid))
		return false;

	candidate->acl = heap_getattr(tuple, source->acl, desc, &isnull);
	candidate->has_acl = !isnull;
	if (source->catalog == RelationRelationId && !accept_relation(reader, candidate))
		return false;
	if (source->catalog == TypeRelationId && !accept_type(reader, candidate))
		return false;

	if (source->owner != 0)
		owner = DatumGetObjectId(heap_getattr(tuple, source->owner, desc, &isnull));
	object->owner = rg_role_by_oid(catalog->graph, owner);
	if (source->name != 0 && reader->wish->names)
	{
		name = heap_getattr(tuple, source->name, desc, &isnull);
		candidate->name = source->kind == RG_KIND_PARAMETER ?
			TextDatumGetCString(name) : NameStr(*DatumGetName(name));
	}
	return true;
}

/* Reads one catalog, each row of which is an object of its own. */
static void
read_source(struct reader *reader, const struct source *source)
{
	Relation	relation = table_open(source->catalog, AccessShareLock);
	TableScanDesc scan;
	HeapTuple	tuple;

	scan = table_beginscan_strat(relation, reader->snapshot, 0, NULL, true, false);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		struct candidate candidate = {.tuple = tuple};

		CHECK_FOR_INTERRUPTS();
		if (identify(reader, source, RelationGetDescr(relation), &candidate))
			add_object(reader, &candidate);
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	if (source->catalog == RelationRelationId)
		qsort(reader->composites, reader->ncomposites, sizeof(Oid), compare_oids);
}

/* Adds a column that has an ACL, unless its relation is not wanted. */
static void
add_column(struct reader *reader, struct candidate *candidate)
{
	Form_pg_attribute form = (Form_pg_attribute) GETSTRUCT(candidate->tuple);
	struct rg_catalog *catalog = reader->catalog;
	struct rg_object *object = &candidate->object;
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(form->attrelid));
	Form_pg_class relation;

	if (!HeapTupleIsValid(tuple))
		return;
	relation = (Form_pg_class) GETSTRUCT(tuple);
	object->kind = RG_KIND_COLUMN;
	object->oid = form->attrelid;
	object->owner = rg_role_by_oid(catalog->graph, relation->relowner);
	object->schema = schema_by_oid(catalog, relation->relnamespace);
	if (object->schema >= 0 && relation->relkind != RELKIND_SEQUENCE &&
		catalog->schemas[object->schema].is_system == reader->wish->system)
	{
		object->column = &form->attname;
		object->attnum = form->attnum;
		candidate->name = NameStr(relation->relname);
		add_object(reader, candidate);
	}
	ReleaseSysCache(tuple);
}

/* Reads the columns that have an ACL. */
static void
read_columns(struct reader *reader)
{
	Relation	relation = table_open(AttributeRelationId, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);
	TableScanDesc scan;
	HeapTuple	tuple;

	scan = table_beginscan_strat(relation, reader->snapshot, 0, NULL, true, false);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		struct candidate candidate = {.tuple = tuple};
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		/* by far the longest catalog, where this is nearly always so */
		if (HeapTupleHeaderGetNatts(tuple->t_data) < Anum_pg_attribute_attacl ||
			(HeapTupleHasNulls(tuple) &&
			 att_isnull(Anum_pg_attribute_attacl - 1, tuple->t_data->t_bits)) ||
			((Form_pg_attribute) GETSTRUCT(tuple))->attisdropped)
			continue;
		candidate.acl = heap_getattr(tuple, Anum_pg_attribute_attacl, desc, &isnull);
		candidate.has_acl = true;
		add_column(reader, &candidate);
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
}

/* Raises 42501 unless the caller could read the same in SQL. */
void
rg_catalog_require(const struct rg_catalog_wish *wish)
{
	int			i;

	for (i = 0; i < lengthof(sources); i++)
	{
		if (wants_source(wish, &sources[i]))
			rg_require_select(&sources[i].needs, "privileges", NULL);
	}
	if (wants(wish, KINDS_IN_SCHEMAS))
		rg_require_select(&schema_needs, "privileges", NULL);
	if (wants(wish, RG_KIND_BIT(RG_KIND_FUNCTION)) && wish->names)
		rg_require_select(&type_needs, "privileges", NULL);
	if (wants(wish, RG_KIND_BIT(RG_KIND_COLUMN)))
	{
		rg_require_select(&column_needs, "privileges", NULL);
		rg_require_select(&relation_needs, "privileges", NULL);
	}
}

/*
 * Reads what is wanted, all of it as of the same moment, in the current memory
 * context.  search_path has to begin with pg_catalog, and quote_all_identifiers
 * has to be off.
 */
struct rg_catalog *
rg_catalog_read(const struct rg_role_graph *graph,
				const struct rg_catalog_wish *wish)
{
	struct rg_catalog *catalog = palloc0(sizeof(struct rg_catalog));
	struct reader reader;
	int			i;

	memset(&reader, 0, sizeof(reader));
	reader.catalog = catalog;
	reader.wish = wish;
	catalog->graph = graph;
	rg_grants_init(&catalog->grants, graph, wish->grantees);
	catalog->schemas_allocated = 64;
	catalog->schemas = palloc(catalog->schemas_allocated * sizeof(struct rg_schema));
	catalog->objects_allocated = 1024;
	catalog->objects = palloc(catalog->objects_allocated * sizeof(struct rg_object));
	reader.composites_allocated = 64;
	reader.composites = palloc(reader.composites_allocated * sizeof(Oid));
	initStringInfo(&reader.name);

	/* of all these the one that tells nobody of its changes */
	reader.snapshot = RegisterSnapshot(GetCatalogSnapshot(LargeObjectMetadataRelationId));
	read_schemas(&reader);
	for (i = 0; i < lengthof(sources); i++)
	{
		if (wants_source(wish, &sources[i]))
			read_source(&reader, &sources[i]);
	}
	if (wants(wish, RG_KIND_BIT(RG_KIND_COLUMN)))
		read_columns(&reader);
	UnregisterSnapshot(reader.snapshot);

	rg_grants_index(&catalog->grants);
	return catalog;
}
