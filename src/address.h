/*-------------------------------------------------------------------------
 *
 * address.h
 *		IP addresses, and ranges and networks of them.
 *
 * Needs nothing of PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_ADDRESS_H
#define RG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* In network order; the bytes beyond those of the family are zero. */
struct rg_address
{
	int			size;			/* in bytes: 4 or 16 */
	unsigned char bytes[16];
};

/* The addresses whose first bits are those of base; its others are zero. */
struct rg_network
{
	struct rg_address base;
	int			bits;
};

/* The longest text of a network, with its null byte. */
#define RG_NETWORK_TEXT 44

/* No range needs more networks than this. */
#define RG_MAX_COVER 254

extern bool rg_network_parse(const char *s, size_t length,
							 struct rg_network *network);
extern void rg_network_print(const struct rg_network *network, char *s);
extern struct rg_address rg_network_last(const struct rg_network *network);
extern int	rg_address_compare(const struct rg_address *a,
							   const struct rg_address *b);
extern bool rg_address_next(struct rg_address *address);
extern bool rg_address_previous(struct rg_address *address);
extern int	rg_range_cover(const struct rg_address *first,
						   const struct rg_address *last,
						   struct rg_network *networks);

#endif							/* RG_ADDRESS_H */
