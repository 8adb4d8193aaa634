/*-------------------------------------------------------------------------
 *
 * setting.c
 *		known_setting(): one row of pg_settings, without making all the others.
 *
 * Knows which settings this server has, as opposed to those that a session made
 * up, and where their values come from.  Never shows a value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"

#include "compat.h"
#include "fact.h"

enum setting_column
{
	COLUMN_NAME,
	COLUMN_CONTEXT,
	COLUMN_SOURCE
};

static const Oid setting_arguments[] = {
	TEXTOID,
};

static const Oid setting_columns[] = {
	TEXTOID,
	TEXTOID,
	TEXTOID,
};

static const struct rg_signature setting_signature = {
	lengthof(setting_arguments), setting_arguments,
	lengthof(setting_columns), setting_columns,
};

static const char *const source_columns[] = {
	"name", "context", "source", NULL
};

static const struct rg_source setting_source = {"pg_settings", source_columns};

PG_FUNCTION_INFO_V1(rg_known_setting);

/* The setting with this name, whatever its case; NULL if there is none. */
static const struct config_generic *
find_setting(const char *name)
{
#ifdef RG_LISTS_SETTINGS
	struct config_generic **settings = get_guc_variables();
	int			i;

	for (i = 0; i < GetNumConfigOptions(); i++)
	{
		if (pg_strcasecmp(settings[i]->name, name) == 0)
			return settings[i];
	}
	return NULL;
#else
	const struct config_generic *setting = RG_FIND_SETTING(name);

	/* It also goes by names of old, which pg_settings does not have. */
	return setting != NULL && pg_strcasecmp(setting->name, name) == 0 ? setting : NULL;
#endif
}

/* Is it in pg_settings for the current user?  As show_all_settings() in guc.c. */
static bool
is_shown(const struct config_generic *setting)
{
	if ((setting->flags & GUC_NO_SHOW_ALL) != 0)
		return false;
	return (setting->flags & GUC_SUPERUSER_ONLY) == 0 ||
		RG_READS_ALL_SETTINGS(GetUserId());
}

/*
 * known_setting(name text): the setting with this name, whatever its case; no
 * row if pg_settings has none.  Raises 42501.
 */
Datum
rg_known_setting(PG_FUNCTION_ARGS)
{
	struct rg_fact fact;
	const struct config_generic *setting;

	rg_fact_open(&fact, fcinfo, &setting_signature);
	rg_require_select(&setting_source, "pg_settings", NULL);
	if (!RG_MAY_EXECUTE(RG_SHOW_ALL_SETTINGS, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for function pg_show_all_settings"),
				 errhint("GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_settings() TO %s;",
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));

	setting = find_setting(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (setting != NULL && is_shown(setting))
	{
		rg_fact_set_text(&fact, COLUMN_NAME, setting->name);
		rg_fact_set_text(&fact, COLUMN_CONTEXT, GucContext_Names[setting->context]);
		rg_fact_set_text(&fact, COLUMN_SOURCE, GucSource_Names[setting->source]);
		rg_fact_emit(&fact);
	}
	rg_fact_close(&fact);
	PG_RETURN_NULL();
}
