"""Triggers by which the database itself refuses to change what is written once.

Migrations call these functions, so their text is never changed: a later need is met by a new function.
"""

from alembic import op

__all__ = ["close_entries", "refuse_changes"]


def refuse_changes(table: str) -> None:
    """Refuse every UPDATE and DELETE of a table; on PostgreSQL TRUNCATE as well."""
    if op.get_bind().dialect.name == "postgresql":
        _run(_REFUSE_FUNCTION, _REFUSE_POSTGRES.format(table=table))
        return
    _run(*(_REFUSE_SQLITE.format(table=table, change=change) for change in ("UPDATE", "DELETE")))


def close_entries() -> None:
    """Refuse an entry that is not the next; on PostgreSQL also late lines, and an unbalanced entry.

    Lines are written before their entry, so that when an entry is written its lines are all there: PostgreSQL
    then looks at them, once for each statement. SQLite could only look at each row, at the price of an import
    twice as slow; there a line that is put into an old entry is found by its hash.
    """
    if op.get_bind().dialect.name == "postgresql":
        _run(_CLOSED_FUNCTION, _ENTRIES_FUNCTION, *_CLOSED_POSTGRES, _ENTRIES_POSTGRES)
        return
    _run(_NEXT_SQLITE)


def _run(*statements: str) -> None:
    for statement in statements:
        op.execute(statement)


_LINES = ("postings", "lot_moves")

_REFUSE_SQLITE = """
CREATE TRIGGER {table}_refuse_{change} BEFORE {change} ON {table}
BEGIN SELECT RAISE(ABORT, 'rows of {table} are added and never changed'); END
"""
_NEXT_SQLITE = """
CREATE TRIGGER entries_next BEFORE INSERT ON entries
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM entries)
BEGIN SELECT RAISE(ABORT, 'entries are numbered without gaps and added at the end'); END
"""

_REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION dat_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added and never changed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
_REFUSE_POSTGRES = """
CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION dat_refuse_change()
"""
_CLOSED_FUNCTION = """
CREATE FUNCTION dat_refuse_late_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT min(entry) FROM fresh) <= (SELECT max(number) FROM entries) THEN
        RAISE EXCEPTION 'an entry that stands is never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
"""
_CLOSED_POSTGRES = tuple(
    f"CREATE TRIGGER {table}_closed AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh "
    "FOR EACH STATEMENT EXECUTE FUNCTION dat_refuse_late_line()"
    for table in _LINES
)
# A plan is kept for the session, and on small tables it would be one that reads all of them.
_ENTRIES_FUNCTION = """
CREATE FUNCTION dat_refuse_entry() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE added record; bad record;
BEGIN
    SELECT min(number) AS first, max(number) AS last, count(*) AS rows INTO added FROM fresh;
    IF added.last - added.first + 1 <> added.rows
        OR added.first <> (SELECT coalesce(max(number), 0) + 1 FROM entries WHERE number < added.first)
        OR EXISTS (SELECT FROM entries WHERE number > added.last) THEN
        RAISE EXCEPTION 'entries are numbered without gaps and added at the end'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT entry, commodity, sum(amount) AS off INTO bad FROM postings
    WHERE entry BETWEEN added.first AND added.last
    GROUP BY entry, commodity HAVING sum(amount) <> 0 ORDER BY entry, commodity LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is unbalanced by % %', bad.entry, trim_scale(bad.off), bad.commodity
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
_ENTRIES_POSTGRES = """
CREATE TRIGGER entries_balanced AFTER INSERT ON entries REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION dat_refuse_entry()
"""
