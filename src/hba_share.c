/*-------------------------------------------------------------------------
 *
 * hba_share.c
 *		What each line of pg_hba.conf gets of the connections it speaks of.
 *
 * The first line that matches takes an interval of addresses.  Knows neither
 * roles nor databases: for all that have the same lines this is done once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/socket.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/inet.h"
#include "utils/memutils.h"

#include "compat.h"
#include "hba_share.h"

/* A table that gives numbers to keys of this size. */
HTAB *
rg_hba_number_table(Size key_size)
{
	HASHCTL		control;

	memset(&control, 0, sizeof(control));
	control.keysize = key_size;
	control.entrysize = MAXALIGN(key_size) + sizeof(int);
	control.hcxt = CurrentMemoryContext;
	return hash_create("rds_guard hba numbers", 256, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* The number of a key: next, if the table has not seen it. */
int
rg_hba_number(HTAB *table, Size key_size, const void *key, int next, bool *found)
{
	char	   *entry = hash_search(table, key, HASH_ENTER, found);
	int		   *number = (int *) (entry + MAXALIGN(key_size));

	if (!*found)
		*number = next;
	return *number;
}

/* The first member of a set from this one on, limit if there is none below it. */
static int
next_member(const rg_word *set, int from, int limit)
{
	while (from < limit)
	{
		rg_word		word = set[from / 64] >> (from % 64);

		if (word != 0)
			return Min(from + pg_rightmost_one_pos64(word), limit);
		from += 64 - from % 64;
	}
	return limit;
}

/* The last address before the start of interval end. */
static struct rg_address
last_before(const struct rg_hba_file *file, int end, int size)
{
	struct rg_address last;

	memset(&last, 0, sizeof(last));
	if (end < file->nintervals && file->starts[end].size == size)
	{
		last = file->starts[end];
		(void) rg_address_previous(&last);
	}
	else
	{
		last.size = size;
		memset(last.bytes, 0xff, size);
	}
	return last;
}

/* Is an interval within what is_loopback() in SQL is for? */
static bool
is_loopback(const struct rg_address *first, const struct rg_address *end)
{
	static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
	static const unsigned char one[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

	if (first->size == 4)
		return first->bytes[0] == 127 && end->bytes[0] == 127;
	return (memcmp(first->bytes, mapped, sizeof(mapped)) == 0 &&
			memcmp(end->bytes, mapped, sizeof(mapped)) == 0) ||
		(memcmp(first->bytes, one, sizeof(one)) == 0 &&
		 memcmp(end->bytes, one, sizeof(one)) == 0);
}

struct rg_hba_ledger *
rg_hba_ledger_create(const struct rg_hba_file *file)
{
	struct rg_hba_ledger *ledger = palloc0(sizeof(*ledger));
	int			i;

	ledger->file = file;
	ledger->line_words = RG_WORDS(file->nlines + 1);
	ledger->interval_words = RG_WORDS(file->nintervals);
	ledger->history_numbers = rg_hba_number_table(ledger->line_words * sizeof(rg_word));
	ledger->address_numbers = rg_hba_number_table(ledger->interval_words * sizeof(rg_word));
	ledger->histories_allocated = 64;
	ledger->histories = palloc(ledger->histories_allocated * sizeof(*ledger->histories));
	ledger->addresses_allocated = 64;
	ledger->addresses = palloc(ledger->addresses_allocated * sizeof(*ledger->addresses));
	ledger->left = palloc(ledger->interval_words * sizeof(rg_word));
	ledger->got = palloc(ledger->interval_words * sizeof(rg_word));
	ledger->everything = palloc0(ledger->interval_words * sizeof(rg_word));
	ledger->loopback = palloc0(ledger->interval_words * sizeof(rg_word));
	for (i = 0; i < file->nintervals; i++)
	{
		struct rg_address end = last_before(file, i + 1, file->starts[i].size);

		RG_SET_ADD(ledger->everything, i);
		if (is_loopback(&file->starts[i], &end))
			RG_SET_ADD(ledger->loopback, i);
	}
	ledger->shares = MemoryContextAllocHuge(CurrentMemoryContext,
											(file->nlines + 1) * RG_TRANSPORT_COUNT * sizeof(*ledger->shares));
	return ledger;
}

static Datum
cidr_datum(const struct rg_network *network)
{
	inet	   *value = palloc0(sizeof(inet));

	ip_family(value) = network->base.size == 4 ? PGSQL_AF_INET : PGSQL_AF_INET6;
	ip_bits(value) = network->bits;
	memcpy(ip_addr(value), network->base.bytes, network->base.size);
	SET_INET_VARSIZE(value);
	return InetPGetDatum(value);
}

/* The fewest networks that are exactly these addresses, as cidr[]. */
Datum
rg_hba_networks(struct rg_hba_ledger *ledger, int number)
{
	const struct rg_hba_file *file = ledger->file;
	struct rg_hba_addresses *addresses = &ledger->addresses[number];
	const rg_word *set = addresses->intervals;
	Datum	   *networks;
	int			nnetworks = 0;
	int			allocated = RG_MAX_COVER;
	int			i = 0;

	if (addresses->networks != (Datum) 0)
		return addresses->networks;
	networks = palloc(allocated * sizeof(Datum));
	while (i < file->nintervals)
	{
		struct rg_network cover[RG_MAX_COVER];
		struct rg_address last;
		int			begin = i++;
		int			ncover;

		CHECK_FOR_INTERRUPTS();
		if (!RG_SET_HAS(set, begin))
			continue;
		while (i < file->nintervals && RG_SET_HAS(set, i) &&
			   file->starts[i].size == file->starts[begin].size)
			i++;
		last = last_before(file, i, file->starts[begin].size);
		ncover = rg_range_cover(&file->starts[begin], &last, cover);
		if (nnetworks + ncover > allocated)
		{
			allocated = 2 * (nnetworks + ncover);
			networks = repalloc_huge(networks, allocated * sizeof(Datum));
		}
		for (begin = 0; begin < ncover; begin++)
			networks[nnetworks++] = cidr_datum(&cover[begin]);
	}
	addresses->networks = PointerGetDatum(construct_array(networks, nnetworks, CIDROID, -1, false, TYPALIGN_INT));
	for (i = 0; i < nnetworks; i++)
		pfree(DatumGetPointer(networks[i]));
	pfree(networks);
	return addresses->networks;
}

/* The number of a set of intervals. */
static int
address_number(struct rg_hba_ledger *ledger, const rg_word *set)
{
	Size		size = ledger->interval_words * sizeof(rg_word);
	struct rg_hba_addresses *addresses;
	rg_word    *copy;
	bool		found;
	int			number = rg_hba_number(ledger->address_numbers, size, set, ledger->naddresses, &found);
	int			i;

	if (found)
		return number;
	if (ledger->naddresses == ledger->addresses_allocated)
	{
		ledger->addresses_allocated *= 2;
		ledger->addresses = repalloc_huge(ledger->addresses,
										  ledger->addresses_allocated * sizeof(*ledger->addresses));
	}
	copy = palloc(size);
	memcpy(copy, set, size);
	addresses = &ledger->addresses[ledger->naddresses++];
	addresses->intervals = copy;
	addresses->networks = (Datum) 0;
	addresses->remote = false;
	for (i = 0; i < ledger->interval_words; i++)
		addresses->remote = addresses->remote || (set[i] & ~ledger->loopback[i]) != 0;
	return number;
}

/* What is left of the intervals of a line; false if nothing. */
static bool
get_share(struct rg_hba_ledger *ledger, const struct rg_hba_line *line)
{
	int			first_word = line->first / 64;
	int			last_word = (line->end - 1) / 64;
	bool		any = false;
	int			i;

	memset(ledger->got, 0, ledger->interval_words * sizeof(rg_word));
	for (i = first_word; i <= last_word; i++)
	{
		rg_word		mask = ~UINT64CONST(0);

		if (i == first_word)
			mask &= ~UINT64CONST(0) << (line->first % 64);
		if (i == last_word && line->end % 64 != 0)
			mask &= (UINT64CONST(1) << (line->end % 64)) - 1;
		ledger->got[i] = ledger->left[i] & mask;
		any = any || ledger->got[i] != 0;
	}
	return any;
}

/* Takes from what is left; false if that was the last. */
static bool
take_share(struct rg_hba_ledger *ledger)
{
	rg_word		remaining = 0;
	int			i;

	for (i = 0; i < ledger->interval_words; i++)
	{
		ledger->left[i] &= ~ledger->got[i];
		remaining |= ledger->left[i];
	}
	return remaining != 0;
}

/* As what the share of a line is shown. */
static int
shown_addresses(struct rg_hba_ledger *ledger, const struct rg_hba_line *line)
{
	int			number = address_number(ledger, ledger->got);

	if (line->by_network)
		return number;
	return ledger->addresses[number].remote && !line->by_machine
		? RG_ADDRESSES_HIDDEN_REMOTE : RG_ADDRESSES_HIDDEN;
}

/* Lets the lines of a history take what comes by one transport. */
static int
walk_lines(struct rg_hba_ledger *ledger, const rg_word *lines, int transport,
		   struct rg_hba_share *shares)
{
	const struct rg_hba_file *file = ledger->file;
	int			nshares = 0;
	int			i;

	memcpy(ledger->left, ledger->everything, ledger->interval_words * sizeof(rg_word));
	for (i = next_member(lines, 0, file->nlines); i < file->nlines; i = next_member(lines, i + 1, file->nlines))
	{
		const struct rg_hba_line *line = &file->lines[i];
		struct rg_hba_share *share = &shares[nshares];

		if (!line->transports[transport])
			continue;
		CHECK_FOR_INTERRUPTS();
		share->line = i;
		share->transport = transport;
		share->addresses = RG_ADDRESSES_SOCKET;
		if (transport != RG_TRANSPORT_LOCAL)
		{
			if (!get_share(ledger, line))
				continue;
			share->addresses = shown_addresses(ledger, line);
		}
		nshares++;
		if (line->sure && (transport == RG_TRANSPORT_LOCAL || !take_share(ledger)))
			break;
	}
	return nshares;
}

/* The number of the history in which exactly these lines match. */
int
rg_hba_history(struct rg_hba_ledger *ledger, const rg_word *lines)
{
	Size		size = ledger->line_words * sizeof(rg_word);
	struct rg_hba_history *history;
	int			number;
	int			transport;
	bool		found;

	number = rg_hba_number(ledger->history_numbers, size, lines, ledger->nhistories, &found);
	if (found)
		return number;
	if (ledger->nhistories == ledger->histories_allocated)
	{
		ledger->histories_allocated *= 2;
		ledger->histories = repalloc_huge(ledger->histories,
										  ledger->histories_allocated * sizeof(*ledger->histories));
	}
	history = &ledger->histories[ledger->nhistories++];
	history->nshares = 0;
	for (transport = 0; transport < RG_TRANSPORT_COUNT; transport++)
		history->nshares += walk_lines(ledger, lines, transport, ledger->shares + history->nshares);
	history->shares = MemoryContextAllocHuge(CurrentMemoryContext,
											 (history->nshares + 1) * sizeof(*history->shares));
	memcpy(history->shares, ledger->shares, history->nshares * sizeof(*history->shares));
	history->lines = MemoryContextAllocHuge(CurrentMemoryContext, size);
	memcpy(history->lines, lines, size);
	return number;
}

/* Adds the lines that take, by one transport, what this one could have had. */
static void
add_takers(struct rg_hba_ledger *ledger, const rg_word *lines, int number,
		   int transport, rg_word *takers)
{
	const struct rg_hba_file *file = ledger->file;
	int			i;

	memset(ledger->left, 0, ledger->interval_words * sizeof(rg_word));
	for (i = file->lines[number].first; i < file->lines[number].end; i++)
		RG_SET_ADD(ledger->left, i);
	for (i = next_member(lines, 0, number); i < number; i = next_member(lines, i + 1, number))
	{
		const struct rg_hba_line *line = &file->lines[i];

		if (!line->transports[transport] || !line->sure)
			continue;
		if (transport != RG_TRANSPORT_LOCAL && !get_share(ledger, line))
			continue;
		RG_SET_ADD(takers, i);
		if (transport == RG_TRANSPORT_LOCAL || !take_share(ledger))
			break;
	}
}

/*
 * Adds the lines that take what another one could have had in the history in
 * which exactly these lines match.
 */
void
rg_hba_takers(struct rg_hba_ledger *ledger, const rg_word *lines, int number,
			  rg_word *takers)
{
	int			transport;

	if (!RG_SET_HAS(lines, number))
		return;
	for (transport = 0; transport < RG_TRANSPORT_COUNT; transport++)
	{
		if (ledger->file->lines[number].transports[transport])
			add_takers(ledger, lines, number, transport, takers);
	}
}
