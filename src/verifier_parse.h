/*-------------------------------------------------------------------------
 *
 * verifier_parse.h
 *		What a stored password verifier looks like from outside, and what a
 *		guess is compared with.
 *
 * Needs no PostgreSQL header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_VERIFIER_PARSE_H
#define RG_VERIFIER_PARSE_H

#include <stddef.h>

enum rg_verifier_kind
{
	RG_VERIFIER_UNRECOGNISED,
	RG_VERIFIER_MD5,
	RG_VERIFIER_SCRAM_SHA_256
};

struct rg_verifier
{
	enum rg_verifier_kind kind;
	int			iterations;		/* of SCRAM; otherwise 0 */
	size_t		salt_length;	/* in bytes, of SCRAM; otherwise 0 */
};

#define RG_MAX_VERIFIER_BYTES 1024	/* nothing longer is recognised */
#define RG_MD5_BYTES 16
#define RG_SCRAM_KEY_BYTES 32
#define RG_SALT_BYTES 768		/* no recognised verifier has a longer salt */

/* What is in a recognised verifier.  Whoever asks for it wipes it. */
struct rg_verifier_secret
{
	struct rg_verifier about;
	unsigned char salt[RG_SALT_BYTES];	/* of SCRAM, salt_length bytes */
	unsigned char key[RG_SCRAM_KEY_BYTES];	/* the MD5 hash, or StoredKey */
};

extern void rg_verifier_parse(const char *s, size_t len,
							  struct rg_verifier *out);
extern void rg_verifier_decode(const char *s, size_t len,
							   struct rg_verifier_secret *out);
extern const char *rg_verifier_kind_name(enum rg_verifier_kind kind);

#endif							/* RG_VERIFIER_PARSE_H */
