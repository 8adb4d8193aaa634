/*-------------------------------------------------------------------------
 *
 * certificate_text.h
 *		The parts of an X.509 certificate in words.
 *
 * Needs no PostgreSQL header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_CERTIFICATE_TEXT_H
#define RG_CERTIFICATE_TEXT_H

#include <stdbool.h>

#include <openssl/bio.h>
#include <openssl/x509.h>

enum rg_extension
{
	RG_EXTENSION_ABSENT,
	RG_EXTENSION_READ,
	RG_EXTENSION_UNREADABLE		/* malformed, or there twice */
};

/* What a public key is; the strings are OpenSSL's or in the struct. */
struct rg_key
{
	char		type[80];		/* RSA, EC, ..., or the OID */
	char		curve[80];		/* empty unless it has one */
	int			bits;			/* 0 if OpenSSL cannot read the key */
};

extern bool rg_put_name(BIO *out, const X509_NAME *name, bool ascii);
extern bool rg_put_serial(BIO *out, const ASN1_INTEGER *serial);
extern enum rg_extension rg_put_alternative_names(BIO *out, X509 *x509);
extern enum rg_extension rg_put_key_usage(BIO *out, X509 *x509);
extern enum rg_extension rg_put_extended_key_usage(BIO *out, X509 *x509);
extern void rg_describe_key(const X509 *x509, struct rg_key *out);
extern void rg_describe_signature(X509 *x509, char *algorithm, char *digest,
								  int size);

#endif							/* RG_CERTIFICATE_TEXT_H */
