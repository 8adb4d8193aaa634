/*-------------------------------------------------------------------------
 *
 * certificate.c
 *		What an X.509 certificate says, as a plain struct.
 *
 * Knows how to copy names, serial number and dates out of OpenSSL's objects,
 * whoever made the certificate.  Never judges it, and never raises while it
 * holds an object of OpenSSL, which no error would free.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef USE_OPENSSL

#include <time.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "utils/datetime.h"
#include "utils/memutils.h"

#include "certificate.h"

/*
 * More than any honest certificate has.  RFC 5280 allows serial numbers of 20
 * bytes; the time to write one in decimal grows with the square of its length.
 */
#define MAX_NAME_BYTES (1024 * 1024)
#define MAX_SERIAL_BYTES 1024

/* Like OpenSSL's own RFC 2253 form, but with UTF-8 left readable. */
#define NAME_FLAGS (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB)

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

/* A distinguished name as text, or NULL. */
static char *
read_name(const X509_NAME *name)
{
	BIO		   *bio = BIO_new(BIO_s_mem());
	char	   *result = NULL;
	char	   *text;
	long		len;

	if (bio == NULL)
		return NULL;
	if (name != NULL && X509_NAME_print_ex(bio, name, 0, NAME_FLAGS) >= 0)
	{
		len = BIO_get_mem_data(bio, &text);
		if (len >= 0 && len <= MAX_NAME_BYTES)
			result = copy_escaped(text, len);
	}
	BIO_free(bio);
	return result;
}

/* The serial number in decimal, or NULL. */
static char *
read_serial(const ASN1_INTEGER *serial)
{
	BIGNUM	   *number;
	char	   *digits = NULL;
	char	   *result = NULL;

	if (serial == NULL || ASN1_STRING_length(serial) > MAX_SERIAL_BYTES)
		return NULL;
	number = ASN1_INTEGER_to_BN(serial, NULL);
	if (number != NULL)
		digits = BN_bn2dec(number);
	if (digits != NULL)
		result = copy_escaped(digits, strlen(digits));
	OPENSSL_free(digits);
	BN_free(number);
	return result;
}

/* The first or last date; ASN.1 has years of four digits, so any of them fits. */
static bool
read_time(X509 *x509, bool first, TimestampTz *result)
{
	struct tm	tm;
	int64		days;
	int64		seconds;

	if (ASN1_TIME_to_tm(first ? X509_get0_notBefore(x509) :
						X509_get0_notAfter(x509), &tm) != 1)
		return false;
	days = date2j(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) -
		POSTGRES_EPOCH_JDATE;
	seconds = (tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec;
	*result = (days * SECS_PER_DAY + seconds) * USECS_PER_SEC;
	return true;
}

/*
 * Copies a certificate into the current memory context.  Returns false, with
 * *out undefined, if it cannot be read; raises nothing.
 */
bool
rg_certificate_read(X509 *x509, struct rg_certificate *out)
{
	bool		ok;

	ERR_clear_error();
	out->subject = read_name(X509_get_subject_name(x509));
	out->issuer = read_name(X509_get_issuer_name(x509));
	out->serial = read_serial(X509_get0_serialNumber(x509));
	ok = out->subject != NULL && out->issuer != NULL && out->serial != NULL &&
		read_time(x509, true, &out->not_before) &&
		read_time(x509, false, &out->not_after);
	ERR_clear_error();
	return ok;
}

#endif							/* USE_OPENSSL */
