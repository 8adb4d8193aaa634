/*-------------------------------------------------------------------------
 *
 * target.h
 *		Stored passwords that guesses are tried on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_TARGET_H
#define RG_TARGET_H

#include "portability/instr_time.h"
#include "utils/palloc.h"
#include "utils/timestamp.h"

#include "guess.h"
#include "verifier_parse.h"

/*
 * OpenSSL cannot be interrupted within a guess: with more iterations, some
 * tenths of a second here, a busy machine could not cancel it within a second.
 */
#define RG_MAX_GUESS_ITERATIONS 250000

enum rg_target_result
{
	RG_TARGET_OPEN,				/* being tested; in the end: not guessed */
	RG_TARGET_GUESSED,
	RG_TARGET_NOT_TESTED,
	RG_TARGET_OUT_OF_TIME
};

/* One role with a password. */
struct rg_target
{
	NameData	role;
	const char *reversed;		/* the name backwards, NULL where nobody knows */
	bool		can_login;
	bool		superuser;
	bool		expires;
	TimestampTz valid_until;	/* if it expires */

	struct rg_verifier about;
	struct rg_verifier effective;	/* as the server reads it, wrapped */
	const unsigned char *salt;	/* of SCRAM, and what the server takes for it */
	unsigned char key[RG_SCRAM_KEY_BYTES];
	int			salted;			/* which of the salts; -1 for none */
	bool		is_copy;		/* set by rg_targets_compare() */
	NameData	same_as;		/* of a copy: the first role that has it, too */

	enum rg_target_result result;
	enum rg_guess_kind guess_kind;	/* if guessed */
	int			guesses;		/* how many were made */
	const char *reason;			/* why it was not tested */
};

/* What one guess gives with one salt, kept for the next role that has it. */
struct rg_salted
{
	size_t		guess;			/* number of the guess, 0 for none */
	bool		failed;
	unsigned char key[RG_SCRAM_KEY_BYTES];
};

struct rg_targets
{
	struct rg_target *array;
	size_t		n;
	struct rg_salted *salted;
	size_t		nsalted;
};

/* How long guessing may take, and what it took so far. */
struct rg_budget
{
	instr_time	start;
	double		milliseconds;
	double		spent;			/* milliseconds, when last looked */
	double		per_iteration;	/* milliseconds */
};

extern void rg_targets_read(struct rg_targets *targets, MemoryContext context);
extern void rg_targets_compare(struct rg_targets *targets);
extern const struct rg_target *rg_targets_find(const struct rg_targets *targets,
											   const char *role);
extern void rg_targets_guess(struct rg_targets *targets,
							 const struct rg_guess *guesses, size_t nguesses,
							 struct rg_budget *budget);

#endif							/* RG_TARGET_H */
