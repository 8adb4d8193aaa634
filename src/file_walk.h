/*-------------------------------------------------------------------------
 *
 * file_walk.h
 *		The way to a file, and whom the folders on it let through.
 *
 * Needs no PostgreSQL header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RG_FILE_WALK_H
#define RG_FILE_WALK_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#define RG_PATH_BYTES 4096		/* with the zero byte; PATH_MAX of Linux */

/* Who gets somewhere, from few to many. */
enum rg_reach
{
	RG_REACH_OWNER,				/* the owner, and root */
	RG_REACH_GROUP,				/* also members of some group */
	RG_REACH_WORLD				/* everybody */
};

/* Who besides root and the account may exchange what lies in a folder. */
enum rg_open
{
	RG_OPEN_TO_NOBODY,
	RG_OPEN_TO_GROUP,
	RG_OPEN_TO_OWNER,
	RG_OPEN_TO_WORLD
};

struct rg_way
{
	int			error;			/* errno of the step that failed, or 0 */
	struct stat status;			/* of what the path leads to, if no error */
	bool		is_symlink;		/* the path itself, not a folder on it */
	char		target[RG_PATH_BYTES];	/* as written in the symbolic link */
	enum rg_reach reach;		/* whom the folders let through */
	char		closed_by[RG_PATH_BYTES];	/* keeps most out, or empty */
	enum rg_open open_to;
	char		open_folder[RG_PATH_BYTES]; /* the first, or empty */
};

extern void rg_file_walk(const char *path, uid_t account, gid_t group,
						 struct rg_way *way);

#endif							/* RG_FILE_WALK_H */
