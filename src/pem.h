/*-------------------------------------------------------------------------
 *
 * pem.h
 *		The blocks of a text in PEM form.
 *
 * Needs no PostgreSQL header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_PEM_H
#define RG_PEM_H

#include <stdbool.h>
#include <stddef.h>

/* The part of the text that is still to be read. */
struct rg_pem_reader
{
	const char *s;
	size_t		len;
};

/* A block; both parts point into the text and end without a zero byte. */
struct rg_pem_block
{
	const char *label;			/* such as CERTIFICATE */
	size_t		label_len;
	const char *body;			/* what stands between BEGIN and END */
	size_t		body_len;
};

enum rg_pem_result
{
	RG_PEM_END,					/* no further block */
	RG_PEM_BLOCK,
	RG_PEM_BROKEN				/* a block that does not end as it began */
};

extern enum rg_pem_result rg_pem_next(struct rg_pem_reader *in,
									  struct rg_pem_block *out);
extern bool rg_pem_is(const struct rg_pem_block *block, const char *label);
extern bool rg_pem_decode(const struct rg_pem_block *block,
						  unsigned char *out, size_t *len);

#endif							/* RG_PEM_H */
