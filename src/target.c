/*-------------------------------------------------------------------------
 *
 * target.c
 *		Reads the stored passwords that guesses are tried on.
 *
 * Knows where they are and which of them can be tested.  Never asks for a
 * right: the caller has to.  What it reads is wiped with the context that it
 * is kept in, also when an error ends the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_authid.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "target.h"

/* Wipes keys that were read or computed, when their context goes. */
static void
wipe(void *arg)
{
	struct rg_targets *targets = arg;

	if (targets->array != NULL)
		explicit_bzero(targets->array, targets->n * sizeof(*targets->array));
	if (targets->salted != NULL)
		explicit_bzero(targets->salted, targets->nsalted * sizeof(*targets->salted));
}

/*
 * A name backwards, character by character; NULL where it comes from a
 * database with another encoding and is none in this one.
 */
static const char *
reverse_name(const char *name)
{
	int			len = (int) strlen(name);
	char	   *reversed;
	int			i;

	if (!pg_verifymbstr(name, len, true))
		return NULL;
	reversed = palloc0(len + 1);
	for (i = 0; i < len;)
	{
		int			n = pg_encoding_mblen(GetDatabaseEncoding(), name + i);

		if (n > len - i)
			return NULL;
		memcpy(reversed + len - i - n, name + i, n);
		i += n;
	}
	return reversed;
}

/*
 * Decodes a SCRAM verifier whose number of iterations does not fit into an
 * integer: the server wraps it, and takes 4294967297 for 1 (parse_scram_secret()
 * in auth-scram.c).  False for anything else.
 */
static bool
decode_wrapped(const char *s, size_t len, struct rg_verifier_secret *secret)
{
	static const char prefix[] = "SCRAM-SHA-256$";
	size_t		at = sizeof(prefix) - 1;
	size_t		end;
	uint64		number = 0;
	char		buffer[RG_MAX_VERIFIER_BYTES];
	int			used;

	if (len > sizeof(buffer) || len < at || memcmp(s, prefix, at) != 0)
		return false;
	while (at < len && s[at] == '0')
		at++;
	for (end = Min(len, at + 18); at < end && s[at] >= '0' && s[at] <= '9'; at++)
		number = number * 10 + (s[at] - '0');
	if (number <= PG_INT32_MAX)
		return false;
	/* it is no longer than what it replaces */
	used = snprintf(buffer, sizeof(buffer), "%s%u", prefix, (uint32) number);
	memcpy(buffer + used, s + at, len - at);
	rg_verifier_decode(buffer, used + len - at, secret);
	explicit_bzero(buffer, sizeof(buffer));
	return secret->about.kind == RG_VERIFIER_SCRAM_SHA_256;
}

/* Keeps what a guess is compared with, or says why there can be none. */
static void
read_verifier(struct rg_target *target, Datum stored)
{
	text	   *bytes = DatumGetTextPP(stored);
	struct rg_verifier_secret secret;

	rg_verifier_decode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), &secret);
	target->about = secret.about;
	if (secret.about.kind == RG_VERIFIER_UNRECOGNISED &&
		!decode_wrapped(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), &secret))
		secret.about = target->about;
	if ((Pointer) bytes != DatumGetPointer(stored))
	{
		explicit_bzero(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		pfree(bytes);
	}

	target->effective = secret.about;
	memcpy(target->key, secret.key, sizeof(target->key));
	if (secret.about.kind == RG_VERIFIER_SCRAM_SHA_256)
	{
		unsigned char *salt = palloc(secret.about.salt_length);

		memcpy(salt, secret.salt, secret.about.salt_length);
		target->salt = salt;
	}
	explicit_bzero(&secret, sizeof(secret));

	if (target->about.kind == RG_VERIFIER_UNRECOGNISED)
		target->reason = "the stored form is none that PostgreSQL writes";
	else if (target->about.iterations > RG_MAX_GUESS_ITERATIONS)
		target->reason = psprintf("a guess takes %d iterations, and more than %d could not be cancelled in time",
								  target->about.iterations, RG_MAX_GUESS_ITERATIONS);
	if (target->reason != NULL)
		target->result = RG_TARGET_NOT_TESTED;
}

/* Takes over one row of pg_authid; false if it has no password. */
static bool
read_role(struct rg_target *target, HeapTuple tuple, TupleDesc desc)
{
	Form_pg_authid role = (Form_pg_authid) GETSTRUCT(tuple);
	Datum		value;
	bool		isnull;

	value = heap_getattr(tuple, Anum_pg_authid_rolpassword, desc, &isnull);
	if (isnull)
		return false;

	memset(target, 0, sizeof(*target));
	target->role = role->rolname;
	target->reversed = reverse_name(NameStr(role->rolname));
	target->can_login = role->rolcanlogin;
	target->superuser = role->rolsuper;
	target->salted = -1;
	read_verifier(target, value);

	value = heap_getattr(tuple, Anum_pg_authid_rolvaliduntil, desc, &isnull);
	target->expires = !isnull;
	if (!isnull)
		target->valid_until = DatumGetTimestampTz(value);
	return true;
}

/* Makes room for as many targets again; wipes the smaller array. */
static void
grow(struct rg_targets *targets, size_t *room)
{
	size_t		more = *room == 0 ? 64 : *room * 2;
	struct rg_target *old = targets->array;
	struct rg_target *array;

	array = MemoryContextAllocHuge(CurrentMemoryContext, more * sizeof(*array));
	if (old != NULL)
	{
		memcpy(array, old, targets->n * sizeof(*array));
		explicit_bzero(old, targets->n * sizeof(*array));
		pfree(old);
	}
	targets->array = array;
	*room = more;
}

/* Orders roles that share a salt next to each other. */
static int
compare_salts(const void *a, const void *b)
{
	const struct rg_target *left = a;
	const struct rg_target *right = b;

	if (left->effective.kind != right->effective.kind)
		return left->effective.kind < right->effective.kind ? -1 : 1;
	if (left->effective.iterations != right->effective.iterations)
		return left->effective.iterations < right->effective.iterations ? -1 : 1;
	if (left->effective.salt_length != right->effective.salt_length)
		return left->effective.salt_length < right->effective.salt_length ? -1 : 1;
	if (left->effective.salt_length == 0)
		return 0;
	return memcmp(left->salt, right->salt, left->effective.salt_length);
}

/* Orders roles by what a guessed password is worth, then by name. */
static int
compare_worth(const void *a, const void *b)
{
	const struct rg_target *left = a;
	const struct rg_target *right = b;

	if (left->can_login != right->can_login)
		return left->can_login ? -1 : 1;
	if (left->superuser != right->superuser)
		return left->superuser ? -1 : 1;
	return strcmp(NameStr(left->role), NameStr(right->role));
}

/* Numbers the salts, so that roles with the same one share the work. */
static void
number_salts(struct rg_targets *targets)
{
	struct rg_target *array = targets->array;
	size_t		i;

	qsort(array, targets->n, sizeof(*array), compare_salts);
	for (i = 0; i < targets->n; i++)
	{
		if (array[i].effective.kind != RG_VERIFIER_SCRAM_SHA_256)
			continue;
		if (i > 0 && compare_salts(&array[i - 1], &array[i]) == 0)
			array[i].salted = array[i - 1].salted;
		else
			array[i].salted = (int) targets->nsalted++;
	}
	if (targets->nsalted > 0)
		targets->salted = MemoryContextAllocExtended(CurrentMemoryContext,
													 targets->nsalted * sizeof(*targets->salted),
													 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/*
 * Reads all roles with a password into a context, those first whose password
 * is worth most.
 */
void
rg_targets_read(struct rg_targets *targets, MemoryContext context)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	MemoryContextCallback *callback = palloc0(sizeof(*callback));
	size_t		room = 0;
	Relation	authid;
	SysScanDesc scan;
	HeapTuple	tuple;

	memset(targets, 0, sizeof(*targets));
	callback->func = wipe;
	callback->arg = targets;
	MemoryContextRegisterResetCallback(context, callback);

	authid = table_open(AuthIdRelationId, AccessShareLock);
	scan = systable_beginscan(authid, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		if (targets->n == room)
			grow(targets, &room);
		if (read_role(&targets->array[targets->n], tuple, RelationGetDescr(authid)))
			targets->n++;
	}
	systable_endscan(scan);
	table_close(authid, AccessShareLock);

	if (targets->n > 0)
	{
		number_salts(targets);
		qsort(targets->array, targets->n, sizeof(*targets->array), compare_worth);
	}
	MemoryContextSwitchTo(old_context);
}

/* Orders equal verifiers next to each other, then by name. */
static int
compare_keys(const void *a, const void *b)
{
	const struct rg_target *left = a;
	const struct rg_target *right = b;
	int			order;

	if (left->salted != right->salted)
		return left->salted < right->salted ? -1 : 1;
	order = memcmp(left->key, right->key, sizeof(left->key));
	return order != 0 ? order : strcmp(NameStr(left->role), NameStr(right->role));
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(NameStr(((const struct rg_target *) a)->role),
				  NameStr(((const struct rg_target *) b)->role));
}

/*
 * Finds SCRAM verifiers that are equal, which happens only by copying.  MD5
 * ones are salted with the role's name: a copy there opens nothing.  Leaves the
 * roles in the order of their names.
 */
void
rg_targets_compare(struct rg_targets *targets)
{
	struct rg_target *array = targets->array;
	size_t		i;

	if (targets->n == 0)
		return;
	qsort(array, targets->n, sizeof(*array), compare_keys);
	for (i = 1; i < targets->n; i++)
	{
		const struct rg_target *last = &array[i - 1];

		if (array[i].salted < 0 || array[i].salted != last->salted ||
			memcmp(array[i].key, last->key, sizeof(last->key)) != 0)
			continue;
		array[i].is_copy = true;
		array[i].same_as = last->is_copy ? last->same_as : last->role;
	}
	qsort(array, targets->n, sizeof(*array), compare_names);
}

/* The target of a role after rg_targets_compare(), NULL if there is none. */
const struct rg_target *
rg_targets_find(const struct rg_targets *targets, const char *role)
{
	struct rg_target key;

	if (targets->n == 0)
		return NULL;
	namestrcpy(&key.role, role);
	return bsearch(&key, targets->array, targets->n, sizeof(key), compare_names);
}
