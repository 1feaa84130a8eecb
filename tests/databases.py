"""The test database: put back as the migrations left it after each test that commits.

Django's own way empties all tables and lets every app fill them again: a fifth of a second a test, and rows that came
from migrations, such as schedules, are gone for whatever test comes next.
"""

from typing import Any

from django.db import connection
from django.test import TransactionTestCase

KEPT = "as_migrated"  # the schema that holds a copy of each table with rows

TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
"""
# A straggler of the test that still writes is waited for. Nobody looks at foreign keys meanwhile: that the rows fit
# together is known.
PUT_BACK = f"""
    CREATE FUNCTION {KEPT}.put_back(tables text[]) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        name text;
        kept text[] := ARRAY(SELECT relname FROM pg_class WHERE relnamespace = '{KEPT}'::regnamespace);
        changed boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;
        EXECUTE 'LOCK TABLE ' || (SELECT string_agg(quote_ident(one), ', ') FROM unnest(tables) one)
            || ' IN EXCLUSIVE MODE';
        FOREACH name IN ARRAY tables LOOP
            IF name = ANY(kept) THEN
                EXECUTE format(
                    'SELECT EXISTS ((SELECT a::text FROM %1$I a EXCEPT ALL SELECT b::text FROM {KEPT}.%1$I b)'
                    ' UNION ALL (SELECT b::text FROM {KEPT}.%1$I b EXCEPT ALL SELECT a::text FROM %1$I a))', name
                ) INTO changed;
            ELSE
                EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO changed;
            END IF;
            CONTINUE WHEN NOT changed;
            EXECUTE format('DELETE FROM %I', name);
            IF name = ANY(kept) THEN
                EXECUTE format('INSERT INTO %1$I SELECT * FROM {KEPT}.%1$I', name);
            END IF;
        END LOOP;
    END $$
"""


def remember_rows() -> None:
    """Keep what migrations have stored, and let tests that commit end with exactly that."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in _tables(cursor):
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
            if cursor.fetchone()[0]:
                cursor.execute(f"CREATE TABLE {KEPT}.{table} AS TABLE {table}")
        cursor.execute(PUT_BACK)
    TransactionTestCase._fixture_teardown = _put_back  # type: ignore[attr-defined]


def _put_back(_case: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {KEPT}.put_back(%s)", [_tables(cursor)])


def _tables(cursor: Any) -> list[str]:
    """With the partitioned ones, without their partitions."""
    cursor.execute(TABLES)
    return [name for (name,) in cursor.fetchall()]
