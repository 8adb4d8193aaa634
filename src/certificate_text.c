/*-------------------------------------------------------------------------
 *
 * certificate_text.c
 *		The parts of an X.509 certificate in words.
 *
 * Knows how to write names, numbers, extensions and keys, whoever made the
 * certificate, so that no part can be taken for another and nothing is lost.
 * Writes lists with a zero byte after each entry; none occurs within one.
 * Never judges, and never needs a server: this can be tried on any input.
 *
 *-------------------------------------------------------------------------
 */
#include "certificate_text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

/*
 * RFC 5280 allows serial numbers of 20 bytes; the time to write one in decimal
 * grows with the square of its length.
 */
#define MAX_SERIAL_BYTES 1024

/* Like OpenSSL's own RFC 2253 form, but with UTF-8 left readable. */
#define NAME_FLAGS (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB)

/*
 * Writes a distinguished name; with ascii every other byte is escaped, and what
 * is no string at all is written in hexadecimal digits.
 */
bool
rg_put_name(BIO *out, const X509_NAME *name, bool ascii)
{
	if (name == NULL)
		return false;
	if (!ascii)
		return X509_NAME_print_ex(out, name, 0, NAME_FLAGS) >= 0;
	if (X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) >= 0)
		return true;
	(void) BIO_reset(out);
	return X509_NAME_print_ex(out, name, 0,
							  XN_FLAG_RFC2253 | ASN1_STRFLGS_DUMP_ALL) >= 0;
}

/* Writes a serial number in decimal. */
bool
rg_put_serial(BIO *out, const ASN1_INTEGER *serial)
{
	BIGNUM	   *number;
	char	   *digits = NULL;
	bool		ok;

	if (serial == NULL || ASN1_STRING_length(serial) > MAX_SERIAL_BYTES)
		return false;
	number = ASN1_INTEGER_to_BN(serial, NULL);
	if (number != NULL)
		digits = BN_bn2dec(number);
	ok = digits != NULL && BIO_puts(out, digits) >= 0;
	OPENSSL_free(digits);
	BN_free(number);
	return ok;
}

/* Writes a string of one byte a character, others than plain ones escaped. */
static void
put_string(BIO *out, const char *prefix, const ASN1_STRING *string)
{
	const unsigned char *s = ASN1_STRING_get0_data(string);
	int			len = ASN1_STRING_length(string);
	int			i;

	BIO_puts(out, prefix);
	for (i = 0; i < len; i++)
	{
		if (s[i] < 0x20 || s[i] > 0x7E || s[i] == '\\')
			BIO_printf(out, "\\%02X", s[i]);
		else
			BIO_write(out, &s[i], 1);
	}
}

/* Writes an address, or its bytes if it has not the length of one. */
static void
put_address(BIO *out, const ASN1_OCTET_STRING *address)
{
	const unsigned char *s = ASN1_STRING_get0_data(address);
	int			len = ASN1_STRING_length(address);
	char		buffer[INET6_ADDRSTRLEN];
	int			i;

	BIO_puts(out, "IP:");
	if ((len == 4 || len == 16) &&
		inet_ntop(len == 4 ? AF_INET : AF_INET6, s, buffer, sizeof(buffer)) != NULL)
	{
		BIO_puts(out, buffer);
		return;
	}
	for (i = 0; i < len; i++)
		BIO_printf(out, "%02X", s[i]);
}

/* Writes an object identifier in digits. */
static void
put_oid(BIO *out, const ASN1_OBJECT *object)
{
	char		buffer[256];

	if (OBJ_obj2txt(buffer, sizeof(buffer), object, 1) > 0)
		BIO_puts(out, buffer);
	else
		BIO_puts(out, "?");
}

/* Writes one name of the kind that an extension lists. */
static void
put_general_name(BIO *out, const GENERAL_NAME *name)
{
	switch (name->type)
	{
		case GEN_DNS:
			put_string(out, "DNS:", name->d.dNSName);
			break;
		case GEN_IPADD:
			put_address(out, name->d.iPAddress);
			break;
		case GEN_EMAIL:
			put_string(out, "email:", name->d.rfc822Name);
			break;
		case GEN_URI:
			put_string(out, "URI:", name->d.uniformResourceIdentifier);
			break;
		case GEN_RID:
			BIO_puts(out, "RID:");
			put_oid(out, name->d.registeredID);
			break;
		case GEN_OTHERNAME:
			BIO_puts(out, "othername:");
			put_oid(out, name->d.otherName->type_id);
			break;
		case GEN_DIRNAME:
			BIO_puts(out, "dirname");
			break;
		case GEN_X400:
			BIO_puts(out, "x400");
			break;
		case GEN_EDIPARTY:
			BIO_puts(out, "ediparty");
			break;
		default:
			BIO_puts(out, "unknown");
	}
}

/* What X509_get_ext_d2i() says of an extension that it did not return. */
static enum rg_extension
missing_extension(int critical)
{
	return critical == -1 ? RG_EXTENSION_ABSENT : RG_EXTENSION_UNREADABLE;
}

/* Writes the list of alternative names of the subject. */
enum rg_extension
rg_put_alternative_names(BIO *out, X509 *x509)
{
	int			critical = -1;
	GENERAL_NAMES *names;
	int			i;

	names = X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, NULL);
	if (names == NULL)
		return missing_extension(critical);
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++)
	{
		put_general_name(out, sk_GENERAL_NAME_value(names, i));
		BIO_write(out, "", 1);
	}
	GENERAL_NAMES_free(names);
	return RG_EXTENSION_READ;
}

/* Writes the list of what the key may be used for, as RFC 5280 names it. */
enum rg_extension
rg_put_key_usage(BIO *out, X509 *x509)
{
	static const struct
	{
		uint32_t	bit;
		const char *name;
	}			usages[] =
	{
		{KU_DIGITAL_SIGNATURE, "digitalSignature"},
		{KU_NON_REPUDIATION, "nonRepudiation"},
		{KU_KEY_ENCIPHERMENT, "keyEncipherment"},
		{KU_DATA_ENCIPHERMENT, "dataEncipherment"},
		{KU_KEY_AGREEMENT, "keyAgreement"},
		{KU_KEY_CERT_SIGN, "keyCertSign"},
		{KU_CRL_SIGN, "cRLSign"},
		{KU_ENCIPHER_ONLY, "encipherOnly"},
		{KU_DECIPHER_ONLY, "decipherOnly"},
	};
	int			critical = -1;
	ASN1_BIT_STRING *present;
	uint32_t	bits;
	size_t		i;

	present = X509_get_ext_d2i(x509, NID_key_usage, &critical, NULL);
	if (present == NULL)
		return missing_extension(critical);
	ASN1_BIT_STRING_free(present);
	bits = X509_get_key_usage(x509);
	for (i = 0; i < sizeof(usages) / sizeof(usages[0]); i++)
	{
		if (bits & usages[i].bit)
			BIO_write(out, usages[i].name, (int) strlen(usages[i].name) + 1);
	}
	return RG_EXTENSION_READ;
}

/* Writes the list of purposes: OpenSSL's short names, or the OID. */
enum rg_extension
rg_put_extended_key_usage(BIO *out, X509 *x509)
{
	int			critical = -1;
	EXTENDED_KEY_USAGE *usages;
	int			i;

	usages = X509_get_ext_d2i(x509, NID_ext_key_usage, &critical, NULL);
	if (usages == NULL)
		return missing_extension(critical);
	for (i = 0; i < sk_ASN1_OBJECT_num(usages); i++)
	{
		const ASN1_OBJECT *usage = sk_ASN1_OBJECT_value(usages, i);
		int			nid = OBJ_obj2nid(usage);

		if (nid != NID_undef)
			BIO_puts(out, OBJ_nid2sn(nid));
		else
			put_oid(out, usage);
		BIO_write(out, "", 1);
	}
	EXTENDED_KEY_USAGE_free(usages);
	return RG_EXTENSION_READ;
}

/* The name of an object, or its OID. */
static void
copy_object(char *to, int size, const ASN1_OBJECT *object)
{
	int			nid = object != NULL ? OBJ_obj2nid(object) : NID_undef;

	if (nid != NID_undef)
		snprintf(to, (size_t) size, "%s", OBJ_nid2ln(nid));
	else if (object == NULL || OBJ_obj2txt(to, size, object, 1) <= 0)
		snprintf(to, (size_t) size, "?");
}

/* The name of the curve; none for explicit parameters. */
static void
copy_curve(char *to, size_t size, EVP_PKEY *key)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	if (EVP_PKEY_get_group_name(key, to, size, NULL) != 1)
		to[0] = '\0';
#else
	const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(key);
	int			nid = NID_undef;

	if (ec != NULL && EC_KEY_get0_group(ec) != NULL)
		nid = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
	snprintf(to, size, "%s", nid != NID_undef ? OBJ_nid2sn(nid) : "");
#endif
}

/* Says what the public key is, as far as OpenSSL can read it. */
void
rg_describe_key(const X509 *x509, struct rg_key *out)
{
	X509_PUBKEY *encoded = X509_get_X509_PUBKEY(x509);
	EVP_PKEY   *key = X509_get0_pubkey(x509);
	ASN1_OBJECT *algorithm = NULL;

	memset(out, 0, sizeof(*out));
	if (encoded != NULL)
		(void) X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, encoded);
	switch (algorithm != NULL ? OBJ_obj2nid(algorithm) : NID_undef)
	{
		case NID_rsaEncryption:
			strcpy(out->type, "RSA");
			break;
		case NID_rsassaPss:
			strcpy(out->type, "RSA-PSS");
			break;
		case NID_X9_62_id_ecPublicKey:
			strcpy(out->type, "EC");
			break;
		case NID_ED25519:
			strcpy(out->type, "Ed25519");
			break;
		case NID_ED448:
			strcpy(out->type, "Ed448");
			break;
		case NID_dsa:
			strcpy(out->type, "DSA");
			break;
		default:
			copy_object(out->type, sizeof(out->type), algorithm);
	}
	if (key == NULL)
		return;
	out->bits = EVP_PKEY_bits(key);
	if (strcmp(out->type, "EC") == 0)
		copy_curve(out->curve, sizeof(out->curve), key);
}

/*
 * Says how the certificate was signed.  The digest is empty where the algorithm
 * has none of its own to choose, such as Ed25519, or is unknown.
 */
void
rg_describe_signature(X509 *x509, char *algorithm, char *digest, int size)
{
	const X509_ALGOR *signature = X509_get0_tbs_sigalg(x509);
	const ASN1_OBJECT *object = NULL;
	int			digest_nid = NID_undef;

	if (signature != NULL)
		X509_ALGOR_get0(&object, NULL, NULL, signature);
	copy_object(algorithm, size, object);
	if (X509_get_signature_info(x509, &digest_nid, NULL, NULL, NULL) != 1)
		digest_nid = NID_undef;
	if (digest_nid == NID_undef && object != NULL)
		(void) OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest_nid, NULL);
	snprintf(digest, (size_t) size, "%s",
			 digest_nid != NID_undef ? OBJ_nid2sn(digest_nid) : "");
}
