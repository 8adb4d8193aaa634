/*-------------------------------------------------------------------------
 *
 * certificate.c
 *		What an X.509 certificate says, as a plain struct.
 *
 * Knows how to copy names, dates, extensions and keys out of OpenSSL's
 * objects, whoever made the certificate.  Never judges it, and never raises
 * while it holds an object of OpenSSL, which no error would free.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef USE_OPENSSL

#include <time.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "utils/datetime.h"
#include "utils/memutils.h"

#include "certificate.h"

/* More than any honest certificate has. */
#define MAX_TEXT_BYTES (16 * 1024 * 1024)

/*
 * Copies UTF-8 text and writes C1 control characters, of which OpenSSL knows
 * nothing, the way it writes the others.  Returns NULL if out of memory.
 */
static char *
copy_escaped(const char *s, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	char	   *copy = palloc_extended(3 * len + 1, MCXT_ALLOC_NO_OOM);
	char	   *to = copy;
	size_t		i;

	if (copy == NULL)
		return NULL;
	for (i = 0; i < len; i++)
	{
		unsigned char c = s[i];
		unsigned char next = i + 1 < len ? s[i + 1] : 0;

		if (c == 0xC2 && next >= 0x80 && next <= 0x9F)
		{
			memcpy(to, "\\C2\\", 4);
			to[4] = hex[next >> 4];
			to[5] = hex[next & 0x0F];
			to += 6;
			i++;
		}
		else
			*to++ = c;
	}
	*to = '\0';
	return copy;
}

/* What was written to a memory BIO, which goes; NULL if it is too much. */
static char *
take_text(BIO *bio, bool ok)
{
	char	   *result = NULL;
	char	   *text;
	long		len;

	len = BIO_get_mem_data(bio, &text);
	if (ok && len >= 0 && len <= MAX_TEXT_BYTES)
		result = copy_escaped(text, len);
	BIO_free(bio);
	return result;
}

/* A distinguished name as text, or NULL. */
static char *
read_name(const X509_NAME *name, bool ascii)
{
	BIO		   *bio = BIO_new(BIO_s_mem());

	return bio != NULL ? take_text(bio, rg_put_name(bio, name, ascii)) : NULL;
}

/* The serial number in decimal, or NULL. */
static char *
read_serial(const ASN1_INTEGER *serial)
{
	BIO		   *bio = BIO_new(BIO_s_mem());

	return bio != NULL ? take_text(bio, rg_put_serial(bio, serial)) : NULL;
}

/* What a time of ASN.1 is; years have four digits, so that any of them fits. */
bool
rg_certificate_time(const ASN1_TIME *time, TimestampTz *result)
{
	struct tm	tm;
	int64		days;
	int64		seconds;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	days = date2j(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) -
		POSTGRES_EPOCH_JDATE;
	seconds = (tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec;
	*result = (days * SECS_PER_DAY + seconds) * USECS_PER_SEC;
	return true;
}

/* The basic columns, with the names in UTF-8 or in ASCII. */
static bool
read_basics(X509 *x509, bool ascii, struct rg_certificate *out)
{
	bool		ok;

	ERR_clear_error();
	out->subject = read_name(X509_get_subject_name(x509), ascii);
	out->issuer = read_name(X509_get_issuer_name(x509), ascii);
	out->serial = read_serial(X509_get0_serialNumber(x509));
	ok = out->subject != NULL && out->issuer != NULL && out->serial != NULL &&
		rg_certificate_time(X509_get0_notBefore(x509), &out->not_before) &&
		rg_certificate_time(X509_get0_notAfter(x509), &out->not_after);
	ERR_clear_error();
	return ok;
}

/*
 * Copies a certificate into the current memory context.  Returns false, with
 * *out undefined, if it cannot be read; raises nothing.
 */
bool
rg_certificate_read(X509 *x509, struct rg_certificate *out)
{
	return read_basics(x509, false, out);
}

/* The same with names that are ASCII, whatever the certificate holds. */
bool
rg_certificate_read_ascii(X509 *x509, struct rg_certificate *out)
{
	return read_basics(x509, true, out);
}

/* Copies a list that an extension holds.  Returns false if out of memory. */
static bool
read_words(X509 *x509, enum rg_extension(*put) (BIO *, X509 *),
		   struct rg_words *out)
{
	BIO		   *bio = BIO_new(BIO_s_mem());
	char	   *text;
	long		len;

	if (bio == NULL)
		return false;
	out->found = put(bio, x509);
	len = BIO_get_mem_data(bio, &text);
	out->len = len >= 0 && len <= MAX_TEXT_BYTES ? (int) len : 0;
	out->bytes = palloc_extended(out->len + 1, MCXT_ALLOC_NO_OOM);
	if (out->bytes != NULL)
		memcpy(out->bytes, out->len > 0 ? text : "", out->len);
	BIO_free(bio);
	return out->bytes != NULL;
}

/* Did this key sign its own certificate?  Names alone prove nothing. */
bool
rg_certificate_is_self_signed(X509 *x509)
{
	EVP_PKEY   *key;
	bool		result;

	if (X509_NAME_cmp(X509_get_subject_name(x509),
					  X509_get_issuer_name(x509)) != 0)
		return false;
	key = X509_get0_pubkey(x509);
	result = key != NULL && X509_verify(x509, key) == 1;
	ERR_clear_error();
	return result;
}

/* The SHA-256 of the whole certificate, in lower case. */
static bool
read_fingerprint(X509 *x509, char *out)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len;
	unsigned int i;

	if (X509_digest(x509, EVP_sha256(), digest, &len) != 1 || len != 32)
		return false;
	for (i = 0; i < len; i++)
	{
		out[2 * i] = hex[digest[i] >> 4];
		out[2 * i + 1] = hex[digest[i] & 0x0F];
	}
	out[2 * len] = '\0';
	return true;
}

/*
 * Copies the rest into the current memory context.  Returns false, with *out
 * undefined, if out of memory; raises nothing.
 */
bool
rg_certificate_read_details(X509 *x509, struct rg_certificate_details *out)
{
	bool		ok;

	ERR_clear_error();
	ok = read_words(x509, rg_put_alternative_names, &out->names) &&
		read_words(x509, rg_put_key_usage, &out->key_usage) &&
		read_words(x509, rg_put_extended_key_usage, &out->extended_key_usage) &&
		read_fingerprint(x509, out->fingerprint);
	rg_describe_key(x509, &out->key);
	rg_describe_signature(x509, out->signature_algorithm,
						  out->signature_digest, sizeof(out->signature_digest));
	out->self_signed = rg_certificate_is_self_signed(x509);
	out->is_ca = (X509_get_extension_flags(x509) & EXFLAG_CA) != 0;
	ERR_clear_error();
	return ok;
}

#endif							/* USE_OPENSSL */
