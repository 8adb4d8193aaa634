/*-------------------------------------------------------------------------
 *
 * cipher_group.h
 *		The groups that a ClientHello names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_CIPHER_GROUP_H
#define RG_CIPHER_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RG_HELLO_GROUPS 128		/* no client names more */

/* What the registry of IANA says of a group; name as OpenSSL wants it. */
struct rg_group
{
	uint16_t	id;
	const char *name;
	const char *key_exchange;
	int			strength;		/* of a symmetric cipher as strong, in bits */
};

extern const struct rg_group *rg_find_group(uint16_t id);
extern bool rg_hello_groups(const unsigned char *hello, size_t len,
							uint16_t *ids, int *count);

#endif							/* RG_CIPHER_GROUP_H */
