/*-------------------------------------------------------------------------
 *
 * pem.c
 *		Splits a text in PEM form into its blocks, and decodes them.
 *
 * Knows the lines that begin and end a block and the base64 between them, the
 * way PEM_read_bio() of OpenSSL reads them.  Decodes only the blocks that it
 * is asked to, so that a private key in the same file stays unread.  Never
 * allocates, raises or reads a global: bytes and length in, bytes out.
 *
 *-------------------------------------------------------------------------
 */
#include "pem.h"

#include <string.h>

#define BEGIN_MARK "-----BEGIN "
#define END_MARK "-----END "
#define DASHES "-----"

/* A part of the text. */
struct slice
{
	const char *s;
	size_t		len;
};

/* Takes the next line without what ends it, carriage return and blanks. */
static bool
take_line(struct rg_pem_reader *in, struct slice *line)
{
	const char *end;

	if (in->len == 0)
		return false;
	end = memchr(in->s, '\n', in->len);
	line->s = in->s;
	line->len = end != NULL ? (size_t) (end - in->s) : in->len;
	in->s += line->len;
	in->len -= line->len;
	if (end != NULL)
	{
		in->s++;
		in->len--;
	}
	/* where a char has a sign OpenSSL takes what is not ASCII for blank, too */
	while (line->len > 0 && line->s[line->len - 1] <= ' ')
		line->len--;
	return true;
}

/* Is the line this mark, a label and dashes?  Then part becomes the label. */
static bool
has_mark(struct slice line, const char *mark, struct slice *label)
{
	size_t		before = strlen(mark);
	size_t		after = strlen(DASHES);

	if (line.len < before + after ||
		memcmp(line.s, mark, before) != 0 ||
		memcmp(line.s + line.len - after, DASHES, after) != 0)
		return false;
	label->s = line.s + before;
	label->len = line.len - before - after;
	return true;
}

/* Finds the next block, and moves the reader behind it. */
enum rg_pem_result
rg_pem_next(struct rg_pem_reader *in, struct rg_pem_block *out)
{
	struct slice line;
	struct slice label;
	struct slice end_label;

	do
	{
		if (!take_line(in, &line))
			return RG_PEM_END;
	} while (!has_mark(line, BEGIN_MARK, &label));

	out->label = label.s;
	out->label_len = label.len;
	out->body = in->s;
	while (take_line(in, &line))
	{
		if (!has_mark(line, END_MARK, &end_label))
			continue;
		if (end_label.len != label.len ||
			memcmp(end_label.s, label.s, label.len) != 0)
			return RG_PEM_BROKEN;
		out->body_len = (size_t) (line.s - out->body);
		return RG_PEM_BLOCK;
	}
	return RG_PEM_BROKEN;
}

/* Has the block this label? */
bool
rg_pem_is(const struct rg_pem_block *block, const char *label)
{
	return block->label_len == strlen(label) &&
		memcmp(block->label, label, block->label_len) == 0;
}

/* The value of a base64 digit, or -1. */
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
 * Decodes the body into out, which has room for three bytes for each four of
 * it.  Returns false for anything but whole groups of base64 and white space;
 * so it does for headers, which only encrypted keys have.
 */
bool
rg_pem_decode(const struct rg_pem_block *block, unsigned char *out, size_t *len)
{
	unsigned int group = 0;
	size_t		digits = 0;
	size_t		padding = 0;
	size_t		i;

	*len = 0;
	for (i = 0; i < block->body_len; i++)
	{
		char		c = block->body[i];
		int			digit;

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		digit = c == '=' ? 0 : base64_digit(c);
		if (digit < 0 || (c != '=' && padding > 0) || padding + (c == '=') > 2)
			return false;
		padding += (c == '=');
		group = (group << 6) | (unsigned int) digit;
		if (++digits % 4 != 0)
			continue;
		out[(*len)++] = (unsigned char) (group >> 16);
		if (padding < 2)
			out[(*len)++] = (unsigned char) (group >> 8);
		if (padding < 1)
			out[(*len)++] = (unsigned char) group;
		group = 0;
	}
	return digits > 0 && digits % 4 == 0;
}
