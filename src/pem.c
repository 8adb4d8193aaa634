/*-------------------------------------------------------------------------
 *
 * pem.c
 *		Splits a text in PEM form into its blocks, and decodes them.
 *
 * Knows the lines that begin and end a block and the base64 between them, the
 * way PEM_read_bio() of OpenSSL reads them from a file: no stricter, and for
 * the blocks that it decodes no laxer.  Decodes only those that it is asked to,
 * so that a private key in the same file stays unread.  Never allocates, raises
 * or reads a global: bytes and length in, bytes out.
 *
 *-------------------------------------------------------------------------
 */
#include "pem.h"

#include <string.h>

#define BEGIN_MARK "-----BEGIN "
#define END_MARK "-----END "
#define DASHES "-----"
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* OpenSSL takes longer lines in pieces, and then each piece for a line. */
#define LINE_BYTES 254

/* After an empty line those of the body may have this, and all but the last must. */
#define ENCODED_BYTES 64

/* A part of the text. */
struct slice
{
	const char *s;
	size_t		len;
};

/* Does the part begin with this? */
static bool
begins(struct slice part, const char *with)
{
	size_t		len = strlen(with);

	return part.len >= len && memcmp(part.s, with, len) == 0;
}

/*
 * Takes the next line without what ends it and blanks.  A zero byte hides the
 * rest of its line, and at the beginning of one all that follows.  Which bytes
 * count as blank depends on the sign of char, as it does in OpenSSL.
 */
static bool
take_line(struct rg_pem_reader *in, struct slice *line)
{
	size_t		most = in->len < LINE_BYTES ? in->len : LINE_BYTES;
	const char *end;

	if (most == 0 || in->s[0] == '\0')
		return false;
	end = memchr(in->s, '\n', most);
	line->s = in->s;
	line->len = end != NULL ? (size_t) (end - in->s) + 1 : most;
	in->s += line->len;
	in->len -= line->len;
	end = memchr(line->s, '\0', line->len);
	if (end != NULL)
		line->len = (size_t) (end - line->s);
	while (line->len > 0 && line->s[line->len - 1] <= ' ')
		line->len--;
	return true;
}

/* Does the line begin a block?  Then *label is what it says. */
static bool
begins_block(struct slice line, struct slice *label)
{
	size_t		before = strlen(BEGIN_MARK);
	size_t		after = strlen(DASHES);

	if (!begins(line, BEGIN_MARK) || line.len < before + after ||
		memcmp(line.s + line.len - after, DASHES, after) != 0)
		return false;
	label->s = line.s + before;
	label->len = line.len - before - after;
	return true;
}

/* Does this line, which looks like the end of a block, end this one? */
static bool
ends_block(struct slice line, struct slice label)
{
	size_t		before = strlen(END_MARK);
	size_t		after = strlen(DASHES);

	return line.len == before + label.len + after &&
		memcmp(line.s + before, label.s, label.len) == 0 &&
		memcmp(line.s + before + label.len, DASHES, after) == 0;
}

/* Finds the next block, and moves the reader behind it. */
enum rg_pem_result
rg_pem_next(struct rg_pem_reader *in, struct rg_pem_block *out)
{
	struct slice line;
	struct slice label;
	bool		first = true;

	do
	{
		if (!take_line(in, &line))
			return RG_PEM_END;
		if (first && begins(line, BYTE_ORDER_MARK))
		{
			line.s += strlen(BYTE_ORDER_MARK);
			line.len -= strlen(BYTE_ORDER_MARK);
		}
		first = false;
	} while (!begins_block(line, &label));

	out->label = label.s;
	out->label_len = label.len;
	out->body = in->s;
	while (take_line(in, &line))
	{
		if (!begins(line, END_MARK))
			continue;
		out->body_len = (size_t) (line.s - out->body);
		return ends_block(line, label) ? RG_PEM_BLOCK : RG_PEM_BROKEN;
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

/* What is decoded so far. */
struct decoding
{
	unsigned char *out;
	size_t		len;
	unsigned int group;
	size_t		digits;
	size_t		padding;
	bool		ended;			/* by a hyphen, behind which nothing counts */
};

/* Decodes a line, as EVP_DecodeUpdate() does. */
static bool
decode_line(struct decoding *d, struct slice line)
{
	size_t		i;

	for (i = 0; i < line.len && !d->ended; i++)
	{
		char		c = line.s[i];
		int			digit = c == '=' ? 0 : base64_digit(c);

		d->ended = c == '-';
		if (d->ended || c == ' ' || c == '\t' || c == '\r')
			continue;
		if (digit < 0 || (c != '=' && d->padding > 0) || d->padding + (c == '=') > 2)
			return false;
		d->padding += (c == '=');
		d->group = (d->group << 6) | (unsigned int) digit;
		if (++d->digits % 4 != 0)
			continue;
		d->out[d->len++] = (unsigned char) (d->group >> 16);
		if (d->padding < 2)
			d->out[d->len++] = (unsigned char) (d->group >> 8);
		if (d->padding < 1)
			d->out[d->len++] = (unsigned char) d->group;
		d->group = 0;
	}
	return true;
}

/*
 * Decodes the body into out, which has room for three bytes for each four of
 * it.  Returns false for what OpenSSL does not decode either: anything but
 * whole groups of base64, white space and what follows a hyphen; a header,
 * which a colon or a line in front of an empty one makes, and only encrypted
 * keys have; lines of uneven length after an empty one.
 */
bool
rg_pem_decode(const struct rg_pem_block *block, unsigned char *out, size_t *len)
{
	struct rg_pem_reader body = {block->body, block->body_len};
	struct decoding d = {.out = out};
	struct slice line;
	bool		empty = true;
	bool		after_empty_line = false;
	bool		is_last = false;
	bool		is_piece = false;	/* the end of the line is still to come */

	*len = 0;
	while (take_line(&body, &line))
	{
		bool		continues = is_piece;

		is_piece = body.s - line.s == LINE_BYTES && body.s[-1] != '\n';
		if (line.len == 0)
		{
			if (continues)
				continue;
			if (after_empty_line || !empty)
				return false;
			after_empty_line = true;
			continue;
		}
		empty = false;
		if (after_empty_line ? is_last || line.len > ENCODED_BYTES :
			memchr(line.s, ':', line.len) != NULL)
			return false;
		is_last = line.len < ENCODED_BYTES;
		if (!decode_line(&d, line))
			return false;
	}
	*len = d.len;
	return d.len > 0 && d.digits % 4 == 0;
}
