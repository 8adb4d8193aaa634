/*-------------------------------------------------------------------------
 *
 * guess.c
 *		Which passwords are tried in which order.
 *
 * Knows what is likely: the role's name, what somebody says was leaked, the
 * name with something added, and what many people use.  Never tests anything,
 * never allocates, raises or reads a global that changes.
 *
 *-------------------------------------------------------------------------
 */
#include "guess.h"

#include <string.h>

/* What is done to the letters of a name, those of ASCII only. */
enum form
{
	AS_IS,
	LOWER,
	UPPER,
	CAPITALISED,
	DOUBLED,
	REVERSED
};

struct variation
{
	enum form	form;
	const char *before;
	const char *after;
};

/*
 * The likeliest first.  What changes the case only has to come with the same
 * beginning and end as one that leaves the name as it is: it is left out where
 * it changes nothing.
 */
static const struct variation variations[] = {
	{LOWER, "", ""},
	{UPPER, "", ""},
	{CAPITALISED, "", ""},
	{AS_IS, "", "123"},
	{AS_IS, "", "1"},
	{DOUBLED, "", ""},
	{REVERSED, "", ""},
	{AS_IS, "", "!"},
	{AS_IS, "", "1234"},
	/* from here on they come after the names of databases */
	{AS_IS, "", "12"},
	{AS_IS, "", "12345"},
	{AS_IS, "", "123456"},
	{AS_IS, "", "123!"},
	{AS_IS, "", "1!"},
	{AS_IS, "", "@123"},
	{AS_IS, "", "_123"},
	{AS_IS, "", "#123"},
	{CAPITALISED, "", "123"},
	{CAPITALISED, "", "1"},
	{CAPITALISED, "", "!"},
	{CAPITALISED, "", "123!"},
	{CAPITALISED, "", "1!"},
	{CAPITALISED, "", "@123"},
	{AS_IS, "", "0"},
	{AS_IS, "", "2"},
	{AS_IS, "", "01"},
	{AS_IS, "", "007"},
	{AS_IS, "", "#"},
	{AS_IS, "", "."},
	{AS_IS, "123", ""},
	{AS_IS, "", "pass"},
	{AS_IS, "", "_pass"},
	{AS_IS, "", "pwd"},
	{AS_IS, "", "_pwd"},
	{AS_IS, "", "password"},
	{AS_IS, "", "_password"},
	{AS_IS, "", "-password"},
	{AS_IS, "", "pw"},
	{AS_IS, "", "_pw"},
	{AS_IS, "", "_secret"},
	{AS_IS, "my", ""},
	{AS_IS, "", "db"},
	{AS_IS, "", "2027"},
	{AS_IS, "", "2026"},
	{AS_IS, "", "2025"},
	{AS_IS, "", "2024"},
	{AS_IS, "", "2023"},
	{AS_IS, "", "2022"},
	{AS_IS, "", "2021"},
	{AS_IS, "", "2020"},
	{AS_IS, "", "2019"},
	{AS_IS, "", "2018"},
	{AS_IS, "", "2026!"},
	{AS_IS, "", "2025!"},
	{AS_IS, "", "2024!"},
	{CAPITALISED, "", "2026!"},
	{CAPITALISED, "", "2025!"},
	{CAPITALISED, "", "2024!"},
	{CAPITALISED, "", "2026"},
	{CAPITALISED, "", "2025"},
	{CAPITALISED, "", "2024"}
};

#define lengthof(array) ((int) (sizeof(array) / sizeof((array)[0])))

const int	rg_variation_count = lengthof(variations);

/* The name of a kind in SQL. */
const char *
rg_guess_kind_name(enum rg_guess_kind kind)
{
	switch (kind)
	{
		case RG_GUESS_ROLE_NAME:
			return "role name";
		case RG_GUESS_EMPTY:
			return "empty";
		case RG_GUESS_CANDIDATE:
			return "candidate";
		case RG_GUESS_VARIATION:
			return "variation of the role name";
		case RG_GUESS_DATABASE:
			return "database name";
		case RG_GUESS_COMMON:
			break;
	}
	return "common password";
}

/* Appends the common passwords from one number to before another. */
static struct rg_guess *
add_common(struct rg_guess *end, int from, int to)
{
	int			i;

	for (i = from; i < to && i < rg_common_password_count; i++)
	{
		end->kind = RG_GUESS_COMMON;
		end->variation = 0;
		end->text = rg_common_passwords[i];
		end->len = strlen(rg_common_passwords[i]);
		end++;
	}
	return end;
}

/* The same for the variations of a name. */
static struct rg_guess *
add_variations(struct rg_guess *end, int from, int to)
{
	int			i;

	for (i = from; i < to && i < rg_variation_count; i++)
	{
		end->kind = RG_GUESS_VARIATION;
		end->variation = i;
		end->text = NULL;
		end->len = 0;
		end++;
	}
	return end;
}

/* The same for guesses that somebody else made. */
static struct rg_guess *
add_guesses(struct rg_guess *end, const struct rg_guess *from, size_t n)
{
	if (n > 0)
		memcpy(end, from, n * sizeof(*from));
	return end + n;
}

/*
 * Writes all guesses in the order in which they are made, and returns their
 * number: what is given, two for each role's name and the empty password, and
 * those of both tables.  The list points to the texts that it was given.
 */
size_t
rg_guess_list(struct rg_guess *list,
			  const struct rg_guess *candidates, size_t ncandidates,
			  const struct rg_guess *databases, size_t ndatabases)
{
	static const struct rg_guess first[] = {
		{RG_GUESS_ROLE_NAME, 0, NULL, 0},
		{RG_GUESS_EMPTY, 0, "", 0}
	};
	struct rg_guess *end;

	end = add_guesses(list, first, lengthof(first));
	end = add_guesses(end, candidates, ncandidates);
	end = add_variations(end, 0, RG_LEADING_VARIATIONS);
	end = add_common(end, 0, RG_LEADING_COMMON);
	end = add_guesses(end, databases, ndatabases);
	end = add_variations(end, RG_LEADING_VARIATIONS, rg_variation_count);
	end = add_common(end, RG_LEADING_COMMON, rg_common_password_count);
	return (size_t) (end - list);
}

/* A letter of ASCII in the other case, everything else as it is. */
static char
to_case(char c, bool upper)
{
	if (upper && c >= 'a' && c <= 'z')
		return (char) (c - 'a' + 'A');
	if (!upper && c >= 'A' && c <= 'Z')
		return (char) (c - 'A' + 'a');
	return c;
}

/* Changes the case of len bytes; false if they are what they were. */
static bool
change_case(char *s, size_t len, enum form form)
{
	bool		changed = false;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		char		c = to_case(s[i], form == UPPER || (form == CAPITALISED && i == 0));

		changed |= c != s[i];
		s[i] = c;
	}
	return changed;
}

/*
 * Writes the variation of a name, RG_VARIATION_BYTES at most and without a zero
 * byte at the end.  False where there is none: reversed is NULL, the name is
 * empty or too long, or the variation would be the name as it is.
 */
bool
rg_variation(int number, const char *name, const char *reversed,
			 char *out, size_t *len)
{
	const struct variation *how = &variations[number];
	const char *stem = how->form == REVERSED ? reversed : name;
	size_t		before = strlen(how->before);
	size_t		after = strlen(how->after);
	size_t		n = stem == NULL ? 0 : strlen(stem);

	if (n == 0 || n > RG_VARIED_NAME_BYTES)
		return false;
	memcpy(out, how->before, before);
	out += before;
	memcpy(out, stem, n);
	if (how->form == LOWER || how->form == UPPER || how->form == CAPITALISED)
	{
		if (!change_case(out, n, how->form))
			return false;
	}
	else if (how->form == DOUBLED)
	{
		memcpy(out + n, stem, n);
		n *= 2;
	}
	memcpy(out + n, how->after, after);
	*len = before + n + after;
	return true;
}
