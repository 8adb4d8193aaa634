/*-------------------------------------------------------------------------
 *
 * name.c
 *		Names as SQL writes them.
 *
 * Knows the same as sql/core/text.sql, for facts that name more objects than
 * SQL functions could be called for.  The names may be hostile: characters that
 * a terminal obeys or does not show are escaped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "compat.h"
#include "name.h"

/* Unicode characters that turn the direction of writing or have no width. */
struct character_range
{
	pg_wchar	first;
	pg_wchar	last;
};

static const struct character_range invisible[] = {
	{0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x180E, 0x180E}, {0x200B, 0x200F},
	{0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}
};

/* What stands for a byte that is no character in this encoding. */
#define NO_CHARACTER 0x80000000

/* Does this encoding have the controls from 80 to 9F? */
static bool
has_upper_controls(void)
{
	const char *encoding = GetDatabaseEncodingName();

	return GetDatabaseEncoding() == PG_UTF8 ||
		strncmp(encoding, "LATIN", 5) == 0 || strncmp(encoding, "ISO", 3) == 0;
}

/* Is it one of rds_guard.tricky_characters()? */
static bool
is_tricky(pg_wchar character)
{
	int			i;

	if (character < 0x20 || character == 0x7F || (character & NO_CHARACTER) != 0)
		return true;
	if (character < 0x80)
		return false;
	if (character <= 0x9F)
		return has_upper_controls();
	if (GetDatabaseEncoding() != PG_UTF8)
		return false;
	for (i = 0; i < lengthof(invisible); i++)
	{
		if (character >= invisible[i].first && character <= invisible[i].last)
			return true;
	}
	return false;
}

/*
 * The character at a place, as a code point in UTF8, else as a byte.  The name
 * of a role or database may come from a database with another encoding.
 */
static pg_wchar
character_at(const char *place, const char *end, int *length)
{
	const unsigned char *bytes = (const unsigned char *) place;

	*length = 1;
	if (GetDatabaseEncoding() != PG_UTF8)
		return *bytes;
	*length = pg_utf_mblen(bytes);
	if (*length > end - place || !pg_utf8_islegal(bytes, *length))
	{
		*length = 1;
		return NO_CHARACTER | *bytes;
	}
	return utf8_to_unicode(bytes);
}

static bool
has_tricky(const char *name)
{
	const char *end = name + strlen(name);
	int			length;

	for (; name < end; name += length)
	{
		if (is_tricky(character_at(name, end, &length)))
			return true;
	}
	return false;
}

/* Is it made of characters that need no second look? */
static bool
is_simple(const char *name)
{
	for (; *name != '\0'; name++)
	{
		if ((unsigned char) *name < 0x20 || (unsigned char) *name >= 0x7F)
			return false;
	}
	return true;
}

/*
 * A name as rds_guard.ident() writes it: quoted where needed, and as U&"..."
 * where it holds something tricky.  quote_all_identifiers has to be off.
 */
void
rg_append_identifier(StringInfo out, const char *name)
{
	const char *end = name + strlen(name);
	int			length;

	if (is_simple(name) || !has_tricky(name))
	{
		appendStringInfoString(out, quote_identifier(name));
		return;
	}
	appendStringInfoString(out, "U&\"");
	for (; name < end; name += length)
	{
		pg_wchar	character = character_at(name, end, &length);

		if (is_tricky(character))
			appendStringInfo(out, "\\%04x", character & ~NO_CHARACTER);
		else if (*name == '\\' || *name == '"')
			appendStringInfo(out, "%c%c", *name, *name);
		else
			appendBinaryStringInfo(out, name, length);
	}
	appendStringInfoChar(out, '"');
}

void
rg_append_qualified(StringInfo out, const char *schema, const char *name)
{
	rg_append_identifier(out, schema);
	appendStringInfoChar(out, '.');
	rg_append_identifier(out, name);
}

/*
 * A type as rds_guard.type_name() writes it: qualified unless it is a built-in
 * one.  search_path has to begin with pg_catalog.
 */
void
rg_append_type(StringInfo out, Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	char	   *schema;

	if (!HeapTupleIsValid(tuple))
	{
		/* dropped at the same time, with what has it in its name */
		appendStringInfoString(out, "???");
		return;
	}
	form = (Form_pg_type) GETSTRUCT(tuple);
	if (form->typnamespace == PG_CATALOG_NAMESPACE)
		appendStringInfoString(out, format_type_extended(type, -1, FORMAT_TYPE_ALLOW_INVALID));
	else if (OidIsValid(form->typelem) && get_array_type(form->typelem) == type)
	{
		rg_append_type(out, form->typelem);
		appendStringInfoString(out, "[]");
	}
	else
	{
		schema = get_namespace_name(form->typnamespace);
		rg_append_qualified(out, schema != NULL ? schema : "???",
							NameStr(form->typname));
	}
	ReleaseSysCache(tuple);
}
