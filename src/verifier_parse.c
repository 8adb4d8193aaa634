/*-------------------------------------------------------------------------
 *
 * verifier_parse.c
 *		Tells the kinds of stored password verifiers apart.
 *
 * Knows the formats that src/backend/libpq/crypt.c and auth-scram.c write,
 * and is stricter than they are in reading: no sign, no overflow, no delimiter
 * twice, no empty salt, only canonical base64, 1 KB at most.  Never keeps or
 * returns salt or keys, never allocates, raises or reads a global: bytes and
 * length in, struct out.
 *
 *-------------------------------------------------------------------------
 */
#include "verifier_parse.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define MD5_PREFIX "md5"
#define MD5_DIGITS 32
#define SCRAM_PREFIX "SCRAM-SHA-256$"
#define SCRAM_KEY_BYTES 32
#define MAX_VERIFIER_BYTES 1024

/* A part of the input that is still to be read. */
struct slice
{
	const char *s;
	size_t		len;
};

/* Drops a prefix from the slice, if it is there. */
static bool
skip_prefix(struct slice *in, const char *prefix)
{
	size_t		len = strlen(prefix);

	if (in->len < len || memcmp(in->s, prefix, len) != 0)
		return false;
	in->s += len;
	in->len -= len;
	return true;
}

/* Moves what precedes the first delimiter, which has to be there, to part. */
static bool
take_until(struct slice *in, char delimiter, struct slice *part)
{
	const char *end = in->len > 0 ? memchr(in->s, delimiter, in->len) : NULL;

	if (end == NULL)
		return false;
	part->s = in->s;
	part->len = (size_t) (end - in->s);
	in->s = end + 1;
	in->len -= part->len + 1;
	return true;
}

/* Reads 1 to INT_MAX, in digits only. */
static bool
parse_iterations(struct slice in, int *value)
{
	int			sum = 0;
	size_t		i;

	for (i = 0; i < in.len; i++)
	{
		int			digit = in.s[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (sum > (INT_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return sum > 0;
}

/* The value of one base64 digit, or -1. */
static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	return -1;
}

/*
 * Counts the bytes that canonical base64 stands for: whole quads, "=" only at
 * the end, no bit left over.
 */
static bool
base64_length(struct slice in, size_t *bytes)
{
	size_t		padding = 0;
	size_t		i;
	int			last = 0;

	if (in.len % 4 != 0)
		return false;
	while (padding < 2 && padding < in.len &&
		   in.s[in.len - 1 - padding] == '=')
		padding++;
	for (i = 0; i < in.len - padding; i++)
	{
		last = base64_digit(in.s[i]);
		if (last < 0)
			return false;
	}
	if (padding > 0 && (last & ((1 << (2 * padding)) - 1)) != 0)
		return false;
	*bytes = in.len / 4 * 3 - padding;
	return true;
}

/* Is this the base64 of a key of SHA-256? */
static bool
is_key(struct slice in)
{
	size_t		bytes;

	return base64_length(in, &bytes) && bytes == SCRAM_KEY_BYTES;
}

/* "md5" and 32 lower-case hexadecimal digits, as get_password_type() asks. */
static bool
parse_md5(struct slice in)
{
	size_t		i;

	if (!skip_prefix(&in, MD5_PREFIX) || in.len != MD5_DIGITS)
		return false;
	for (i = 0; i < in.len; i++)
	{
		char		c = in.s[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

/* SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey> */
static bool
parse_scram(struct slice in, struct rg_verifier *out)
{
	struct slice iterations;
	struct slice salt;
	struct slice stored_key;

	if (in.len > MAX_VERIFIER_BYTES || !skip_prefix(&in, SCRAM_PREFIX))
		return false;
	if (!take_until(&in, ':', &iterations) ||
		!take_until(&in, '$', &salt) ||
		!take_until(&in, ':', &stored_key))
		return false;
	if (!parse_iterations(iterations, &out->iterations))
		return false;
	if (!base64_length(salt, &out->salt_length) || out->salt_length == 0)
		return false;
	return is_key(stored_key) && is_key(in);
}

/*
 * Recognises a verifier of len bytes at s, which need not end in a zero byte.
 * What does not follow a format to the letter is RG_VERIFIER_UNRECOGNISED.
 */
void
rg_verifier_parse(const char *s, size_t len, struct rg_verifier *out)
{
	struct slice in = {s, len};

	memset(out, 0, sizeof(*out));
	if (parse_md5(in))
		out->kind = RG_VERIFIER_MD5;
	else if (parse_scram(in, out))
		out->kind = RG_VERIFIER_SCRAM_SHA_256;
	else
		memset(out, 0, sizeof(*out));
}
