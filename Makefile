# rds_guard: a PGXS extension for PostgreSQL 13 to 19. README.md has the
# commands. The targets of the last paragraph need no PostgreSQL to begin with.

PG_CONFIG ?= pg_config

# The control file is the only home of the version.
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" rds_guard.control)
EXTCOMMENT := $(shell sed -n "s/^comment = '\(.*\)'/\1/p" rds_guard.control)

MODULE_big = rds_guard
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))
EXTENSION = rds_guard
DATA_built = rds_guard--$(EXTVERSION).sql
PG_CPPFLAGS = -DRDS_GUARD_VERSION='"$(EXTVERSION)"'
# the libssl that the server itself is linked with
SHLIB_LINK += $(filter -lssl -lcrypto,$(LIBS))
EXTRA_CLEAN = dist

REGRESS := $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --load-extension=rds_guard
PROVE_TESTS := $(sort $(wildcard test/t/*.pl))
ifneq ($(PROVE_TESTS),)
TAP_TESTS = 1
endif

# The order in which the SQL is installed. What edition c declares in
# facts/c.sql the other one states in facts/plain, in files named after those of
# src; @edition@ in a source becomes the name of the edition.
SQL_HEAD = $(addprefix sql/core/,schema.sql text.sql policy.sql profiles.sql runner.sql registry.sql)
SQL_WITHOUT_C = $(addprefix sql/facts/plain/,connection.sql setting.sql membership.sql verifier.sql \
	weak_passwords.sql privilege.sql summary.sql path.sql rule.sql log_output.sql hba.sql cipher.sql server_certificates.sql file.sql)
SQL_SHARED = $(addprefix sql/facts/shared/,platform.sql settings.sql connections.sql roles.sql privileges.sql \
	initial_privileges.sql ownership.sql passwords.sql hba_file.sql hba.sql network.sql ciphers.sql certificates.sql files.sql \
	audit.sql coverage.sql logging.sql replication.sql releases.sql versions.sql configuration.sql extensions.sql \
	escalation_code.sql escalation_steps.sql escalation.sql)
SQL_AWS = $(addprefix sql/facts/aws/,documents.sql values.sql databases.sql policy_documents.sql network.sql conditions.sql identity.sql keys.sql here.sql \
	snapshots.sql parameters.sql exposure.sql replicas.sql regions.sql server.sql)
SQL_TAIL = $(SQL_AWS) $(sort $(wildcard sql/checks/*.sql) $(wildcard sql/checks/aws/*.sql)) \
	$(addprefix sql/core/,report.sql personal.sql aws_report.sql)
SQL_C = sql/core/own_schema.sql $(SQL_HEAD) sql/facts/c.sql $(SQL_SHARED) $(SQL_TAIL) sql/facts/remember.sql \
	$(addprefix sql/core/,grants.sql extension.sql)
SQL_ONCE = $(SQL_HEAD) $(SQL_WITHOUT_C) $(SQL_SHARED) $(SQL_TAIL)
SQL_PLAIN = $(SQL_ONCE) sql/core/grants.sql

# A pg_config without PGXS is what Debian's libpq-dev brings.
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
all install installcheck:
	@echo "$(PG_CONFIG) leads to no PGXS: install the development package of the server" \
		"(Debian: postgresql-server-dev-N) or set PG_CONFIG" >&2; exit 1
endif

# Names that are missing at run time then fail when the library is loaded, not
# in the middle of a report.
ifeq ($(PORTNAME),linux)
SHLIB_LINK += -Wl,-z,relro,-z,now
endif

.DELETE_ON_ERROR:

$(OBJS): rds_guard.control $(wildcard src/*.h)

rds_guard--$(EXTVERSION).sql: $(SQL_C) rds_guard.control Makefile
	{ printf '%s\n' '\echo Use "CREATE EXTENSION rds_guard" to load this file. \quit' && \
	  sed 's/@edition@/c/g' $(SQL_C); } >$@

# Runs again as an upgrade.
dist/rds_guard_plain.sql: $(SQL_PLAIN) $(wildcard sql/updates/*.sql) rds_guard.control Makefile
	mkdir -p dist
	{ printf '%s\n' '-- rds_guard $(EXTVERSION) without its library: psql -X -f rds_guard_plain.sql DATABASE' \
		'-- The same upgrades an older one. Remove it with: DROP SCHEMA rds_guard CASCADE;' \
		'\set ON_ERROR_STOP on' '\o /dev/null' 'BEGIN;' 'SET LOCAL search_path = pg_catalog, pg_temp;' && \
	  cat sql/updates/plain.sql sql/updates/keep.sql && \
	  printf '\n%s\n\n' 'CREATE SCHEMA rds_guard;' && \
	  sed 's/@edition@/sql/g' $(SQL_PLAIN) && \
	  cat sql/updates/restore.sql && \
	  printf '%s\n' "COMMENT ON SCHEMA rds_guard IS 'rds_guard $(EXTVERSION): $(EXTCOMMENT)';" 'COMMIT;' '\o'; } >$@

# What pg_tle and dbdev run as the script of the extension. pg_tle knows no control
# file, so it makes its schema itself.
SQL_TLE = { printf '%s\n' 'SET LOCAL search_path = pg_catalog, pg_temp;' 'CREATE SCHEMA rds_guard;' && \
	sed 's/@edition@/sql/g' $(SQL_PLAIN) sql/core/extension.sql; }

# One statement for any client. A version that is there already is an error of
# pg_tle's; from each older one there is a way to this.
dist/rds_guard_tle.sql: $(SQL_PLAIN) sql/core/extension.sql $(wildcard sql/updates/*.sql) rds_guard.control Makefile
	mkdir -p dist
	{ printf '%s\n' '-- rds_guard $(EXTVERSION) for pg_tle. Run this as a member of pgtle_admin, then, in the same database,' \
		'-- CREATE EXTENSION rds_guard; or ALTER EXTENSION rds_guard UPDATE;' \
		"-- Remove it with: DROP EXTENSION rds_guard; SELECT pgtle.uninstall_extension('rds_guard');" \
		'DO $$_rds_guard_register_$$' 'DECLARE' '    older text;' '    script CONSTANT text := $$_rds_guard_$$' && \
	  $(SQL_TLE) && \
	  printf '%s\n' '$$_rds_guard_$$;' '    keep CONSTANT text := $$_rds_guard_$$' && \
	  cat sql/updates/extension.sql sql/updates/keep.sql && \
	  printf '%s\n' '$$_rds_guard_$$;' '    restore CONSTANT text := $$_rds_guard_$$' && \
	  cat sql/updates/restore.sql && \
	  printf '%s\n' '$$_rds_guard_$$;' && \
	  sed "s/@version@/$(EXTVERSION)/g; s/@comment@/$(EXTCOMMENT)/g" sql/updates/register.sql && \
	  echo '$$_rds_guard_register_$$;'; } >$@

dist/dbdev/rds_guard--$(EXTVERSION).sql: $(SQL_PLAIN) sql/core/extension.sql rds_guard.control README.md Makefile
	rm -rf dist/dbdev && mkdir -p dist/dbdev
	cp README.md dist/dbdev
	printf '%s\n' "default_version = '$(EXTVERSION)'" "comment = '$(EXTCOMMENT)'" \
		'relocatable = false' 'superuser = false' >dist/dbdev/rds_guard.control
	$(SQL_TLE) >$@

# The report without an installation: everything in the schema for temporary
# objects, in a transaction that is rolled back. The schema rds_guard may be there.
dist/rds_guard_once.sql: $(SQL_ONCE) $(wildcard sql/psql/*.sql) rds_guard.control Makefile
	mkdir -p dist
	{ printf '%s\n' '-- rds_guard $(EXTVERSION), the report without an installation: psql -X -f rds_guard_once.sql DATABASE' && \
	  cat sql/psql/once_begin.sql && \
	  sed -E -e 's/@edition@/sql/g' -e 's/^CREATE (VIEW|TABLE) /CREATE TEMPORARY \1 /' \
		-e "s/'rds_guard'::regnamespace/coalesce(pg_catalog.to_regnamespace('rds_guard')::oid, 0::oid)/g" \
		-e 's/rds_guard\./pg_temp./g' $(SQL_ONCE) && \
	  printf '%s\n' '\o' && \
	  sed 's/rds_guard\./pg_temp./g' sql/psql/report.sql && \
	  printf '%s\n' 'ROLLBACK;'; } >$@

.PHONY: plain tle demo test matrix bench
plain: dist/rds_guard_plain.sql dist/rds_guard_once.sql
tle: dist/rds_guard_tle.sql dist/dbdev/rds_guard--$(EXTVERSION).sql
demo test matrix bench:
	@test/tools/$@.sh
