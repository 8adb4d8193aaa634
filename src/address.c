/*-------------------------------------------------------------------------
 *
 * address.c
 *		IP addresses, and ranges and networks of them.
 *
 * Knows the text of RFC 4291 and the arithmetic of masks.  Allocates nothing,
 * raises nothing, and needs nothing of PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include "address.h"

#include <stdio.h>
#include <string.h>

/*
 * Reads a number of one to max_digits digits in the base, at most limit.
 * Moves *s behind it.
 */
static bool
parse_number(const char **s, const char *end, int base, int max_digits,
			 int limit, int *number)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	int			ndigits = 0;
	int			value = 0;

	while (*s < end && **s != '\0')
	{
		const char *digit = strchr(digits, **s);
		int			digit_value;

		if (digit == NULL)
			break;
		digit_value = (int) (digit - digits) % 16;
		if (digit_value >= base)
			break;
		if (++ndigits > max_digits)
			return false;
		value = value * base + digit_value;
		(*s)++;
	}
	*number = value;
	return ndigits > 0 && value <= limit;
}

/* Reads four decimal numbers with dots; moves *s behind them. */
static bool
parse_ipv4(const char **s, const char *end, unsigned char *bytes)
{
	int			i;

	for (i = 0; i < 4; i++)
	{
		int			number;

		if (i > 0)
		{
			if (*s >= end || **s != '.')
				return false;
			(*s)++;
		}
		if (!parse_number(s, end, 10, 3, 255, &number))
			return false;
		bytes[i] = (unsigned char) number;
	}
	return true;
}

/* Moves what stands behind the "::" to the end. */
static bool
fill_gap(unsigned char *bytes, int filled, int gap)
{
	if (gap < 0)
		return filled == 16;
	if (filled == 16)
		return false;
	memmove(bytes + 16 - (filled - gap), bytes + gap, filled - gap);
	memset(bytes + gap, 0, 16 - filled);
	return true;
}

/* Reads groups of hexadecimal digits with colons; moves *s behind them. */
static bool
parse_ipv6(const char **s, const char *end, unsigned char *bytes)
{
	int			filled = 0;
	int			gap = -1;

	if (end - *s >= 2 && (*s)[0] == ':' && (*s)[1] == ':')
	{
		gap = 0;
		*s += 2;
		if (*s == end || **s == '/')
			return fill_gap(bytes, filled, gap);
	}
	for (;;)
	{
		const char *group = *s;
		int			number;

		if (filled > 14 || !parse_number(s, end, 16, 4, 0xffff, &number))
			return false;
		if (*s < end && **s == '.')
		{
			/* the last four bytes may be written as those of IPv4 */
			*s = group;
			if (filled > 12 || !parse_ipv4(s, end, bytes + filled))
				return false;
			return fill_gap(bytes, filled + 4, gap);
		}
		bytes[filled++] = (unsigned char) (number >> 8);
		bytes[filled++] = (unsigned char) (number & 0xff);
		if (*s == end || **s != ':')
			return fill_gap(bytes, filled, gap);
		(*s)++;
		if (*s < end && **s == ':')
		{
			if (gap >= 0)
				return false;
			gap = filled;
			(*s)++;
			if (*s == end || **s == '/')
				return fill_gap(bytes, filled, gap);
		}
	}
}

/* Sets the bits from this one on. */
static void
set_bits(struct rg_address *address, int bits, bool value)
{
	int			whole = (bits + 7) / 8;
	unsigned char rest = (unsigned char) (0xff >> (bits % 8));

	if (bits % 8 != 0)
	{
		if (value)
			address->bytes[bits / 8] |= rest;
		else
			address->bytes[bits / 8] &= (unsigned char) ~rest;
	}
	memset(address->bytes + whole, value ? 0xff : 0, address->size - whole);
}

/*
 * Reads an address, or a network with the number of its bits behind a slash.
 * Bits beyond these are ignored.
 */
bool
rg_network_parse(const char *s, size_t length, struct rg_network *network)
{
	const char *end = s + length;
	struct rg_address *base = &network->base;

	memset(network, 0, sizeof(*network));
	base->size = memchr(s, ':', length) != NULL ? 16 : 4;
	if (!(base->size == 16 ? parse_ipv6 : parse_ipv4) (&s, end, base->bytes))
		return false;
	network->bits = base->size * 8;
	if (s < end)
	{
		if (*s++ != '/')
			return false;
		if (!parse_number(&s, end, 10, 3, base->size * 8, &network->bits) ||
			s != end)
			return false;
	}
	set_bits(base, network->bits, false);
	return true;
}

/*
 * Writes a network as rg_network_parse() reads it: IPv6 in eight groups,
 * without "::".
 */
void
rg_network_print(const struct rg_network *network, char *s)
{
	const unsigned char *bytes = network->base.bytes;
	int			length = 0;
	int			i;

	if (network->base.size == 4)
		length = snprintf(s, RG_NETWORK_TEXT, "%d.%d.%d.%d",
						  bytes[0], bytes[1], bytes[2], bytes[3]);
	else
	{
		for (i = 0; i < 16; i += 2)
			length += snprintf(s + length, RG_NETWORK_TEXT - length, "%s%x",
							   i > 0 ? ":" : "", bytes[i] << 8 | bytes[i + 1]);
	}
	snprintf(s + length, RG_NETWORK_TEXT - length, "/%d", network->bits);
}

/* The last address of a network. */
struct rg_address
rg_network_last(const struct rg_network *network)
{
	struct rg_address last = network->base;

	set_bits(&last, network->bits, true);
	return last;
}

/* IPv4 before IPv6, then as numbers: less than, equal to or more than zero. */
int
rg_address_compare(const struct rg_address *a, const struct rg_address *b)
{
	if (a->size != b->size)
		return a->size - b->size;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* Goes to the next address; false if this was the last of its family. */
bool
rg_address_next(struct rg_address *address)
{
	int			i;

	for (i = address->size - 1; i >= 0; i--)
	{
		if (++address->bytes[i] != 0)
			return true;
	}
	return false;
}

/* Goes to the address before; false if this was the first of its family. */
bool
rg_address_previous(struct rg_address *address)
{
	int			i;

	for (i = address->size - 1; i >= 0; i--)
	{
		if (address->bytes[i]-- != 0)
			return true;
	}
	return false;
}

/* How many bits there are up to the last that is set. */
static int
used_bits(const struct rg_address *address)
{
	int			bits = address->size * 8;

	while (bits > 0 && address->bytes[bits / 8 - 1] == 0)
		bits -= 8;
	while (bits > 0 && !(address->bytes[(bits - 1) / 8] & (0x80 >> ((bits - 1) % 8))))
		bits--;
	return bits;
}

/*
 * Writes the fewest networks that are together exactly the addresses from
 * first to last, which are of one family and in this order, and returns their
 * number, at most RG_MAX_COVER.
 */
int
rg_range_cover(const struct rg_address *first, const struct rg_address *last,
			   struct rg_network *networks)
{
	struct rg_address next = *first;
	int			nnetworks = 0;

	do
	{
		struct rg_network *network = &networks[nnetworks++];
		struct rg_address end;

		/* the widest that begins here and does not end behind the last */
		network->base = next;
		network->bits = used_bits(&next);
		end = rg_network_last(network);
		while (rg_address_compare(&end, last) > 0)
		{
			network->bits++;
			end = rg_network_last(network);
		}
		next = end;
	} while (rg_address_compare(&next, last) < 0 && rg_address_next(&next));
	return nnetworks;
}
