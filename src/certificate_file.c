/*-------------------------------------------------------------------------
 *
 * certificate_file.c
 *		Reads the certificates of a file.
 *
 * Knows which blocks of a file in PEM form the server itself would load, and
 * where to stop: at 1 MB, at 1,000 certificates, at anything but a regular
 * file.  Never decodes a private key that stands in the same file, and leaves
 * neither that nor anything of OpenSSL's behind, also when it raises.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef USE_OPENSSL

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "certificate_file.h"
#include "pem.h"

#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

#define MAX_FILE_BYTES (1024 * 1024)
#define MAX_CERTIFICATES 1000

/* A private key may stand in the same file: nothing of it must stay. */
static void
wipe_bytes(struct rg_certificate_file *file)
{
	if (file->bytes != NULL)
		explicit_bzero(file->bytes, file->nbytes);
}

/* What was read goes, the certificates stay. */
void
rg_certificate_file_forget(struct rg_certificate_file *file)
{
	wipe_bytes(file);
	pfree(file->bytes);
	file->bytes = NULL;
}

/* Gives back what no memory context knows of, also after an error. */
static void
free_objects(void *arg)
{
	struct rg_certificate_file *file = arg;

	wipe_bytes(file);
	sk_X509_pop_free(file->certificates, X509_free);
	X509_STORE_free(file->store);
	file->certificates = NULL;
	file->store = NULL;
}

/* An empty list in the current memory context. */
struct rg_certificate_file *
rg_certificate_file_new(const char *path)
{
	struct rg_certificate_file *file = palloc0(sizeof(*file));

	file->path = path;
	file->callback.func = free_objects;
	file->callback.arg = file;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &file->callback);
	file->certificates = sk_X509_new_null();
	if (file->certificates == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return file;
}

/* Appends a certificate, of which the list becomes the owner. */
void
rg_certificate_file_add(struct rg_certificate_file *file, X509 *x509)
{
	if (sk_X509_push(file->certificates, x509) > 0)
		return;
	X509_free(x509);
	ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

/* A time of stat(), which has fractions of a second. */
static TimestampTz
timestamp_of(const struct timespec *time)
{
	return time_t_to_timestamptz(time->tv_sec) + time->tv_nsec / 1000;
}

/*
 * When the file was last written, replaced, or given other rights: a file that
 * was copied with its old date, and a link that leads elsewhere, are new, too.
 */
static TimestampTz
time_of_change(const char *path, const struct stat *st)
{
	TimestampTz time = Max(timestamp_of(&st->st_mtim),
						   timestamp_of(&st->st_ctim));
	struct stat link;

	if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
		time = Max(time, timestamp_of(&link.st_ctim));
	return time;
}

/* Raises unless this is a file that can be read without harm. */
static void
require_regular(const char *path, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file", path)));
	if (st->st_size > MAX_FILE_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("certificate file \"%s\" is larger than %d bytes",
						path, MAX_FILE_BYTES)));
}

/*
 * Raises with what errno says.  A right that the server lacks is none that the
 * caller lacks.
 */
static void
raise_file_error(const char *path)
{
	bool		is_denied = errno == EACCES || errno == EPERM;

	ereport(ERROR,
			(errcode_for_file_access(),
			 is_denied ? errcode(ERRCODE_CONFIG_FILE_ERROR) : 0,
			 errmsg("could not read certificate file \"%s\": %m", path)));
}

/* Reads the whole file. */
static void
read_bytes(struct rg_certificate_file *file)
{
	const char *path = file->path;
	struct stat st;
	int			fd;

	/* a FIFO without writer must not keep us waiting */
	if (stat(path, &st) != 0)
		raise_file_error(path);
	require_regular(path, &st);
	fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	if (fd < 0 || fstat(fd, &st) != 0)
		raise_file_error(path);
	require_regular(path, &st);
	file->changed = time_of_change(path, &st);

	file->nbytes = 0;
	file->bytes = palloc(MAX_FILE_BYTES);
	while (file->nbytes < MAX_FILE_BYTES)
	{
		ssize_t		got = read(fd, file->bytes + file->nbytes,
							   MAX_FILE_BYTES - file->nbytes);

		if (got < 0)
			raise_file_error(path);
		if (got == 0)
			break;
		file->nbytes += got;
		CHECK_FOR_INTERRUPTS();
	}
	CloseTransientFile(fd);
}

/*
 * Would the server read this block?  In ssl_cert_file it accepts the form with
 * OpenSSL's own remarks only at the beginning, and skips it later.
 */
static bool
is_certificate(const struct rg_pem_block *block, bool with_remarks)
{
	return rg_pem_is(block, "CERTIFICATE") ||
		rg_pem_is(block, "X509 CERTIFICATE") ||
		(with_remarks && rg_pem_is(block, "TRUSTED CERTIFICATE"));
}

/* The certificate in a block, or NULL. */
static X509 *
decode_certificate(const struct rg_pem_block *block, unsigned char *buffer)
{
	const unsigned char *at = buffer;
	size_t		len;
	X509	   *x509 = NULL;

	ERR_clear_error();
	if (rg_pem_decode(block, buffer, &len))
		x509 = rg_pem_is(block, "TRUSTED CERTIFICATE") ?
			d2i_X509_AUX(NULL, &at, (long) len) : d2i_X509(NULL, &at, (long) len);
	ERR_clear_error();
	return x509;
}

/* Raises because a block is none, or not what it says. */
static void
raise_unreadable(const char *path, int number)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("could not read certificate %d in file \"%s\"", number, path),
			 errdetail("It is not well-formed.")));
}

/* Reads all certificates among the blocks of a text. */
static void
read_blocks(struct rg_certificate_file *file, struct rg_pem_reader reader,
			bool is_chain)
{
	unsigned char *buffer = palloc(reader.len + 3);
	struct rg_pem_block block;
	enum rg_pem_result result;
	int			count = 0;

	while ((result = rg_pem_next(&reader, &block)) == RG_PEM_BLOCK)
	{
		X509	   *x509;

		CHECK_FOR_INTERRUPTS();
		if (!is_certificate(&block, !is_chain || count == 0))
			continue;
		if (++count > MAX_CERTIFICATES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("more than %d certificates in file \"%s\"",
							MAX_CERTIFICATES, file->path)));
		x509 = decode_certificate(&block, buffer);
		if (x509 == NULL)
			raise_unreadable(file->path, count);
		rg_certificate_file_add(file, x509);
	}
	if (result == RG_PEM_BROKEN)
		raise_unreadable(file->path, count + 1);
	pfree(buffer);
}

/*
 * The certificates of a file in PEM form, is_chain as the server reads
 * ssl_cert_file, otherwise as ssl_ca_file.  A relative path starts at the data
 * directory.  Raises what opening a file raises, 42809 for what is no regular
 * file, 54000 for one that is too large, F0000 for one without certificate.
 */
struct rg_certificate_file *
rg_certificate_file_read(const char *path, bool is_chain)
{
	struct rg_certificate_file *file = rg_certificate_file_new(path);
	struct rg_pem_reader reader;

	read_bytes(file);
	reader.s = file->bytes;
	reader.len = file->nbytes;
	read_blocks(file, reader, is_chain);
	if (sk_X509_num(file->certificates) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("there is no certificate in PEM form in file \"%s\"", path),
				 file->nbytes > 0 && file->bytes[0] == 0x30 ?
				 errhint("It may be in DER form: convert it with openssl x509 -inform DER.") : 0));
	rg_certificate_file_forget(file);
	return file;
}

/*
 * The bytes of a file, without looking at them; rg_certificate_file_forget()
 * wipes them.  Raises what rg_certificate_file_read() does for the file itself.
 */
struct rg_certificate_file *
rg_certificate_file_open(const char *path)
{
	struct rg_certificate_file *file = rg_certificate_file_new(path);

	read_bytes(file);
	return file;
}

#endif							/* USE_OPENSSL */
