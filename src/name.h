/*-------------------------------------------------------------------------
 *
 * name.h
 *		Names as SQL writes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_NAME_H
#define RG_NAME_H

#include "lib/stringinfo.h"

extern void rg_append_identifier(StringInfo out, const char *name);
extern void rg_append_qualified(StringInfo out, const char *schema,
								const char *name);
extern void rg_append_type(StringInfo out, Oid type);

#endif							/* RG_NAME_H */
