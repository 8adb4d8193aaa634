/*-------------------------------------------------------------------------
 *
 * hba_share.h
 *		What each line of pg_hba.conf gets of the connections it speaks of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_HBA_SHARE_H
#define RG_HBA_SHARE_H

#include "utils/hsearch.h"

#include "hba.h"

/* Addresses that are not shown as networks. */
#define RG_ADDRESSES_SOCKET (-1)
#define RG_ADDRESSES_HIDDEN (-2)
#define RG_ADDRESSES_HIDDEN_REMOTE (-3)

/* A set of addresses. */
struct rg_hba_addresses
{
	const rg_word *intervals;
	Datum		networks;		/* cidr[], 0 until somebody asks */
	bool		remote;			/* has more than this machine's own */
};

/* What a line gets by one transport. */
struct rg_hba_share
{
	int			line;
	int			transport;
	int			addresses;		/* a number, or one of the above */
};

/* The lines that speak of some role and database, and what each of them gets. */
struct rg_hba_history
{
	rg_word    *lines;
	struct rg_hba_share *shares;
	int			nshares;
};

/* All that was found out so far, each thing once. */
struct rg_hba_ledger
{
	const struct rg_hba_file *file;
	int			line_words;
	int			interval_words;
	HTAB	   *history_numbers;	/* by set of lines */
	struct rg_hba_history *histories;
	int			nhistories;
	int			histories_allocated;
	HTAB	   *address_numbers;	/* by set of intervals */
	struct rg_hba_addresses *addresses;
	int			naddresses;
	int			addresses_allocated;
	rg_word    *everything;		/* all intervals */
	rg_word    *loopback;		/* those of this machine alone */
	rg_word    *left;
	rg_word    *got;
	struct rg_hba_share *shares;
};

extern HTAB *rg_hba_number_table(Size key_size);
extern int	rg_hba_number(HTAB *table, Size key_size, const void *key, int next,
						  bool *found);
extern struct rg_hba_ledger *rg_hba_ledger_create(const struct rg_hba_file *file);
extern int	rg_hba_history(struct rg_hba_ledger *ledger, const rg_word *lines);
extern Datum rg_hba_networks(struct rg_hba_ledger *ledger, int addresses);
extern void rg_hba_takers(struct rg_hba_ledger *ledger, const rg_word *lines,
						  int number, rg_word *takers);

#endif							/* RG_HBA_SHARE_H */
