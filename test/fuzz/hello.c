/*-------------------------------------------------------------------------
 *
 * hello.c
 *		Fuzzes rg_hello_groups() against a second reader of ClientHello.
 *
 * Sources: src/cipher_group.c
 * Longest input: 2000
 *
 * The second reader counts from the beginning of the bytes, where the first one
 * takes parts off parts: it goes by offsets and the ends that the lengths give.
 * What OpenSSL itself accepts as a ClientHello both have to accept.
 *
 *-------------------------------------------------------------------------
 */
#undef NDEBUG
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "cipher_group.h"

/* Where a part ends of which the length is at *at in n bytes; 0 if beyond end. */
static size_t
end_of_part(const uint8_t *s, size_t end, size_t *at, size_t n)
{
	size_t		length = 0;

	if (*at + n > end)
		return 0;
	for (; n > 0; n--)
		length = length * 256 + s[(*at)++];
	return *at + length > end ? 0 : *at + length;
}

/* The groups of the extensions from at to end. */
static bool
read_extensions(const uint8_t *s, size_t at, size_t end, uint16_t *ids, int *count)
{
	while (at < end)
	{
		size_t		type;
		size_t		body_end;
		size_t		list_end;

		if (at + 2 > end)
			return false;
		type = (size_t) s[at] * 256 + s[at + 1];
		at += 2;
		body_end = end_of_part(s, end, &at, 2);
		if (body_end == 0)
			return false;
		if (type == 10)
		{
			list_end = end_of_part(s, body_end, &at, 2);
			if (list_end == 0)
				return false;
			for (; at < list_end && *count < RG_HELLO_GROUPS; at += 2)
			{
				if (at + 2 > list_end)
					return false;
				ids[(*count)++] = (uint16_t) (s[at] * 256 + s[at + 1]);
			}
		}
		at = body_end;
	}
	return true;
}

static bool
read_hello(const uint8_t *s, size_t size, uint16_t *ids, int *count)
{
	size_t		at = 3;
	size_t		end;
	int			i;
	static const size_t lengths[] = {1, 2, 1};

	if (size < 3 || s[0] != 22)
		return false;
	end = end_of_part(s, size, &at, 2);
	if (end == 0 || at >= end || s[at++] != 1)
		return false;
	end = end_of_part(s, end, &at, 3);
	if (end == 0 || at + 34 > end)
		return false;
	at += 34;
	for (i = 0; i < 3; i++)
	{
		size_t		part_end = end_of_part(s, end, &at, lengths[i]);

		if (part_end == 0)
			return false;
		at = part_end;
	}
	if (at == end)
		return true;
	end = end_of_part(s, end, &at, 2);
	return end != 0 && read_extensions(s, at, end, ids, count);
}

/* What OpenSSL found before it looked at what it means. */
struct accepted
{
	bool		hello;
	bool		groups;
	size_t		len;
	unsigned char list[2 + 2 * RG_HELLO_GROUPS];
};

static int
take_groups(SSL *ssl, int *alert, void *argument)
{
	struct accepted *accepted = argument;
	const unsigned char *bytes;
	size_t		len;

	(void) alert;
	accepted->hello = true;
	if (SSL_client_hello_get0_ext(ssl, 10, &bytes, &len) == 1)
	{
		accepted->groups = true;
		accepted->len = len;
		memcpy(accepted->list, bytes, len < sizeof(accepted->list) ? len : sizeof(accepted->list));
	}
	return SSL_CLIENT_HELLO_ERROR;
}

static void
ask_openssl(const uint8_t *data, size_t size, struct accepted *accepted)
{
	static SSL_CTX *context = NULL;
	SSL		   *ssl;
	BIO		   *in = BIO_new_mem_buf(data, (int) size);

	memset(accepted, 0, sizeof(*accepted));
	if (context == NULL)
		context = SSL_CTX_new(TLS_server_method());
	assert(context != NULL && in != NULL);
	SSL_CTX_set_client_hello_cb(context, take_groups, accepted);
	ssl = SSL_new(context);
	assert(ssl != NULL);
	SSL_set_bio(ssl, in, BIO_new(BIO_s_null()));
	(void) SSL_accept(ssl);
	SSL_free(ssl);
}

/* One record of the form that both know has all of the message. */
static bool
is_whole(const uint8_t *s, size_t size)
{
	return size > 9 && s[0] == 22 && s[5] == 1 &&
		((size_t) s[6] << 16 | (size_t) s[7] << 8 | s[8]) + 4 <= (size_t) s[3] * 256 + s[4];
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t	seen[RG_HELLO_GROUPS];
	uint16_t	expected[RG_HELLO_GROUPS];
	int			count = -1;
	int			expected_count = 0;
	bool		ok = rg_hello_groups(data, size, seen, &count);
	struct accepted accepted;
	int			i;

	assert(count >= 0 && count <= RG_HELLO_GROUPS);
	assert(ok == read_hello(data, size, expected, &expected_count));
	if (ok)
	{
		assert(count == expected_count);
		assert(memcmp(seen, expected, (size_t) count * sizeof(seen[0])) == 0);
		for (i = 0; i < count; i++)
		{
			const struct rg_group *group = rg_find_group(seen[i]);

			assert(group == NULL || (group->id == seen[i] && group->strength > 0));
		}
	}

	ask_openssl(data, size, &accepted);
	if (accepted.hello && is_whole(data, size) && accepted.groups &&
		accepted.len >= 2 && accepted.len % 2 == 0 && accepted.len <= sizeof(accepted.list) &&
		(size_t) accepted.list[0] * 256 + accepted.list[1] == accepted.len - 2)
	{
		assert(ok);
		assert((size_t) count == accepted.len / 2 - 1);
		for (i = 0; i < count; i++)
			assert(seen[i] == accepted.list[2 + 2 * i] * 256 + accepted.list[3 + 2 * i]);
	}
	return 0;
}
