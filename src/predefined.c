/*-------------------------------------------------------------------------
 *
 * predefined.c
 *		What predefined roles allow although no ACL says so.
 *
 * Knows the exceptions of src/backend/catalog/aclchk.c, by version.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "utils/acl.h"

#include "compat.h"
#include "predefined.h"

/*
 * What a predefined role allows on an object although no ACL says so; as in
 * src/backend/catalog/aclchk.c.
 */
rg_privileges
rg_predefined_privileges(const struct rg_role *role, const struct rg_object *object)
{
#ifdef RG_HAS_ALL_DATA_ROLES
	bool		reads = role->oid == ROLE_PG_READ_ALL_DATA;
	bool		writes = role->oid == ROLE_PG_WRITE_ALL_DATA;

	switch (object->kind)
	{
		case RG_KIND_TABLE:
#ifdef RG_HAS_MAINTAIN
			if (role->oid == ROLE_PG_MAINTAIN)
				return ACL_MAINTAIN;
#endif
			if (writes && !object->guarded)
				return ACL_INSERT | ACL_UPDATE | ACL_DELETE;
			return reads ? ACL_SELECT : 0;
		case RG_KIND_LARGE_OBJECT:
		case RG_KIND_SEQUENCE:
			if (object->kind == RG_KIND_LARGE_OBJECT && !RG_ALL_DATA_INCLUDES_LARGE_OBJECTS)
				return 0;
			return reads ? ACL_SELECT : writes ? ACL_UPDATE : 0;
		case RG_KIND_SCHEMA:
			return reads || writes ? ACL_USAGE : 0;
	}
#endif
	return 0;
}

/* Does this role allow anything although no ACL says so? */
bool
rg_is_predefined(const struct rg_role *role)
{
#ifdef RG_HAS_MAINTAIN
	if (role->oid == ROLE_PG_MAINTAIN)
		return true;
#endif
#ifdef RG_HAS_ALL_DATA_ROLES
	return role->oid == ROLE_PG_READ_ALL_DATA || role->oid == ROLE_PG_WRITE_ALL_DATA;
#else
	return false;
#endif
}
