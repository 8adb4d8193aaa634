/*-------------------------------------------------------------------------
 *
 * pem.c
 *		Fuzzes the way of a certificate from its file to words.
 *
 * Sources: src/pem.c src/certificate_text.c
 * Longest input: 6000
 *
 * The input is a text in PEM form, as which OpenSSL reads it too: where it
 * finds a block, so must we, with the same label, and with the same bytes unless
 * we refuse it as irregular.  What is a certificate, in a block or as the whole
 * input, is written in words: none may hold a control character, and lists are
 * words that end.
 *
 *-------------------------------------------------------------------------
 */
#undef NDEBUG
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "certificate_text.h"
#include "pem.h"

/* OpenSSL reads lines in pieces of 254 bytes, and then takes each for one. */
#define LONGEST_LINE 200

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No control character; with ascii nothing beyond, either. */
static void
check_text(BIO *bio, bool ascii)
{
	char	   *text;
	long		len = BIO_get_mem_data(bio, &text);
	long		i;

	for (i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		assert(c >= 0x20 && c != 0x7F);
		assert(!ascii || c < 0x80);
	}
	(void) BIO_reset(bio);
}

/* Words in ASCII, each of which ends with a zero byte. */
static void
check_words(BIO *bio, enum rg_extension found)
{
	char	   *text;
	long		len = BIO_get_mem_data(bio, &text);
	long		i;

	assert(found == RG_EXTENSION_READ || len == 0);
	assert(len == 0 || text[len - 1] == '\0');
	for (i = 0; i < len; i++)
		assert(text[i] == '\0' || (text[i] >= 0x20 && text[i] < 0x7F));
	(void) BIO_reset(bio);
}

/* Writes all of a certificate. */
static void
check_certificate(X509 *x509)
{
	BIO		   *bio = BIO_new(BIO_s_mem());
	char		algorithm[80];
	char		digest[80];
	struct rg_key key;

	assert(bio != NULL);
	if (rg_put_name(bio, X509_get_subject_name(x509), false))
		check_text(bio, false);
	(void) BIO_reset(bio);
	if (rg_put_name(bio, X509_get_issuer_name(x509), true))
		check_text(bio, true);
	(void) BIO_reset(bio);
	if (rg_put_serial(bio, X509_get0_serialNumber(x509)))
		check_text(bio, true);
	(void) BIO_reset(bio);
	check_words(bio, rg_put_alternative_names(bio, x509));
	check_words(bio, rg_put_key_usage(bio, x509));
	check_words(bio, rg_put_extended_key_usage(bio, x509));
	rg_describe_key(x509, &key);
	assert(key.type[0] != '\0' && key.bits >= 0);
	assert(memchr(key.type, '\0', sizeof(key.type)) != NULL);
	assert(memchr(key.curve, '\0', sizeof(key.curve)) != NULL);
	rg_describe_signature(x509, algorithm, digest, sizeof(algorithm));
	assert(algorithm[0] != '\0' && strlen(algorithm) < sizeof(algorithm));
	BIO_free(bio);
}

/* The same for bytes that may be one. */
static void
try_certificate(const unsigned char *bytes, size_t len)
{
	X509	   *x509 = d2i_X509(NULL, &bytes, (long) len);

	if (x509 != NULL)
		check_certificate(x509);
	X509_free(x509);
	ERR_clear_error();
}

/* Is this a text that OpenSSL takes as a whole, line by line? */
static bool
is_plain(const char *s, size_t len)
{
	size_t		line = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		if (s[i] == '\0')
			return false;
		line = s[i] == '\n' ? 0 : line + 1;
		if (line > LONGEST_LINE)
			return false;
	}
	return true;
}

/* Reads the first block the other way, and compares. */
static void
compare_first(const char *s, size_t size, const struct rg_pem_block *block,
			  const unsigned char *bytes, size_t len)
{
	BIO		   *bio = BIO_new_mem_buf(s, (int) size);
	char	   *label = NULL;
	char	   *header = NULL;
	unsigned char *theirs = NULL;
	long		their_len = 0;

	assert(bio != NULL);
	if (is_plain(s, size) &&
		PEM_read_bio(bio, &label, &header, &theirs, &their_len) == 1 &&
		header[0] == '\0')
	{
		assert(block != NULL);
		assert(rg_pem_is(block, label));
		if (bytes != NULL)
		{
			assert(len == (size_t) their_len);
			assert(memcmp(bytes, theirs, len) == 0);
		}
	}
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(theirs);
	BIO_free(bio);
	ERR_clear_error();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rg_pem_reader reader = {(const char *) data, size};
	struct rg_pem_block block;
	bool		first = true;

	while (rg_pem_next(&reader, &block) == RG_PEM_BLOCK)
	{
		/* exactly the room that is asked for, so that a byte more is seen */
		unsigned char *bytes = malloc(block.body_len / 4 * 3 + 1);
		size_t		len;
		bool		decoded;

		assert(bytes != NULL);
		assert(block.body >= (const char *) data);
		assert(block.body + block.body_len <= (const char *) data + size);
		decoded = rg_pem_decode(&block, bytes, &len);
		assert(len <= block.body_len / 4 * 3);
		if (first)
			compare_first((const char *) data, size, &block,
						  decoded ? bytes : NULL, len);
		first = false;
		if (decoded)
			try_certificate(bytes, len);
		free(bytes);
	}
	if (first)
		compare_first((const char *) data, size, NULL, NULL, 0);
	try_certificate(data, size);
	return 0;
}
