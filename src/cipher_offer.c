/*-------------------------------------------------------------------------
 *
 * cipher_offer.c
 *		What an SSL_CTX would negotiate, as plain structs.
 *
 * Knows how to ask OpenSSL for the suites and groups of each protocol version,
 * and which of them no handshake would get through: for want of a key, of
 * parameters, or for the security level.  Never judges, never raises, and sends
 * nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef USE_OPENSSL

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cipher_group.h"
#include "cipher_offer.h"

/* The first OpenSSL that counts how weak SHA-1 and MD5 really are. */
#define OPENSSL_3 0x30000000L

struct protocol
{
	int			version;
	const char *name;
};

static const struct protocol protocols[] = {
	{TLS1_3_VERSION, "TLSv1.3"},
	{TLS1_2_VERSION, "TLSv1.2"},
	{TLS1_1_VERSION, "TLSv1.1"},
	{TLS1_VERSION, "TLSv1"}
};

/* What decides about one protocol version. */
struct question
{
	SSL		   *ssl;
	int			version;
	const char *protocol;
	X509	  **certificates;	/* one for each host */
	int			ncertificates;
	int			strength;		/* the least that the security level takes */
	const struct rg_dh *dh;
	int			ngroups;
};

/* Keeps PostgreSQL's own, which reports to the log, from being called. */
static void
say_nothing(const SSL *ssl, int where, int result)
{
}

/* The least strength that a security level takes, in bits. */
static int
level_strength(int level)
{
	static const int strengths[] = {0, 80, 112, 128, 192, 256};

	return strengths[Min(Max(level, 0), 5)];
}

/* Can the certificate's curve sign in TLS 1.3? */
static bool
is_curve_of_tls13(EVP_PKEY *key)
{
	EC_KEY	   *ec = EVP_PKEY_get1_EC_KEY(key);
	int			curve = NID_undef;

	if (ec != NULL && EC_KEY_get0_group(ec) != NULL)
		curve = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
	EC_KEY_free(ec);
	return curve == NID_X9_62_prime256v1 || curve == NID_secp384r1 ||
		curve == NID_secp521r1;
}

/* Is the certificate strong enough to be shown?  As ssl_security_cert(). */
static bool
is_showable(const struct question *q, X509 *certificate, EVP_PKEY *key)
{
	int			strength;

	if (EVP_PKEY_security_bits(key) < q->strength)
		return false;
	/* nobody looks at the signature of one that signed itself */
	if ((X509_get_extension_flags(certificate) & EXFLAG_SS) != 0)
		return true;
	return X509_get_signature_info(certificate, NULL, NULL, &strength, NULL) != 1 ||
		strength >= q->strength;
}

/* Does this version's handshake have a signature that the level takes? */
static bool
can_sign(const struct question *q, int authentication)
{
	if (q->version >= TLS1_2_VERSION || q->strength == 0)
		return true;
	/* there is SHA-1 for ECDSA and DSA, and MD5 with SHA-1 for RSA */
	if (OpenSSL_version_num() >= OPENSSL_3)
		return false;
	return authentication == NID_auth_rsa || q->strength <= 80;
}

/* Can a key of this type do what the suite asks for? */
static bool
key_does(const struct question *q, EVP_PKEY *key, const struct ssl_cipher_st *cipher)
{
	int			type = EVP_PKEY_base_id(key);
	bool		edwards = type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448;

	switch (SSL_CIPHER_get_auth_nid(cipher))
	{
		case NID_auth_rsa:
			if (type == EVP_PKEY_RSA_PSS)
				return q->version == TLS1_2_VERSION &&
					SSL_CIPHER_get_kx_nid(cipher) != NID_kx_rsa;
			return type == EVP_PKEY_RSA;
		case NID_auth_ecdsa:
			return type == EVP_PKEY_EC || (edwards && q->version == TLS1_2_VERSION);
		case NID_auth_dss:
			return type == EVP_PKEY_DSA;
		case NID_auth_any:
			return type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS || edwards ||
				(type == EVP_PKEY_EC && is_curve_of_tls13(key));
	}
	return false;
}

/* Can the server prove who it is as this suite wants it? */
static bool
is_authenticated(const struct question *q, const struct ssl_cipher_st *cipher)
{
	int			authentication = SSL_CIPHER_get_auth_nid(cipher);
	int			i;

	if (authentication == NID_auth_null)
		return true;
	if (!can_sign(q, authentication))
		return false;
	for (i = 0; i < q->ncertificates; i++)
	{
		EVP_PKEY   *key = X509_get0_pubkey(q->certificates[i]);

		if (key != NULL && is_showable(q, q->certificates[i], key) &&
			key_does(q, key, cipher))
			return true;
	}
	return false;
}

/* Are there the parameters for the key exchange? */
static bool
has_parameters(const struct question *q, const struct ssl_cipher_st *cipher)
{
	switch (SSL_CIPHER_get_kx_nid(cipher))
	{
		case NID_kx_dhe:
			return q->dh->strength >= q->strength;
		case NID_kx_ecdhe:
		case NID_kx_any:
			return q->ngroups > 0;
	}
	return true;
}

static const char *
key_exchange_name(const struct ssl_cipher_st *cipher)
{
	switch (SSL_CIPHER_get_kx_nid(cipher))
	{
		case NID_kx_rsa:
			return "RSA";
		case NID_kx_dhe:
			return "DHE";
		case NID_kx_ecdhe:
			return "ECDHE";
		case NID_kx_any:
			return "by group";
		case NID_kx_gost:
			return "GOST";
	}
	return "other";
}

static const char *
authentication_name(const struct ssl_cipher_st *cipher)
{
	switch (SSL_CIPHER_get_auth_nid(cipher))
	{
		case NID_auth_rsa:
			return "RSA";
		case NID_auth_ecdsa:
			return "ECDSA";
		case NID_auth_dss:
			return "DSS";
		case NID_auth_any:
			return "by certificate";
		case NID_auth_null:
			return "none";
	}
	return "other";
}

/* The name of an algorithm in one form for all, "none" for what is not there. */
static const char *
algorithm_name(int nid)
{
	const char *name;

	switch (nid)
	{
		case NID_undef:
			return "none";
		case NID_aes_128_gcm:
			return "AES-128-GCM";
		case NID_aes_256_gcm:
			return "AES-256-GCM";
		case NID_aes_128_ccm:
			return "AES-128-CCM";
		case NID_aes_256_ccm:
			return "AES-256-CCM";
	}
	name = OBJ_nid2sn(nid);
	return name != NULL ? name : "none";
}

/* The next row, all zero, or NULL if there is no room. */
static struct rg_cipher *
add_row(struct rg_offer *out, const char *protocol)
{
	struct rg_cipher *row;

	if (out->nrows == RG_OFFER_ROWS)
	{
		out->overflow = true;
		return NULL;
	}
	row = &out->rows[out->nrows++];
	memset(row, 0, sizeof(*row));
	row->protocol = protocol;
	return row;
}

static void
add_suite(const struct question *q, const struct ssl_cipher_st *cipher, struct rg_offer *out)
{
	struct rg_cipher *row = add_row(out, q->protocol);

	if (row == NULL)
		return;
	row->name = SSL_CIPHER_get_name(cipher);
	row->key_exchange = key_exchange_name(cipher);
	row->authentication = authentication_name(cipher);
	row->encryption = algorithm_name(SSL_CIPHER_get_cipher_nid(cipher));
	row->integrity = SSL_CIPHER_is_aead(cipher) ? "AEAD" :
		algorithm_name(SSL_CIPHER_get_digest_nid(cipher));
	row->bits = SSL_CIPHER_get_bits(cipher, NULL);
}

/* A group that no table here knows has the number as name and no strength. */
static void
add_group(const struct question *q, uint16_t id, struct rg_offer *out)
{
	const struct rg_group *group = rg_find_group(id);
	struct rg_cipher *row = add_row(out, q->protocol);

	if (row == NULL)
		return;
	row->is_group = true;
	row->key_exchange = group != NULL ? group->key_exchange : "other";
	row->bits = group != NULL ? group->strength : 0;
	if (group != NULL)
		row->name = group->name;
	else
		snprintf(row->group, sizeof(row->group), "group %u", (unsigned int) id);
}

/* The parameters for DHE, as a group of their own. */
static void
add_dh(const struct question *q, struct rg_offer *out)
{
	struct rg_cipher *row = add_row(out, q->protocol);

	if (row == NULL)
		return;
	row->is_group = true;
	row->key_exchange = "DHE";
	row->bits = q->dh->strength;
	snprintf(row->group, sizeof(row->group), "DH %d bits", q->dh->bits);
}

/*
 * Finds the groups in the only place where OpenSSL tells them: what it would
 * say as a client with the same settings.  It says so into memory.
 */
static bool
read_groups(const struct question *q, uint16_t *ids, int *count)
{
	BIO		   *in = BIO_new(BIO_s_mem());
	BIO		   *out = BIO_new(BIO_s_mem());
	unsigned char *hello;
	long		len;

	*count = 0;
	if (in == NULL || out == NULL)
	{
		BIO_free(in);
		BIO_free(out);
		return false;
	}
	SSL_set_bio(q->ssl, in, out);	/* which frees both */
	SSL_set_info_callback(q->ssl, say_nothing);
	SSL_set_connect_state(q->ssl);
	(void) SSL_do_handshake(q->ssl);
	len = BIO_get_mem_data(out, (char **) &hello);
	/* nothing, or an alert: there is none for this version, or no suite */
	return len <= 0 || hello[0] == SSL3_RT_ALERT ||
		rg_hello_groups(hello, len, ids, count);
}

/* The suites and groups of one protocol version. */
static bool
read_protocol(struct question *q, struct rg_offer *out)
{
	struct stack_st_SSL_CIPHER *ciphers = SSL_get1_supported_ciphers(q->ssl);
	uint16_t	ids[RG_HELLO_GROUPS];
	bool		uses_dh = false;
	bool		uses_groups = false;
	int			i;

	if (ciphers == NULL)
		return true;
	if (!read_groups(q, ids, &q->ngroups))
	{
		sk_SSL_CIPHER_free(ciphers);
		return false;
	}
	for (i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
	{
		const struct ssl_cipher_st *cipher = sk_SSL_CIPHER_value(ciphers, i);
		int			exchange = SSL_CIPHER_get_kx_nid(cipher);

		if (!is_authenticated(q, cipher) || !has_parameters(q, cipher))
			continue;
		add_suite(q, cipher, out);
		uses_dh |= exchange == NID_kx_dhe;
		uses_groups |= exchange == NID_kx_ecdhe || exchange == NID_kx_any;
	}
	sk_SSL_CIPHER_free(ciphers);
	for (i = 0; uses_groups && i < q->ngroups; i++)
		add_group(q, ids[i], out);
	if (uses_dh)
		add_dh(q, out);
	return true;
}

/* Does the context itself leave this version out? */
static bool
is_out_of_range(SSL_CTX *context, int version)
{
	int			lowest = SSL_CTX_get_min_proto_version(context);
	int			highest = SSL_CTX_get_max_proto_version(context);

	return version < lowest || (highest != 0 && version > highest);
}

/*
 * All that the context would negotiate as a server, newest protocol first, in
 * the order of its preference, with any of these certificates.  Returns false,
 * with *out undefined, if OpenSSL fails; raises nothing.
 */
bool
rg_offer_read(SSL_CTX *context, X509 **certificates, int ncertificates,
			  const struct rg_dh *dh, struct rg_offer *out)
{
	bool		ok = true;
	int			i;

	out->nrows = 0;
	out->overflow = false;
	ERR_clear_error();
	for (i = 0; ok && i < lengthof(protocols); i++)
	{
		struct question q = {0};

		if (is_out_of_range(context, protocols[i].version))
			continue;
		q.ssl = SSL_new(context);
		if (q.ssl == NULL)
		{
			ok = false;
			break;
		}
		q.version = protocols[i].version;
		q.protocol = protocols[i].name;
		q.certificates = certificates;
		q.ncertificates = ncertificates;
		q.strength = level_strength(SSL_get_security_level(q.ssl));
		q.dh = dh;
		/* what the library was built without has no such version */
		if (SSL_set_min_proto_version(q.ssl, q.version) == 1 &&
			SSL_set_max_proto_version(q.ssl, q.version) == 1)
			ok = read_protocol(&q, out);
		SSL_free(q.ssl);
	}
	ERR_clear_error();
	return ok;
}

#endif							/* USE_OPENSSL */
