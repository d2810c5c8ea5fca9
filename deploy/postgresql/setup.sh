#!/usr/bin/env bash
# Makes a database with three users of least rights, on a PostgreSQL 15 or newer of this machine:
#   lystok_owner   makes and changes tables, for `lystok server init` alone
#   lystok_app     reads and writes rows, for the server at work
#   lystok_backup  reads, for pg_dump
#   deploy/postgresql/setup.sh [DATABASE]     as root or postgres; PSQL_OPTIONS go to psql
# Prints an address for each user with its new password. Run again it keeps what is there, and the
# passwords; --new-passwords changes them.
set -euo pipefail

database=lystok renew=
for word in "$@"; do
    case $word in
        --new-passwords) renew=1 ;;
        -*) sed -n '2,9s/^# *//p' "$0" >&2 && exit 2 ;;
        *) database=$word ;;
    esac
done
case $database in *[!a-z0-9_]* | '') echo "setup: a name of a-z, 0-9 and _" >&2 && exit 2 ;; esac

as_postgres=()
[ "$(id -u)" -ne 0 ] || [ -n "${PSQL_OPTIONS:-}" ] || as_postgres=(runuser -u postgres --)
# shellcheck disable=SC2206  # several options
options=(${PSQL_OPTIONS:-})
sql() { "${as_postgres[@]}" psql "${options[@]}" -v ON_ERROR_STOP=1 -qtAX "$@"; }
password() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }

port=$(sql -d postgres -c "SHOW port")
for user in owner app backup; do
    name=lystok_$user
    there=$(sql -d postgres -c "SELECT 1 FROM pg_roles WHERE rolname = '$name'")
    if [ -n "$there" ] && [ -z "$renew" ]; then
        echo "$name: there already, with its password"
        continue
    fi
    secret=$(password)
    [ -n "$there" ] || sql -d postgres -c "CREATE ROLE $name LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"
    # By the input, so that no list of processes shows it.
    sql -d postgres <<<"ALTER ROLE $name PASSWORD '$secret'"
    echo "$name: postgresql://$name:$secret@localhost:$port/$database"
done

if [ -z "$(sql -d postgres -c "SELECT 1 FROM pg_database WHERE datname = '$database'")" ]; then
    sql -d postgres -c "CREATE DATABASE $database OWNER lystok_owner TEMPLATE template0 ENCODING 'UTF8'"
fi

sql -d postgres -c "REVOKE ALL ON DATABASE $database FROM PUBLIC" \
    -c "GRANT CONNECT ON DATABASE $database TO lystok_owner, lystok_app, lystok_backup"
sql -d "$database" <<'SQL'
ALTER SCHEMA public OWNER TO lystok_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO lystok_app, lystok_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO lystok_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO lystok_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO lystok_backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO lystok_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE lystok_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO lystok_app;
ALTER DEFAULT PRIVILEGES FOR ROLE lystok_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO lystok_app;
ALTER DEFAULT PRIVILEGES FOR ROLE lystok_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO lystok_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE lystok_owner IN SCHEMA public
    GRANT SELECT ON SEQUENCES TO lystok_backup;
-- Whoever forgot a transaction, or a query, holds nobody up for ever.
ALTER ROLE lystok_app SET statement_timeout = '60s';
ALTER ROLE lystok_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE lystok_app SET lock_timeout = '10s';
ALTER ROLE lystok_backup SET default_transaction_read_only = on;
SQL
echo "$database is ready"
