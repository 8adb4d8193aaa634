/*-------------------------------------------------------------------------
 *
 * file_walk.c
 *		Goes the way to a file, and looks at the folders on it.
 *
 * Knows how a path with symbolic links is resolved, and what the modes of
 * folders mean for what lies in them.  Never opens or changes anything, never
 * allocates, raises or reads a global.
 *
 *-------------------------------------------------------------------------
 */
#include "file_walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST_SYMLINKS 40		/* as in Linux */

/* Where we are, as a path without links, "" for the root; and what is left. */
struct walk
{
	struct rg_way *way;
	uid_t		account;
	gid_t		group;
	int			links;
	char		at[RG_PATH_BYTES];
	char		rest[RG_PATH_BYTES];
	char		spare[RG_PATH_BYTES];
};

/* The name of a folder, of which the root has an empty one here. */
static const char *
shown(const char *folder)
{
	return folder[0] == '\0' ? "/" : folder;
}

/*
 * Who may exchange what lies in this folder: whoever may write to it, unless
 * it is sticky, and its owner always.
 */
static enum rg_open
folder_is_open(const struct walk *walk, const struct stat *folder)
{
	bool		sticky = (folder->st_mode & S_ISVTX) != 0;

	if ((folder->st_mode & S_IWOTH) != 0 && !sticky)
		return RG_OPEN_TO_WORLD;
	if (folder->st_uid != 0 && folder->st_uid != walk->account)
		return RG_OPEN_TO_OWNER;
	if ((folder->st_mode & S_IWGRP) != 0 && !sticky &&
		folder->st_gid != 0 && folder->st_gid != walk->group)
		return RG_OPEN_TO_GROUP;
	return RG_OPEN_TO_NOBODY;
}

/* Notes whether the folder that we are in lets others exchange what it holds. */
static void
look_around(struct walk *walk, const struct stat *folder)
{
	enum rg_open open_to = folder_is_open(walk, folder);

	if (open_to > walk->way->open_to)
	{
		walk->way->open_to = open_to;
		strcpy(walk->way->open_folder, shown(walk->at));
	}
}

/* Goes up by one folder; the root is above itself. */
static void
go_up(struct walk *walk)
{
	char	   *slash = strrchr(walk->at, '/');

	if (slash != NULL)
		*slash = '\0';
}

/*
 * Takes the next name off the rest of the path and appends it to where we
 * are.  Returns false at the end of the path, or with an error.
 */
static bool
next_name(struct walk *walk)
{
	for (;;)
	{
		const char *name = walk->rest + strspn(walk->rest, "/");
		size_t		len = strcspn(name, "/");
		size_t		at_len = strlen(walk->at);
		bool		up = len == 2 && memcmp(name, "..", 2) == 0;
		bool		stay = len == 1 && name[0] == '.';

		if (len == 0)
			return false;
		if (up)
			go_up(walk);
		else if (!stay)
		{
			if (at_len + 1 + len >= sizeof(walk->at))
			{
				walk->way->error = ENAMETOOLONG;
				return false;
			}
			walk->at[at_len] = '/';
			memcpy(walk->at + at_len + 1, name, len);
			walk->at[at_len + 1 + len] = '\0';
		}
		memmove(walk->rest, name + len, strlen(name + len) + 1);
		if (!up && !stay)
			return true;
	}
}

/* Is the end of the path reached? */
static bool
nothing_left(const struct walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == '\0';
}

/*
 * Puts the target of the symbolic link that we are at in front of the rest.
 * Returns false with an error.
 */
static bool
follow(struct walk *walk)
{
	struct rg_way *way = walk->way;
	ssize_t		len = readlink(walk->at, walk->spare, sizeof(walk->spare) - 1);
	size_t		rest_len = strlen(walk->rest);

	if (len < 0)
		way->error = errno;
	else if (++walk->links > MOST_SYMLINKS)
		way->error = ELOOP;
	else if ((size_t) len + rest_len >= sizeof(walk->rest))
		way->error = ENAMETOOLONG;
	if (way->error != 0)
		return false;

	walk->spare[len] = '\0';
	if (nothing_left(walk) && !way->is_symlink)
	{
		way->is_symlink = true;
		strcpy(way->target, walk->spare);
	}
	/* the rest is empty or begins with a slash */
	memmove(walk->rest + len, walk->rest, rest_len + 1);
	memcpy(walk->rest, walk->spare, (size_t) len);
	if (walk->spare[0] == '/')
		walk->at[0] = '\0';
	else
		go_up(walk);
	return true;
}

/* Goes the whole way, or as far as an error lets it. */
static void
go(struct walk *walk)
{
	struct rg_way *way = walk->way;

	if (lstat("/", &way->status) != 0)
	{
		way->error = errno;
		return;
	}
	look_around(walk, &way->status);
	while (way->error == 0 && next_name(walk))
	{
		if (lstat(walk->at, &way->status) != 0)
			way->error = errno;
		else if (S_ISLNK(way->status.st_mode))
		{
			if (!follow(walk))
				return;
		}
		else if (walk->rest[0] == '\0')
			return;
		else if (!S_ISDIR(way->status.st_mode))
			way->error = ENOTDIR;
		else if (!nothing_left(walk))
			look_around(walk, &way->status);
	}
	/* a path may end in ".." or "." */
	if (way->error == 0 && stat(shown(walk->at), &way->status) != 0)
		way->error = errno;
}

/*
 * Finds out whom the folders above the end of the way let through.  Other ways
 * than the last, that of the links themselves, are not needed to get there.
 */
static void
measure_reach(struct walk *walk)
{
	struct rg_way *way = walk->way;
	char	   *end = walk->at;
	struct stat folder;

	while ((end = strchr(end, '/')) != NULL)
	{
		enum rg_reach reach = RG_REACH_WORLD;

		*end = '\0';
		if (lstat(shown(walk->at), &folder) != 0)
			way->error = errno;
		else if ((folder.st_mode & S_IXOTH) == 0)
			reach = (folder.st_mode & S_IXGRP) != 0 ? RG_REACH_GROUP : RG_REACH_OWNER;
		if (reach < way->reach)
		{
			way->reach = reach;
			strcpy(way->closed_by, shown(walk->at));
		}
		*end++ = '/';
	}
}

/*
 * Goes an absolute path as the kernel would, for a server that runs as this
 * account and group.  Root, the account itself and, where a folder is open to
 * a group only, root's group and this one count as nobody.
 */
void
rg_file_walk(const char *path, uid_t account, gid_t group, struct rg_way *way)
{
	struct walk walk;

	memset(way, 0, sizeof(*way));
	way->reach = RG_REACH_WORLD;
	if (strlen(path) >= sizeof(walk.rest))
	{
		way->error = ENAMETOOLONG;
		return;
	}
	walk.way = way;
	walk.account = account;
	walk.group = group;
	walk.links = 0;
	walk.at[0] = '\0';
	strcpy(walk.rest, path);
	go(&walk);
	if (way->error == 0)
		measure_reach(&walk);
}
