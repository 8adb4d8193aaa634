/*-------------------------------------------------------------------------
 *
 * predefined.h
 *		What predefined roles allow although no ACL says so.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_PREDEFINED_H
#define RG_PREDEFINED_H

#include "object.h"

extern bool rg_is_predefined(const struct rg_role *role);
extern rg_privileges rg_predefined_privileges(const struct rg_role *role,
											  const struct rg_object *object);

#endif							/* RG_PREDEFINED_H */
