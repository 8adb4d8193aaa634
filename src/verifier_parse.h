/*-------------------------------------------------------------------------
 *
 * verifier_parse.h
 *		What a stored password verifier looks like from outside.
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

extern void rg_verifier_parse(const char *s, size_t len,
							  struct rg_verifier *out);

#endif							/* RG_VERIFIER_PARSE_H */
