/*-------------------------------------------------------------------------
 *
 * certificate_file.h
 *		The certificates of a file, and how they hang together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_CERTIFICATE_FILE_H
#define RG_CERTIFICATE_FILE_H

#ifdef USE_OPENSSL

#include <openssl/x509.h>

#include "datatype/timestamp.h"

typedef struct stack_st_X509 rg_certificates;

/*
 * What a file holds, in its order.  OpenSSL's objects go with the memory
 * context in which the struct is, however that ends.
 */
struct rg_certificate_file
{
	const char *path;			/* NULL for what did not come from a file */
	TimestampTz changed;		/* when it was last written or replaced */
	rg_certificates *certificates;
	X509_STORE *store;			/* all of them as anchors, or NULL */
	char	   *bytes;			/* of the file, while it is being read */
	size_t		nbytes;
	MemoryContextCallback callback;
};

extern struct rg_certificate_file *rg_certificate_file_new(const char *path);
extern struct rg_certificate_file *rg_certificate_file_read(const char *path,
															bool is_chain);
extern struct rg_certificate_file *rg_certificate_file_open(const char *path);
extern void rg_certificate_file_forget(struct rg_certificate_file *file);
extern void rg_certificate_file_add(struct rg_certificate_file *file,
									X509 *x509);

extern const char *rg_chain_examine(struct rg_certificate_file *file,
									struct rg_certificate_file *ca,
									bool *in_chain);
extern const char *rg_chain_examine_ca(struct rg_certificate_file *file,
									   X509 *x509);

#endif							/* USE_OPENSSL */

#endif							/* RG_CERTIFICATE_FILE_H */
