/*-------------------------------------------------------------------------
 *
 * certificate.h
 *		What an X.509 certificate says, as a plain struct.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_CERTIFICATE_H
#define RG_CERTIFICATE_H

#ifdef USE_OPENSSL

#include <openssl/x509.h>

#include "datatype/timestamp.h"

#include "certificate_text.h"

/* All strings are palloc'd and hold no control character. */
struct rg_certificate
{
	char	   *subject;		/* RFC 2253, in UTF-8 but not verified to be */
	char	   *issuer;			/* the same */
	char	   *serial;			/* decimal, may be negative */
	TimestampTz not_before;
	TimestampTz not_after;
};

/* A list of words in ASCII, each followed by a zero byte. */
struct rg_words
{
	enum rg_extension found;
	char	   *bytes;
	int			len;
};

/* What matters of a server's certificate besides. */
struct rg_certificate_details
{
	struct rg_words names;		/* alternative names of the subject */
	struct rg_words key_usage;
	struct rg_words extended_key_usage;
	struct rg_key key;
	char		signature_algorithm[80];
	char		signature_digest[80];	/* empty if there is none */
	bool		self_signed;
	bool		is_ca;
	char		fingerprint[2 * 32 + 1];	/* SHA-256, hexadecimal */
};

extern bool rg_certificate_read(X509 *x509, struct rg_certificate *out);
extern bool rg_certificate_read_ascii(X509 *x509, struct rg_certificate *out);
extern bool rg_certificate_read_details(X509 *x509,
										struct rg_certificate_details *out);
extern bool rg_certificate_time(const ASN1_TIME *time, TimestampTz *result);
extern bool rg_certificate_is_self_signed(X509 *x509);

#endif							/* USE_OPENSSL */

#endif							/* RG_CERTIFICATE_H */
