/*-------------------------------------------------------------------------
 *
 * chain.c
 *		Whether the certificates of a file lead from the leaf to a root.
 *
 * Knows what the server sends to a client, and verifies it as a client would
 * that trusts where the chain ends.  Never asks the machine's own list of
 * roots, and never takes longer than OpenSSL needs for a chain of 100: longer
 * ones no client accepts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef USE_OPENSSL

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "miscadmin.h"

#include "certificate.h"
#include "certificate_file.h"

/* The way from the leaf upwards; the certificates belong to others. */
struct way
{
	X509	  **steps;
	int			count;
	bool		complete;		/* ends with one that signed itself */
};

static X509 *
top(const struct way *way)
{
	return way->steps[way->count - 1];
}

/*
 * Finds who issued a certificate among those that are not taken yet, the one
 * at first before all others: usually they stand in order.  Returns its place
 * or -1.
 */
static int
find_issuer(rg_certificates *certificates, X509 *of, int first,
			const bool *taken)
{
	int			count = sk_X509_num(certificates);
	int			i;

	for (i = 0; i < count; i++)
	{
		int			place = (first + i) % count;

		CHECK_FOR_INTERRUPTS();
		if (!taken[place] &&
			X509_check_issued(sk_X509_value(certificates, place), of) == X509_V_OK)
			return place;
	}
	return -1;
}

/*
 * Walks up from the top of the way.  With roots_only only a certificate that
 * signed itself counts as a step.
 */
static void
walk(struct way *way, rg_certificates *certificates, bool *taken, int first,
	 bool roots_only)
{
	int			place;

	while (!way->complete &&
		   (place = find_issuer(certificates, top(way), first, taken)) >= 0)
	{
		X509	   *issuer = sk_X509_value(certificates, place);
		bool		is_root = rg_certificate_is_self_signed(issuer);

		taken[place] = true;
		first = place + 1;
		if (roots_only && !is_root)
			continue;
		way->steps[way->count++] = issuer;
		way->complete = is_root;
	}
}

/* The words for a certificate that is out of its time, or NULL. */
static const char *
out_of_time(X509 *x509)
{
	if (X509_cmp_current_time(X509_get0_notBefore(x509)) > 0)
		return "certificate is not yet valid";
	if (X509_cmp_current_time(X509_get0_notAfter(x509)) < 0)
		return "certificate has expired";
	return NULL;
}

/* Verifies all but dates; returns what is wrong, or NULL.  Raises nothing. */
static const char *
verify(X509 *x509, rg_certificates *untrusted, X509_STORE *store,
	   unsigned long flags, int purpose)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int			error = X509_V_ERR_UNSPECIFIED;

	if (ctx != NULL && X509_STORE_CTX_init(ctx, store, x509, untrusted) == 1)
	{
		X509_STORE_CTX_set_flags(ctx, flags | X509_V_FLAG_NO_CHECK_TIME);
		if (purpose != 0)
			X509_STORE_CTX_set_purpose(ctx, purpose);
		if (X509_verify_cert(ctx) == 1)
			error = X509_V_OK;
		else if (X509_STORE_CTX_get_error(ctx) != X509_V_OK)
			error = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return error == X509_V_OK ? NULL : X509_verify_cert_error_string(error);
}

/* Verifies a way, its top taken as trusted.  Raises nothing. */
static const char *
verify_way(const struct way *way)
{
	static const char *const no_memory = "out of memory";
	const char *problem = no_memory;
	rg_certificates *untrusted = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	bool		ok = untrusted != NULL && store != NULL;
	int			i;

	for (i = 0; ok && i < way->count; i++)
		ok = sk_X509_push(untrusted, way->steps[i]) > 0;
	if (ok && X509_STORE_add_cert(store, top(way)) == 1)
		problem = verify(way->steps[0], untrusted, store,
						 X509_V_FLAG_PARTIAL_CHAIN, X509_PURPOSE_SSL_SERVER);
	sk_X509_free(untrusted);
	X509_STORE_free(store);
	for (i = 0; problem == NULL && i < way->count; i++)
		problem = out_of_time(way->steps[i]);
	return problem;
}

/*
 * Says whether the chain of the first certificate verifies: "complete", "open"
 * if its end was issued by none in these files, or what is wrong.  Sets which
 * certificates of the file are part of it.  A file with the leaf alone is
 * completed from ca, as OpenSSL does it; otherwise ca only gives the root.
 */
const char *
rg_chain_examine(struct rg_certificate_file *file,
				 struct rg_certificate_file *ca, bool *in_chain)
{
	int			count = sk_X509_num(file->certificates);
	int			ca_count = ca != NULL ? sk_X509_num(ca->certificates) : 0;
	bool	   *taken = palloc0(ca_count + 1);
	struct way	way = {NULL};
	const char *problem;

	way.steps = palloc((count + ca_count) * sizeof(X509 *));
	way.steps[way.count++] = sk_X509_value(file->certificates, 0);
	way.complete = rg_certificate_is_self_signed(way.steps[0]);
	memset(in_chain, 0, count);
	in_chain[0] = true;
	walk(&way, file->certificates, in_chain, 1, false);
	if (way.count < count && !way.complete)
		problem = "the certificates of the file do not lead from one to the next";
	else
	{
		if (ca_count > 0)
			walk(&way, ca->certificates, taken, 0, count > 1);
		problem = verify_way(&way);
	}
	pfree(taken);
	pfree(way.steps);
	return problem != NULL ? problem : way.complete ? "complete" : "open";
}

/* All certificates of the file as anchors. */
static X509_STORE *
store_of(struct rg_certificate_file *file)
{
	int			i;

	if (file->store != NULL)
		return file->store;
	file->store = X509_STORE_new();
	if (file->store == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	for (i = 0; i < sk_X509_num(file->certificates); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (X509_STORE_add_cert(file->store,
								sk_X509_value(file->certificates, i)) != 1)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	}
	return file->store;
}

/*
 * Says whether a certificate for clients is, or leads to, one in the same file
 * that signed itself: "complete", or what is wrong.
 */
const char *
rg_chain_examine_ca(struct rg_certificate_file *file, X509 *x509)
{
	const char *problem = verify(x509, NULL, store_of(file), 0, 0);

	if (problem == NULL)
		problem = out_of_time(x509);
	return problem != NULL ? problem : "complete";
}

#endif							/* USE_OPENSSL */
