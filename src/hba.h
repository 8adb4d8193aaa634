/*-------------------------------------------------------------------------
 *
 * hba.h
 *		The lines of pg_hba.conf, and whom they speak of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_HBA_H
#define RG_HBA_H

#include "address.h"
#include "role.h"

/* The ways in which a connection comes, in the order of their names. */
enum rg_transport
{
	RG_TRANSPORT_GSS,
	RG_TRANSPORT_LOCAL,
	RG_TRANSPORT_PLAIN,
	RG_TRANSPORT_TLS,
	RG_TRANSPORT_COUNT
};

extern const char *const rg_transport_names[RG_TRANSPORT_COUNT];

/* What a word in a list of roles or databases means. */
enum rg_hba_token_kind
{
	RG_TOKEN_NAME,
	RG_TOKEN_ALL,
	RG_TOKEN_GROUP,
	RG_TOKEN_PATTERN,
	RG_TOKEN_SAME_USER,
	RG_TOKEN_SAME_ROLE,
	RG_TOKEN_REPLICATION
};

struct rg_hba_token
{
	const char *text;
	enum rg_hba_token_kind kind;
	int			group;			/* of the role graph, -1 if it does not exist */
	void	   *pattern;
};

/* The columns of hba_lines() that are handed on as they are. */
enum rg_hba_column
{
	RG_HBA_PLACE,
	RG_HBA_FILE_NAME,
	RG_HBA_LINE_NUMBER,
	RG_HBA_TYPE,
	RG_HBA_DATABASES,
	RG_HBA_ADDRESS,
	RG_HBA_AUTH_METHOD,
	RG_HBA_OPTIONS,
	RG_HBA_COLUMNS
};

struct rg_hba_line
{
	Datum		values[RG_HBA_COLUMNS];
	bool		nulls[RG_HBA_COLUMNS];
	struct rg_hba_token *databases;
	int			ndatabases;
	struct rg_hba_token *roles;
	int			nroles;
	bool		transports[RG_TRANSPORT_COUNT];
	bool		sure;			/* what it matches can be told from here */
	bool		certain;		/* and does not depend on what is in quotes */
	bool		rejects;
	bool		by_network;		/* or for all addresses, for sure */
	bool		by_machine;		/* samehost or localhost */
	struct rg_network network;	/* all if its size is 0 */
	int			first;			/* of the intervals that it may match */
	int			end;			/* the one behind the last of them */
};

/*
 * The file as the server uses it.  The networks in it cut the addresses into
 * intervals; each begins at a start and ends before the next, or with the last
 * address of its family.
 */
struct rg_hba_file
{
	struct rg_hba_line *lines;
	int			nlines;
	struct rg_address *starts;
	int			nintervals;
};

/* Sets of lines, databases or intervals. */
typedef uint64 rg_word;

#define RG_WORDS(n) (((n) + 63) / 64)
#define RG_SET_ADD(set, i) ((set)[(i) / 64] |= UINT64CONST(1) << ((i) % 64))
#define RG_SET_HAS(set, i) (((set)[(i) / 64] >> ((i) % 64) & 1) != 0)

/*
 * A role, whether it exists or not; without a name: any other, which no regular
 * expression matches but this one.
 */
struct rg_hba_role
{
	const char *name;
	int			number;			/* in the graph, or -1 */
	const char *pattern;
};

/* A database; physical replication is one, too. */
struct rg_hba_database
{
	const char *name;			/* NULL: any other */
	const char *pattern;		/* the one that matches it, if it has no name */
	bool		physical;
	int			role;			/* that has its name, or -1 */
	rg_word    *lines;			/* that name it, whatever the role */
	rg_word    *own;			/* those of them with its pattern */
};

/* Finds the lines that speak of a role and a database. */
struct rg_hba_matcher
{
	const struct rg_hba_file *file;
	const struct rg_role_graph *graph;
	int			nwords;			/* of a set of lines */
	struct rg_hba_database *databases;
	int			ndatabases;
	int			nnamed;			/* those before them have no pattern */
	rg_word    *all_roles;		/* lines with all as a role */
	rg_word    *same_user;		/* lines with sameuser */
	rg_word    *same_role;		/* lines with samerole */
	struct rg_hba_role role;	/* of rg_hba_match_role() */
	rg_word    *lines;			/* that name this role */
	bool	   *groups;			/* that it is in, by number in the graph */
	int		   *stack;
};

extern Datum rg_transport_array(int transports);
extern struct rg_hba_file *rg_hba_file_read(const struct rg_role_graph *graph);
extern char **rg_hba_read_databases(bool all, int *count);
extern int	rg_hba_find_role(const struct rg_role_graph *graph, const char *name);
extern struct rg_hba_matcher *rg_hba_matcher_create(const struct rg_hba_file *file,
													const struct rg_role_graph *graph,
													bool everybody);
extern void rg_hba_match_role(struct rg_hba_matcher *matcher, struct rg_hba_role role);
extern void rg_hba_match_database(const struct rg_hba_matcher *matcher,
								  int database, rg_word *lines);

#endif							/* RG_HBA_H */
