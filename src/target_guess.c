/*-------------------------------------------------------------------------
 *
 * target_guess.c
 *		Tries guesses on stored passwords, as long as there is time.
 *
 * Knows how PostgreSQL makes a verifier from a password.  Never logs, raises or
 * keeps a guess: what is made from one is wiped before the next interrupt can
 * end the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/saslprep.h"
#include "miscadmin.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "compat.h"
#include "target.h"

#define CALIBRATION_ITERATIONS 200
#define CALIBRATION_RUNS 3

static const char client_key_label[] = "Client Key";

/* As pg_be_scram_build_secret() does: what SASLprep refuses is taken as it is. */
static char *
prepare_guess(const char *guess, size_t len)
{
	char	   *terminated;
	char	   *prepared;
	size_t		i;

	for (i = 0; i < len && !IS_HIGHBIT_SET(guess[i]); i++)
		 /* SASLprep leaves ASCII alone */ ;
	if (i == len || len > RG_SASLPREP_BYTES)
		return NULL;

	terminated = pnstrdup(guess, len);
	if (pg_saslprep(terminated, &prepared) != SASLPREP_SUCCESS)
		prepared = NULL;
	explicit_bzero(terminated, len);
	pfree(terminated);
	return prepared;
}

/* StoredKey of RFC 5802 for a password as it is; false if OpenSSL refuses. */
static bool
stored_key(const char *password, size_t len, const struct rg_verifier *about,
		   const unsigned char *salt, unsigned char *key)
{
	unsigned char salted[RG_SCRAM_KEY_BYTES];
	unsigned char client_key[RG_SCRAM_KEY_BYTES];
	unsigned int n = 0;
	bool		done;

	done = PKCS5_PBKDF2_HMAC(password, (int) len, salt, (int) about->salt_length,
							 about->iterations, EVP_sha256(), sizeof(salted), salted) == 1 &&
		HMAC(EVP_sha256(), salted, sizeof(salted), (const unsigned char *) client_key_label,
			 strlen(client_key_label), client_key, &n) != NULL &&
		EVP_Digest(client_key, sizeof(client_key), key, &n, EVP_sha256(), NULL) == 1;
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client_key, sizeof(client_key));
	return done;
}

/* As pg_md5_encrypt(): the hash of the password and the role's name. */
static bool
md5_hash(const char *password, size_t len, const char *role, unsigned char *hash)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		done;

	done = context != NULL &&
		EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1 &&
		EVP_DigestUpdate(context, password, len) == 1 &&
		EVP_DigestUpdate(context, role, strlen(role)) == 1 &&
		EVP_DigestFinal_ex(context, hash, NULL) == 1;
	EVP_MD_CTX_free(context);
	return done;
}

/* Reads the clock; false when the time is up. */
static bool
has_time(struct rg_budget *budget)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, budget->start);
	budget->spent = INSTR_TIME_GET_MILLISEC(now);
	return budget->spent < budget->milliseconds;
}

/* Measures what an iteration takes here, where nobody else gets in between. */
static void
calibrate(struct rg_budget *budget)
{
	static const struct rg_verifier about = {
		RG_VERIFIER_SCRAM_SHA_256, CALIBRATION_ITERATIONS, 16
	};
	static const unsigned char salt[16] = {0};
	unsigned char key[RG_SCRAM_KEY_BYTES];
	int			i;

	for (i = 0; i < CALIBRATION_RUNS; i++)
	{
		double		before = budget->spent;
		double		taken;

		(void) stored_key("calibration", strlen("calibration"), &about, salt, key);
		(void) has_time(budget);
		taken = (budget->spent - before) / CALIBRATION_ITERATIONS;
		if (i == 0 || taken < budget->per_iteration)
			budget->per_iteration = taken;
	}
}

/* Is there time for one guess that takes so many iterations? */
static bool
has_time_for(struct rg_budget *budget, int iterations)
{
	if (!has_time(budget))
		return false;
	if (iterations > 0 && budget->per_iteration == 0)
		calibrate(budget);
	return budget->spent + budget->per_iteration * iterations < budget->milliseconds;
}

/* Is this the password of a SCRAM verifier?  The key is shared by number. */
static bool
matches_scram(struct rg_target *target, struct rg_salted *salted, size_t number,
			  const char *guess, size_t len)
{
	if (number == 0 || salted->guess != number)
	{
		char	   *prepared = prepare_guess(guess, len);
		size_t		prepared_len = prepared != NULL ? strlen(prepared) : 0;

		salted->failed = !stored_key(prepared != NULL ? prepared : guess,
									 prepared != NULL ? prepared_len : len,
									 &target->about, target->salt, salted->key);
		salted->guess = number;
		if (prepared != NULL)
		{
			explicit_bzero(prepared, prepared_len);
			pfree(prepared);
		}
	}
	if (salted->failed)
	{
		target->result = RG_TARGET_NOT_TESTED;
		target->reason = "OpenSSL refuses to compute it";
		return false;
	}
	return CRYPTO_memcmp(salted->key, target->key, sizeof(target->key)) == 0;
}

/* Is this the password of an MD5 verifier? */
static bool
matches_md5(struct rg_target *target, const char *guess, size_t len)
{
	unsigned char hash[RG_MD5_BYTES];
	bool		equal;

	if (!md5_hash(guess, len, NameStr(target->role), hash))
	{
		target->result = RG_TARGET_NOT_TESTED;
		target->reason = "OpenSSL offers no MD5 here";
		return false;
	}
	equal = CRYPTO_memcmp(hash, target->key, sizeof(hash)) == 0;
	explicit_bzero(hash, sizeof(hash));
	return equal;
}

/* Tries one text on one role. */
static void
try_text(struct rg_targets *targets, struct rg_target *target, enum rg_guess_kind kind,
		 size_t number, const char *text, size_t len)
{
	bool		found;

	if (target->about.kind == RG_VERIFIER_MD5)
		found = matches_md5(target, text, len);
	else
		found = matches_scram(target, &targets->salted[target->salted], number, text, len);
	if (target->result == RG_TARGET_OPEN)
		target->guesses++;
	if (found)
	{
		target->result = RG_TARGET_GUESSED;
		target->guess_kind = kind;
	}
}

/*
 * Tries one guess on one role.  The number, counted from 1, tells guesses apart
 * that are the same for all roles.
 */
static void
try_guess(struct rg_targets *targets, struct rg_target *target,
		  const struct rg_guess *guess, size_t number)
{
	char		variation[RG_VARIATION_BYTES];
	size_t		len;

	switch (guess->kind)
	{
		case RG_GUESS_ROLE_NAME:
			try_text(targets, target, guess->kind, 0,
					 NameStr(target->role), strlen(NameStr(target->role)));
			break;
		case RG_GUESS_VARIATION:
			if (rg_variation(guess->variation, NameStr(target->role), target->reversed,
							 variation, &len))
			{
				try_text(targets, target, guess->kind, 0, variation, len);
				explicit_bzero(variation, len);
			}
			break;
		default:
			try_text(targets, target, guess->kind, number, guess->text, guess->len);
	}
}

/*
 * Makes all guesses, each on every role before the next.  What is not finished
 * when the time is up is out of time.  Can be cancelled between guesses.
 */
void
rg_targets_guess(struct rg_targets *targets, const struct rg_guess *guesses,
				 size_t nguesses, struct rg_budget *budget)
{
	size_t		open = targets->n;
	size_t		number;
	size_t		i;

	for (number = 1; number <= nguesses && open > 0; number++)
	{
		open = 0;
		for (i = 0; i < targets->n; i++)
		{
			struct rg_target *target = &targets->array[i];

			CHECK_FOR_INTERRUPTS();
			if (target->result != RG_TARGET_OPEN)
				continue;
			if (!has_time_for(budget, target->about.iterations))
				target->result = RG_TARGET_OUT_OF_TIME;
			else
				try_guess(targets, target, &guesses[number - 1], number);
			open += target->result == RG_TARGET_OPEN;
		}
	}
}
