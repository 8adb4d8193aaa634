/*-------------------------------------------------------------------------
 *
 * tls_session.h
 *		What this session knows of the TLS that the server runs with.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_TLS_SESSION_H
#define RG_TLS_SESSION_H

#ifdef USE_OPENSSL

#include <openssl/ssl.h>

extern SSL *rg_tls_session(void);

#endif							/* USE_OPENSSL */

#endif							/* RG_TLS_SESSION_H */
