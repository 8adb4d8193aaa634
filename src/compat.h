/*-------------------------------------------------------------------------
 *
 * compat.h
 *		What differs between PostgreSQL 13 and 19.
 *
 * Knows server versions: the only file that may name PG_VERSION_NUM.  Never
 * holds logic of its own; everything else is written against the names below.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_COMPAT_H
#define RG_COMPAT_H

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"	/* 19: no longer part of funcapi.h */

#if PG_VERSION_NUM < 130000 || PG_VERSION_NUM >= 200000
#error "rds_guard builds with PostgreSQL 13 to 19"
#endif

/* 18: a module says its name and version. */
#if PG_VERSION_NUM >= 180000
#define RG_MODULE_MAGIC(module_name, module_version) \
	PG_MODULE_MAGIC_EXT(.name = module_name, .version = module_version)
#else
#define RG_MODULE_MAGIC(module_name, module_version) \
	PG_MODULE_MAGIC
#endif

/* 16: varlena macros have a header of their own. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 19: cache identifiers are an enum. */
#if PG_VERSION_NUM >= 190000
#include "utils/syscache.h"
typedef SysCacheIdentifier rg_cache_id;
#else
typedef int rg_cache_id;
#endif

/*
 * 14: the owner of the current database is a member of pg_database_owner.
 * Until 15 that inherits as the owner's rolinherit says, from 16 always.
 */
#if PG_VERSION_NUM >= 140000
#define RG_HAS_DATABASE_OWNER
#endif
#if PG_VERSION_NUM >= 160000
#define RG_OWNER_INHERITS(member_inherits) (true)
#else
#define RG_OWNER_INHERITS(member_inherits) (member_inherits)
#endif

/*
 * 16: inheritance and SET ROLE are options of each grant.  Before, the member
 * decides about inheritance, and every membership allows SET ROLE.
 */
#if PG_VERSION_NUM >= 160000
#define RG_GRANT_INHERITS(form, member_inherits) ((form)->inherit_option)
#define RG_GRANT_SETS(form) ((form)->set_option)
#define RG_GRANT_OPTION_COLUMNS "inherit_option", "set_option"
#else
#define RG_GRANT_INHERITS(form, member_inherits) (member_inherits)
#define RG_GRANT_SETS(form) (true)
#define RG_GRANT_OPTION_COLUMNS "admin_option"
#endif

/* 15: parameters have privileges. */
#if PG_VERSION_NUM >= 150000
#include "catalog/pg_parameter_acl.h"
#define RG_HAS_PARAMETER_ACL
#define RG_ALL_RIGHTS_PARAMETER ACL_ALL_RIGHTS_PARAMETER_ACL
#else
#define RG_ALL_RIGHTS_PARAMETER 0
#endif

/* 14: an array type is one by its subscripting, not by its length. */
#if PG_VERSION_NUM >= 140000
#include "utils/fmgroids.h"
#define RG_IS_ARRAY_TYPE(form) (IsTrueArrayType(form))
#else
#define RG_IS_ARRAY_TYPE(form) (OidIsValid((form)->typelem) && (form)->typlen == -1)
#endif

/*
 * What predefined roles may do without standing in any ACL.  14: read and write
 * all data; 17: maintain; 19: the data of large objects, too.
 */
#if PG_VERSION_NUM >= 140000
#define RG_HAS_ALL_DATA_ROLES
#endif
#if PG_VERSION_NUM >= 170000
#define RG_HAS_MAINTAIN
#endif
#if PG_VERSION_NUM >= 190000
#define RG_ALL_DATA_INCLUDES_LARGE_OBJECTS true
#else
#define RG_ALL_DATA_INCLUDES_LARGE_OBJECTS false
#endif

/* 14: predefined roles have that name. */
#if PG_VERSION_NUM < 140000
#include "catalog/pg_authid.h"
#define ROLE_PG_READ_SERVER_FILES DEFAULT_ROLE_READ_SERVER_FILES
#define ROLE_PG_READ_ALL_SETTINGS DEFAULT_ROLE_READ_ALL_SETTINGS
#endif

/* 14: a session knows who it authenticated as; 16: and by which method. */
#if PG_VERSION_NUM >= 160000
#define RG_KNOWS_AUTH_IDENTITY true
#define RG_KNOWS_AUTH_METHOD true
#define RG_AUTH_IDENTITY(port) (MyClientConnectionInfo.authn_id)
#define RG_AUTH_METHOD() (hba_authname(MyClientConnectionInfo.auth_method))
#elif PG_VERSION_NUM >= 140000
#define RG_KNOWS_AUTH_IDENTITY true
#define RG_KNOWS_AUTH_METHOD false
#define RG_AUTH_IDENTITY(port) ((port)->authn_id)
#define RG_AUTH_METHOD() ((const char *) NULL)
#else
#define RG_KNOWS_AUTH_IDENTITY false
#define RG_KNOWS_AUTH_METHOD false
#define RG_AUTH_IDENTITY(port) ((const char *) NULL)
#define RG_AUTH_METHOD() ((const char *) NULL)
#endif

/* 16: one function asks for the rights on every kind of object. */
#if PG_VERSION_NUM >= 160000
#include "catalog/pg_proc.h"
#define RG_MAY_EXECUTE(function, role) \
	(object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK)
#else
#define RG_MAY_EXECUTE(function, role) \
	(pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK)
#endif

/*
 * 16: settings are found by a function, before they are a list.  15: roles count
 * as held only when they are inherited.
 */
#if PG_VERSION_NUM >= 160000
#define RG_FIND_SETTING(name) (find_option(name, false, true, 0))
#else
#define RG_LISTS_SETTINGS
#endif
#if PG_VERSION_NUM >= 150000
#define RG_READS_ALL_SETTINGS(role) (has_privs_of_role(role, ROLE_PG_READ_ALL_SETTINGS))
#else
#define RG_READS_ALL_SETTINGS(role) (is_member_of_role(role, ROLE_PG_READ_ALL_SETTINGS))
#endif
#if PG_VERSION_NUM >= 140000
#define RG_SHOW_ALL_SETTINGS F_PG_SHOW_ALL_SETTINGS
#else
#define RG_SHOW_ALL_SETTINGS F_SHOW_ALL_SETTINGS
#endif

/* 19: a row type says when it is complete. */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(desc) ((void) (desc))
#endif

/* 19: certificates by the name that a client asks for, in a file of their own. */
#if PG_VERSION_NUM >= 190000
#define RG_HAS_HOSTS_FILE
#endif

/* 16: names in pg_hba.conf may be regular expressions. */
#if PG_VERSION_NUM >= 160000
#define RG_HAS_HBA_PATTERNS
#endif

/* 17: a session knows whether the server had loaded TLS when it began. */
#if PG_VERSION_NUM >= 170000
#define RG_KNOWS_TLS_LOADED true
#define RG_TLS_LOADED (LoadedSSL)
#else
#define RG_KNOWS_TLS_LOADED false
#define RG_TLS_LOADED (false)
#endif

/* 14: SASLprep takes passwords of any length; before, it raises an error. */
#if PG_VERSION_NUM >= 140000
#define RG_SASLPREP_BYTES MaxAllocSize
#else
#define RG_SASLPREP_BYTES 1024
#endif

/* 15: InitMaterializedSRF().  The same for 13 and 14, without flags. */
#if PG_VERSION_NUM < 150000
static inline void
InitMaterializedSRF(FunctionCallInfo fcinfo, int flags)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old_context;
	TupleDesc	desc;

	Assert(flags == 0);
	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if ((rsinfo->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("materialize mode required, but it is not allowed in this context")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	old_context = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult =
		tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
							  false, work_mem);
	rsinfo->setDesc = CreateTupleDescCopy(desc);
	MemoryContextSwitchTo(old_context);
}
#endif

#endif							/* RG_COMPAT_H */
