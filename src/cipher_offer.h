/*-------------------------------------------------------------------------
 *
 * cipher_offer.h
 *		What an SSL_CTX would negotiate, as plain structs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_CIPHER_OFFER_H
#define RG_CIPHER_OFFER_H

#ifdef USE_OPENSSL

#include <openssl/ssl.h>

#define RG_OFFER_ROWS 2048		/* a library has some 200 suites, 4 protocols */
#define RG_GROUP_NAME 32

/* The parameters for DHE, which an SSL_CTX does not give away again. */
struct rg_dh
{
	int			bits;
	int			strength;		/* of a symmetric cipher as strong, in bits */
};

/* All strings are constants of the library, but the name of a group. */
struct rg_cipher
{
	bool		is_group;
	const char *protocol;		/* as pg_stat_ssl has it */
	const char *name;			/* NULL: that of the group */
	char		group[RG_GROUP_NAME];
	const char *key_exchange;
	const char *authentication; /* NULL for groups, as the next two */
	const char *encryption;
	const char *integrity;
	int			bits;			/* of the key; of a group its strength */
};

struct rg_offer
{
	int			nrows;
	bool		overflow;		/* there were more than fit */
	struct rg_cipher rows[RG_OFFER_ROWS];
};

extern bool rg_offer_read(SSL_CTX *context, X509 **certificates,
						  int ncertificates, const struct rg_dh *dh,
						  struct rg_offer *out);

#endif							/* USE_OPENSSL */

#endif							/* RG_CIPHER_OFFER_H */
