/*-------------------------------------------------------------------------
 *
 * verifier_parse.c
 *		Tells the kinds of stored password verifiers apart.
 *
 * Knows the formats that src/backend/libpq/crypt.c and auth-scram.c write,
 * and is stricter than they are in reading: no sign, no overflow, no delimiter
 * twice, no empty salt, only canonical base64, 1 KB at most.  Never keeps salt
 * or keys, returns them only by rg_verifier_decode(), never allocates, raises
 * or reads a global: bytes and length in, struct out.
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

/* A part of the input that is still to be read. */
struct slice
{
	const char *s;
	size_t		len;
};

/* The parts of a SCRAM verifier that a guess needs, in base64. */
struct scram_parts
{
	struct slice salt;
	struct slice stored_key;
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

/* Writes the bytes of what base64_length() accepts. */
static void
base64_bytes(struct slice in, unsigned char *out)
{
	unsigned int bits = 0;
	int			held = 0;
	size_t		i;

	for (i = 0; i < in.len && in.s[i] != '='; i++)
	{
		bits = (bits << 6) | (unsigned int) base64_digit(in.s[i]);
		held += 6;
		if (held >= 8)
		{
			held -= 8;
			*out++ = (unsigned char) ((bits >> held) & 0xFF);
		}
	}
}

/* Is this the base64 of a key of SHA-256? */
static bool
is_key(struct slice in)
{
	size_t		bytes;

	return base64_length(in, &bytes) && bytes == RG_SCRAM_KEY_BYTES;
}

/* The value of a lower-case hexadecimal digit, or -1. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/*
 * "md5" and 32 lower-case hexadecimal digits, as get_password_type() asks.
 * Leaves the digits in the slice.
 */
static bool
parse_md5(struct slice *in)
{
	size_t		i;

	if (!skip_prefix(in, MD5_PREFIX) || in->len != MD5_DIGITS)
		return false;
	for (i = 0; i < in->len; i++)
	{
		if (hex_digit(in->s[i]) < 0)
			return false;
	}
	return true;
}

/* SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey> */
static bool
parse_scram(struct slice in, struct rg_verifier *out, struct scram_parts *parts)
{
	struct slice iterations;

	if (in.len > RG_MAX_VERIFIER_BYTES || !skip_prefix(&in, SCRAM_PREFIX))
		return false;
	if (!take_until(&in, ':', &iterations) ||
		!take_until(&in, '$', &parts->salt) ||
		!take_until(&in, ':', &parts->stored_key))
		return false;
	if (!parse_iterations(iterations, &out->iterations))
		return false;
	if (!base64_length(parts->salt, &out->salt_length) || out->salt_length == 0)
		return false;
	return is_key(parts->stored_key) && is_key(in);
}

/*
 * Recognises a verifier of len bytes at s, which need not end in a zero byte.
 * What does not follow a format to the letter is RG_VERIFIER_UNRECOGNISED.
 */
void
rg_verifier_parse(const char *s, size_t len, struct rg_verifier *out)
{
	struct slice in = {s, len};
	struct slice digits = in;
	struct scram_parts parts;

	memset(out, 0, sizeof(*out));
	if (parse_md5(&digits))
		out->kind = RG_VERIFIER_MD5;
	else if (parse_scram(in, out, &parts))
		out->kind = RG_VERIFIER_SCRAM_SHA_256;
	else
		memset(out, 0, sizeof(*out));
}

/*
 * The same, with the bytes that a guess is compared with.  All of them are zero
 * where nothing is recognised.
 */
void
rg_verifier_decode(const char *s, size_t len, struct rg_verifier_secret *out)
{
	struct slice in = {s, len};
	struct slice digits = in;
	struct rg_verifier again;
	struct scram_parts parts;
	size_t		i;

	memset(out, 0, sizeof(*out));
	rg_verifier_parse(s, len, &out->about);
	if (out->about.kind == RG_VERIFIER_MD5 && parse_md5(&digits))
	{
		for (i = 0; i < RG_MD5_BYTES; i++)
			out->key[i] = (unsigned char) (hex_digit(digits.s[2 * i]) * 16 +
										   hex_digit(digits.s[2 * i + 1]));
	}
	else if (out->about.kind == RG_VERIFIER_SCRAM_SHA_256 &&
			 parse_scram(in, &again, &parts))
	{
		base64_bytes(parts.salt, out->salt);
		base64_bytes(parts.stored_key, out->key);
	}
}

/* The name of a kind in SQL. */
const char *
rg_verifier_kind_name(enum rg_verifier_kind kind)
{
	switch (kind)
	{
		case RG_VERIFIER_MD5:
			return "md5";
		case RG_VERIFIER_SCRAM_SHA_256:
			return "scram-sha-256";
		case RG_VERIFIER_UNRECOGNISED:
			break;
	}
	return "unrecognised";
}
