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

/* All strings are palloc'd and hold no control character. */
struct rg_certificate
{
	char	   *subject;		/* RFC 2253, in UTF-8 but not verified to be */
	char	   *issuer;			/* the same */
	char	   *serial;			/* decimal, may be negative */
	TimestampTz not_before;
	TimestampTz not_after;
};

extern bool rg_certificate_read(X509 *x509, struct rg_certificate *out);

#endif							/* USE_OPENSSL */

#endif							/* RG_CERTIFICATE_H */
