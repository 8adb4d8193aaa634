/*-------------------------------------------------------------------------
 *
 * guess.h
 *		What people try first when they guess a password.
 *
 * Needs no PostgreSQL header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_GUESS_H
#define RG_GUESS_H

#include <stdbool.h>
#include <stddef.h>

enum rg_guess_kind
{
	RG_GUESS_ROLE_NAME,
	RG_GUESS_EMPTY,
	RG_GUESS_CANDIDATE,
	RG_GUESS_VARIATION,
	RG_GUESS_DATABASE,
	RG_GUESS_COMMON
};

/*
 * One guess.  Its text, which need not end in a zero byte, is the same for all
 * roles, unless the guess is made from the role's name.
 */
struct rg_guess
{
	enum rg_guess_kind kind;
	int			variation;		/* of the role's name: which one */
	const char *text;
	size_t		len;
};

/* The longest name that is varied, and what may come of it. */
#define RG_VARIED_NAME_BYTES 63
#define RG_VARIATION_BYTES (2 * RG_VARIED_NAME_BYTES + 32)

/* The first variations and common passwords come before all else of the kind. */
#define RG_LEADING_VARIATIONS 9
#define RG_LEADING_COMMON 20

extern const char *const rg_common_passwords[];
extern const int rg_common_password_count;
extern const int rg_variation_count;

extern const char *rg_guess_kind_name(enum rg_guess_kind kind);
extern size_t rg_guess_list(struct rg_guess *list,
							const struct rg_guess *candidates, size_t ncandidates,
							const struct rg_guess *databases, size_t ndatabases);
extern bool rg_variation(int number, const char *name, const char *reversed,
						 char *out, size_t *len);

#endif							/* RG_GUESS_H */
