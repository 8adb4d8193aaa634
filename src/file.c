/*-------------------------------------------------------------------------
 *
 * file.c
 *		file_modes(), file_changed(): owner, mode, way and age of files of the
 *		server.
 *
 * Knows what the operating system tells without opening anything.  Never reads
 * a file or lists a folder, and never asks for the name of a user or a group:
 * that may go to a directory service, where no cancel reaches it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <errno.h>
#include <unistd.h>

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "fact.h"
#include "file_walk.h"

enum file_column
{
	COLUMN_PATH,
	COLUMN_KIND,
	COLUMN_UID,
	COLUMN_GID,
	COLUMN_OWNER,
	COLUMN_GROUP,
	COLUMN_MODE,
	COLUMN_IS_SYMLINK,
	COLUMN_TARGET,
	COLUMN_READABLE_BY,
	COLUMN_WRITABLE_BY,
	COLUMN_CLOSED_BY,
	COLUMN_OPEN_FOLDER,
	COLUMN_OPEN_TO,
	COLUMN_PROBLEM
};

static const Oid file_arguments[] = {TEXTARRAYOID};

static const Oid file_columns[] = {
	TEXTOID, TEXTOID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, BOOLOID,
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID
};

static const struct rg_signature file_signature = {
	lengthof(file_arguments), file_arguments, lengthof(file_columns), file_columns
};

PG_FUNCTION_INFO_V1(rg_file_modes);
PG_FUNCTION_INFO_V1(rg_file_changed);

/* Raises 42501 unless the current user may look at all files of the server. */
static void
require_files(void)
{
	if (has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to examine files of the server"),
			 errhint("GRANT pg_read_server_files TO %s;",
					 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

/*
 * Sets a column to a path from the operating system, which knows no encoding:
 * where it is no text here, bytes beyond ASCII are written as \xNN.
 */
static void
set_path(struct rg_fact *fact, int column, const char *path)
{
	StringInfoData escaped;
	const char *c;

	if (path[0] == '\0')
		return;
	if (pg_verifymbstr(path, strlen(path), true))
	{
		rg_fact_set_text(fact, column, path);
		return;
	}
	initStringInfo(&escaped);
	for (c = path; *c != '\0'; c++)
	{
		if (IS_HIGHBIT_SET(*c))
			appendStringInfo(&escaped, "\\x%02X", (unsigned char) *c);
		else
			appendStringInfoChar(&escaped, *c);
	}
	rg_fact_set_text(fact, column, escaped.data);
	pfree(escaped.data);
}

static const char *
kind_name(mode_t mode)
{
	if (S_ISREG(mode))
		return "file";
	if (S_ISDIR(mode))
		return "directory";
	if (S_ISSOCK(mode))
		return "socket";
	return "other";
}

static const char *
reach_name(enum rg_reach reach)
{
	switch (reach)
	{
		case RG_REACH_OWNER:
			return "owner";
		case RG_REACH_GROUP:
			return "group";
		case RG_REACH_WORLD:
			break;
	}
	return "world";
}

static const char *
open_name(enum rg_open open_to)
{
	switch (open_to)
	{
		case RG_OPEN_TO_NOBODY:
			return NULL;
		case RG_OPEN_TO_GROUP:
			return "group";
		case RG_OPEN_TO_OWNER:
			return "owner";
		case RG_OPEN_TO_WORLD:
			break;
	}
	return "world";
}

/* Why a file could not be looked at; without the operating system's language. */
static const char *
problem_name(int error)
{
	switch (error)
	{
		case EACCES:
		case EPERM:
			return "permission denied";
		case ELOOP:
			return "too many symbolic links";
		case ENAMETOOLONG:
			return "the path is too long";
		default:
			return psprintf("error %d of the operating system", error);
	}
}

/* Whose account or group this number is: the server's, root's or another. */
static const char *
whose(int64 number, int64 own)
{
	return number == own ? "server" : number == 0 ? "root" : "other";
}

/* Whom both the folders and one of the bits of the file let do something. */
static enum rg_reach
allowed(const struct rg_way *way, mode_t group_bit, mode_t world_bit)
{
	enum rg_reach bits = RG_REACH_OWNER;

	if ((way->status.st_mode & world_bit) != 0)
		bits = RG_REACH_WORLD;
	else if ((way->status.st_mode & group_bit) != 0)
		bits = RG_REACH_GROUP;
	return Min(bits, way->reach);
}

/* Sets the columns of what is at the end of the way. */
static void
describe_file(struct rg_fact *fact, const struct rg_way *way)
{
	const struct stat *status = &way->status;
	char		mode[8];

	snprintf(mode, sizeof(mode), "%04o", (unsigned int) status->st_mode & 07777);
	rg_fact_set_text(fact, COLUMN_KIND, kind_name(status->st_mode));
	rg_fact_set(fact, COLUMN_UID, Int64GetDatum((int64) status->st_uid));
	rg_fact_set(fact, COLUMN_GID, Int64GetDatum((int64) status->st_gid));
	rg_fact_set_text(fact, COLUMN_OWNER, whose(status->st_uid, geteuid()));
	rg_fact_set_text(fact, COLUMN_GROUP, whose(status->st_gid, getegid()));
	rg_fact_set_text(fact, COLUMN_MODE, mode);
	rg_fact_set_text(fact, COLUMN_READABLE_BY, reach_name(allowed(way, S_IRGRP, S_IROTH)));
	rg_fact_set_text(fact, COLUMN_WRITABLE_BY, reach_name(allowed(way, S_IWGRP, S_IWOTH)));
	set_path(fact, COLUMN_CLOSED_BY, way->closed_by);
}

/* Emits the row of one path, which may be relative to the data directory. */
static void
emit_file(struct rg_fact *fact, const char *name, struct rg_way *way)
{
	MemoryContext old_context = MemoryContextSwitchTo(fact->row_context);
	char	   *path = is_absolute_path(name) ? pstrdup(name) : psprintf("%s/%s", DataDir, name);

	rg_file_walk(path, geteuid(), getegid(), way);
	rg_fact_set_text(fact, COLUMN_PATH, path);
	rg_fact_set(fact, COLUMN_IS_SYMLINK, BoolGetDatum(way->is_symlink));
	set_path(fact, COLUMN_TARGET, way->target);
	set_path(fact, COLUMN_OPEN_FOLDER, way->open_folder);
	rg_fact_set_text(fact, COLUMN_OPEN_TO, open_name(way->open_to));
	if (way->error == 0)
		describe_file(fact, way);
	else if (way->error == ENOENT || way->error == ENOTDIR)
		rg_fact_set_text(fact, COLUMN_KIND, "missing");
	else
	{
		rg_fact_set_text(fact, COLUMN_KIND, "unknown");
		rg_fact_set_text(fact, COLUMN_PROBLEM, problem_name(way->error));
	}
	MemoryContextSwitchTo(old_context);
	rg_fact_emit(fact);
}

/*
 * A row a path, in the order of the array.  Raises 42501 unless the caller is a
 * superuser or a member of pg_read_server_files, 22004 for a NULL path.
 */
Datum
rg_file_modes(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	struct rg_way *way;
	Datum	   *paths;
	bool	   *nulls;
	int			npaths;
	int			i;

	rg_fact_open(&fact, fcinfo, &file_signature);
	require_files();
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the list of paths must not be null")));

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT,
					  &paths, &nulls, &npaths);
	way = palloc(sizeof(*way));
	for (i = 0; i < npaths; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a path must not be null")));
		emit_file(&fact, TextDatumGetCString(paths[i]), way);
	}
	rg_fact_close(&fact);
	return (Datum) 0;
}

/* The later of the times at which contents and status of a file changed. */
static TimestampTz
last_change(const struct stat *status)
{
	TimestampTz written = time_t_to_timestamptz(status->st_mtim.tv_sec) + status->st_mtim.tv_nsec / 1000;
	TimestampTz changed = time_t_to_timestamptz(status->st_ctim.tv_sec) + status->st_ctim.tv_nsec / 1000;

	return Max(written, changed);
}

/*
 * When a file, or the symbolic link at the end of its path, was last written,
 * replaced or given other rights; NULL if there is none.  Raises 42501 as
 * file_modes().
 */
Datum
rg_file_changed(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	struct stat status;
	struct stat link;

	require_files();
	if (stat(name, &status) != 0)
	{
		if (errno == ENOENT || errno == ENOTDIR)
			PG_RETURN_NULL();
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", name)));
	}
	if (lstat(name, &link) == 0 && S_ISLNK(link.st_mode))
		PG_RETURN_TIMESTAMPTZ(Max(last_change(&status), last_change(&link)));
	PG_RETURN_TIMESTAMPTZ(last_change(&status));
}
