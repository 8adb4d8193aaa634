/*-------------------------------------------------------------------------
 *
 * cipher_group.c
 *		The groups that a ClientHello names.
 *
 * Knows the form of that message and IANA's numbers of groups.  Pure: bytes
 * in, numbers out, no OpenSSL and no PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include "cipher_group.h"

#define HANDSHAKE_RECORD 22
#define CLIENT_HELLO 1
#define SUPPORTED_GROUPS 10

/*
 * RFC 8422, 7919, 8446, 8734 and the drafts for post-quantum groups.  The
 * strength of the finite fields is that of NIST SP 800-57.
 */
static const struct rg_group known_groups[] = {
	{1, "sect163k1", "ECDHE", 80},
	{2, "sect163r1", "ECDHE", 80},
	{3, "sect163r2", "ECDHE", 80},
	{4, "sect193r1", "ECDHE", 96},
	{5, "sect193r2", "ECDHE", 96},
	{6, "sect233k1", "ECDHE", 112},
	{7, "sect233r1", "ECDHE", 112},
	{8, "sect239k1", "ECDHE", 112},
	{9, "sect283k1", "ECDHE", 128},
	{10, "sect283r1", "ECDHE", 128},
	{11, "sect409k1", "ECDHE", 192},
	{12, "sect409r1", "ECDHE", 192},
	{13, "sect571k1", "ECDHE", 256},
	{14, "sect571r1", "ECDHE", 256},
	{15, "secp160k1", "ECDHE", 80},
	{16, "secp160r1", "ECDHE", 80},
	{17, "secp160r2", "ECDHE", 80},
	{18, "secp192k1", "ECDHE", 96},
	{19, "prime192v1", "ECDHE", 96},
	{20, "secp224k1", "ECDHE", 112},
	{21, "secp224r1", "ECDHE", 112},
	{22, "secp256k1", "ECDHE", 128},
	{23, "prime256v1", "ECDHE", 128},
	{24, "secp384r1", "ECDHE", 192},
	{25, "secp521r1", "ECDHE", 256},
	{26, "brainpoolP256r1", "ECDHE", 128},
	{27, "brainpoolP384r1", "ECDHE", 192},
	{28, "brainpoolP512r1", "ECDHE", 256},
	{29, "X25519", "ECDHE", 128},
	{30, "X448", "ECDHE", 224},
	{31, "brainpoolP256r1tls13", "ECDHE", 128},
	{32, "brainpoolP384r1tls13", "ECDHE", 192},
	{33, "brainpoolP512r1tls13", "ECDHE", 256},
	{41, "curveSM2", "ECDHE", 128},
	{256, "ffdhe2048", "DHE", 112},
	{257, "ffdhe3072", "DHE", 128},
	{258, "ffdhe4096", "DHE", 128},
	{259, "ffdhe6144", "DHE", 128},
	{260, "ffdhe8192", "DHE", 192},
	{512, "MLKEM512", "ML-KEM", 128},
	{513, "MLKEM768", "ML-KEM", 192},
	{514, "MLKEM1024", "ML-KEM", 256},
	{4587, "SecP256r1MLKEM768", "ECDHE and ML-KEM", 192},
	{4588, "X25519MLKEM768", "ECDHE and ML-KEM", 192},
	{4589, "SecP384r1MLKEM1024", "ECDHE and ML-KEM", 256},
	{4590, "curveSM2MLKEM768", "ECDHE and ML-KEM", 192}
};

/* The known group with this number, or NULL. */
const struct rg_group *
rg_find_group(uint16_t id)
{
	size_t		i;

	for (i = 0; i < sizeof(known_groups) / sizeof(known_groups[0]); i++)
	{
		if (known_groups[i].id == id)
			return &known_groups[i];
	}
	return NULL;
}

/* What is left of a message. */
struct rest
{
	const unsigned char *bytes;
	size_t		len;
};

/* Takes a number of so many bytes off the front. */
static bool
take_number(struct rest *rest, int nbytes, size_t *number)
{
	if (rest->len < (size_t) nbytes)
		return false;
	*number = 0;
	for (; nbytes > 0; nbytes--)
	{
		*number = (*number << 8) | *rest->bytes++;
		rest->len--;
	}
	return true;
}

/* Takes a part that a length of so many bytes precedes. */
static bool
take_part(struct rest *rest, int nbytes, struct rest *part)
{
	size_t		len;

	if (!take_number(rest, nbytes, &len) || rest->len < len)
		return false;
	part->bytes = rest->bytes;
	part->len = len;
	rest->bytes += len;
	rest->len -= len;
	return true;
}

/* Takes bytes that mean nothing here. */
static bool
skip(struct rest *rest, size_t nbytes)
{
	if (rest->len < nbytes)
		return false;
	rest->bytes += nbytes;
	rest->len -= nbytes;
	return true;
}

/* Finds the extensions; none is an empty part. */
static bool
find_extensions(struct rest rest, struct rest *extensions)
{
	struct rest record;
	struct rest message;
	struct rest part;
	size_t		type;

	/* one record: OpenSSL splits no ClientHello below 16 kB */
	if (!take_number(&rest, 1, &type) || type != HANDSHAKE_RECORD ||
		!skip(&rest, 2) || !take_part(&rest, 2, &record) ||
		!take_number(&record, 1, &type) || type != CLIENT_HELLO ||
		!take_part(&record, 3, &message))
		return false;
	/* version and random, session, suites, compression */
	if (!skip(&message, 2 + 32) || !take_part(&message, 1, &part) ||
		!take_part(&message, 2, &part) || !take_part(&message, 1, &part))
		return false;
	if (message.len == 0)
	{
		*extensions = message;
		return true;
	}
	return take_part(&message, 2, extensions);
}

/*
 * The numbers of the groups that a ClientHello in one TLS record names, in
 * their order: at most RG_HELLO_GROUPS.  Returns false if it is none.
 */
bool
rg_hello_groups(const unsigned char *hello, size_t len, uint16_t *ids, int *count)
{
	struct rest rest = {hello, len};
	struct rest extensions;

	*count = 0;
	if (!find_extensions(rest, &extensions))
		return false;
	while (extensions.len > 0)
	{
		struct rest body;
		struct rest list;
		size_t		type;
		size_t		id;

		if (!take_number(&extensions, 2, &type) || !take_part(&extensions, 2, &body))
			return false;
		if (type != SUPPORTED_GROUPS)
			continue;
		if (!take_part(&body, 2, &list))
			return false;
		while (list.len > 0 && *count < RG_HELLO_GROUPS)
		{
			if (!take_number(&list, 2, &id))
				return false;
			ids[(*count)++] = (uint16_t) id;
		}
	}
	return true;
}
