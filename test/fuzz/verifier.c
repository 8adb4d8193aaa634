/*-------------------------------------------------------------------------
 *
 * verifier.c
 *		Fuzzes rg_verifier_parse() against a second reader of the formats.
 *
 * Sources: src/verifier_parse.c
 * Longest input: 1200
 *
 * The second reader works otherwise than the first: it knows the places of all
 * parts from the lengths that are fixed, and takes for canonical base64 what
 * OpenSSL decodes and encodes again to the same letters.
 *
 *-------------------------------------------------------------------------
 */
#undef NDEBUG
#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "verifier_parse.h"

#define PREFIX "SCRAM-SHA-256$"
#define KEY_LETTERS 44
#define LONGEST 1024

/* The number of bytes that this is the base64 of, or -1. */
static int
decoded_length(const char *s, size_t len)
{
	unsigned char decoded[LONGEST];
	unsigned char encoded[LONGEST + 8];
	int			bytes = EVP_DecodeBlock(decoded, (const unsigned char *) s, (int) len);
	size_t		padding;

	/* it counts the padding as bytes */
	for (padding = 0; bytes > 0 && padding < len && s[len - 1 - padding] == '='; padding++)
		bytes--;
	if (bytes < 0 || (size_t) EVP_EncodeBlock(encoded, decoded, bytes) != len)
		return -1;
	return memcmp(encoded, s, len) == 0 ? bytes : -1;
}

/* "md5" and lower-case digits: what a number in hexadecimal looks like. */
static bool
is_md5(const char *s, size_t len)
{
	return len == 35 && strncmp(s, "md5", 3) == 0 &&
		strspn(s + 3, "0123456789abcdef") == 32;
}

/* Reads the keys from the end, and the rest from its only possible places. */
static bool
is_scram(const char *s, size_t len, long *iterations, int *salt_length)
{
	size_t		keys = 2 * KEY_LETTERS + 2;
	size_t		digits;
	const char *salt;
	const char *end;

	if (len > LONGEST || strlen(s) != len || strncmp(s, PREFIX, strlen(PREFIX)) != 0)
		return false;
	s += strlen(PREFIX);
	len -= strlen(PREFIX);
	digits = strspn(s, "0123456789");
	if (digits == 0 || s[digits] != ':' || len < digits + 1 + keys)
		return false;
	*iterations = strtol(s, NULL, 10);
	salt = s + digits + 1;
	end = s + len - keys;
	*salt_length = decoded_length(salt, (size_t) (end - salt));
	return *iterations > 0 && *iterations <= INT_MAX && (end - salt) % 4 == 0 &&
		*salt_length > 0 && end[0] == '$' && end[KEY_LETTERS + 1] == ':' &&
		decoded_length(end + 1, KEY_LETTERS) == 32 &&
		decoded_length(end + KEY_LETTERS + 2, KEY_LETTERS) == 32;
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rg_verifier seen;
	char	   *s = malloc(size + 1);
	long		iterations = 0;
	int			salt_length = 0;

	assert(s != NULL);
	memcpy(s, data, size);
	s[size] = '\0';
	memset(&seen, 0xA5, sizeof(seen));
	rg_verifier_parse((const char *) data, size, &seen);

	if (is_md5(s, size))
	{
		assert(seen.kind == RG_VERIFIER_MD5);
		assert(seen.iterations == 0 && seen.salt_length == 0);
	}
	else if (is_scram(s, size, &iterations, &salt_length))
	{
		assert(seen.kind == RG_VERIFIER_SCRAM_SHA_256);
		assert(seen.iterations == iterations);
		assert(seen.salt_length == (size_t) salt_length);
	}
	else
	{
		assert(seen.kind == RG_VERIFIER_UNRECOGNISED);
		assert(seen.iterations == 0 && seen.salt_length == 0);
	}
	free(s);
	return 0;
}
