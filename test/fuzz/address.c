/*-------------------------------------------------------------------------
 *
 * address.c
 *		Fuzzes the arithmetic of addresses with what it promises.
 *
 * Sources: src/address.c
 * Longest input: 200
 *
 * The input is two networks, one a line.  What is printed is read back, and a
 * range is covered exactly, without overlaps, by networks that cannot be merged.
 *
 *-------------------------------------------------------------------------
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Assertions that no -DNDEBUG takes away. */
#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

static void
check_round_trip(const struct rg_network *network)
{
	char		printed[RG_NETWORK_TEXT];
	struct rg_network again;
	struct rg_address last = rg_network_last(network);
	struct rg_network single = {last, last.size * 8};
	int			i;

	REQUIRE(network->base.size == 4 || network->base.size == 16);
	REQUIRE(network->bits >= 0 && network->bits <= network->base.size * 8);
	rg_network_print(network, printed);
	REQUIRE(strlen(printed) < sizeof(printed));
	REQUIRE(rg_network_parse(printed, strlen(printed), &again));
	REQUIRE(again.bits == network->bits);
	REQUIRE(rg_address_compare(&again.base, &network->base) == 0);

	/* the first bits of base and last are the same, the others 0 and 1 */
	REQUIRE(rg_address_compare(&network->base, &last) <= 0);
	for (i = 0; i < network->base.size * 8; i++)
	{
		int			in_base = network->base.bytes[i / 8] >> (7 - i % 8) & 1;
		int			in_last = last.bytes[i / 8] >> (7 - i % 8) & 1;

		REQUIRE(i < network->bits ? in_base == in_last : !in_base && in_last);
	}
	rg_network_print(&single, printed);
	REQUIRE(rg_network_parse(printed, strlen(printed), &again));
	REQUIRE(rg_address_compare(&again.base, &last) == 0);
}

/* Are these the two halves of one network? */
static int
are_halves(const struct rg_network *a, const struct rg_network *b)
{
	struct rg_network parent = *a;

	if (a->bits != b->bits || a->bits == 0)
		return 0;
	parent.bits--;
	parent.base.bytes[parent.bits / 8] &= (unsigned char) ~(0x80 >> (parent.bits % 8));
	{
		struct rg_address last_of_parent = rg_network_last(&parent);
		struct rg_address last = rg_network_last(b);

		return rg_address_compare(&parent.base, &a->base) == 0 &&
			rg_address_compare(&last_of_parent, &last) == 0;
	}
}

static void
check_cover(const struct rg_address *first, const struct rg_address *last)
{
	struct rg_network networks[RG_MAX_COVER];
	int			nnetworks = rg_range_cover(first, last, networks);
	struct rg_address expected = *first;
	int			i;

	REQUIRE(nnetworks > 0 && nnetworks <= RG_MAX_COVER);
	for (i = 0; i < nnetworks; i++)
	{
		check_round_trip(&networks[i]);
		REQUIRE(rg_address_compare(&networks[i].base, &expected) == 0);
		REQUIRE(i == 0 || !are_halves(&networks[i - 1], &networks[i]));
		expected = rg_network_last(&networks[i]);
		if (i < nnetworks - 1)
			REQUIRE(rg_address_next(&expected));
	}
	REQUIRE(rg_address_compare(&expected, last) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t		first_size = line_end != NULL ? (size_t) (line_end - data) : size;
	char	   *lines = malloc(size + 1);
	struct rg_network a;
	struct rg_network b;

	if (lines == NULL)
		return 0;
	if (size > 0)
		memcpy(lines, data, size);
	/* a copy of its own size, so that reading beyond it is noticed */
	if (rg_network_parse(lines, first_size, &a))
	{
		check_round_trip(&a);
		if (line_end != NULL &&
			rg_network_parse(lines + first_size + 1, size - first_size - 1, &b) &&
			a.base.size == b.base.size)
		{
			struct rg_address last_a = rg_network_last(&a);
			struct rg_address last_b = rg_network_last(&b);

			check_round_trip(&b);
			if (rg_address_compare(&a.base, &last_b) <= 0)
				check_cover(&a.base, &last_b);
			if (rg_address_compare(&b.base, &last_a) <= 0)
				check_cover(&b.base, &last_a);
		}
	}
	free(lines);
	return 0;
}
