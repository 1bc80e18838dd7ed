"""Text search that finds the same on both databases: one folded column, one way to fold what is sought.

SQLite asks an FTS5 table of trigrams beside the table, PostgreSQL a trigram index (pg_trgm) of the column; migrations
make both. The column keeps each word behind a gap of two blanks, so that a trigram tells where words begin, and even
one letter is found by the index. PostgreSQL's trigrams know no blanks: a letter of the index alone stands for them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.foundation.database import db

SHORTEST = 3  # letters of a word that is sought anywhere; a shorter one must begin a word
GAP = "  "  # before each word of an indexed text
# Stands for it in PostgreSQL's index, behind a blank. To pg_trgm a word begins behind any sign: of those whose name
# seemed to begin with "so" two thirds had it behind an apostrophe or in an address, and were read for nothing. Twice a
# letter of Khoisan, so that one more letter makes a trigram that tells all.
MARK = "ǁǁ"
PAGES = 64  # of the index that one step joins; about four milliseconds
PIECE, SHARED = 6, 2  # letters of a piece of a long word, and those that it shares with the next: no trigram is lost
PIECES = 6  # of a word that are looked up
MOST = 16  # words of a term that count; whoever pastes a letter into the box is not looking for all of it

MATCH, WHOLE = "words", "_whole"  # name a parameter on SQLite, and end the names of some on PostgreSQL
ESCAPE = "/"
ESCAPED = re.compile("[/%_]")

OfId = Callable[[sa.ColumnElement[int]], sa.ColumnElement[bool]]  # a condition on a column of ids
Word = tuple[str, ...]  # a word in the ways in which it may stand in an indexed text

ACCENTS = re.compile("[\u0300-\u036f]+")
# Letters that do not come apart under NFKD, as people type them without the key for them.
LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)


def fold(text: str) -> str:
    """Lower case without accents, single spaces; marks that carry meaning, as in Hindi, stay.

    Only U+0300 to U+036F are accents on letters of Europe; dropping all marks makes different Hindi words equal.
    """
    if text.isascii():  # has no accents and comes apart into nothing: the same, in a tenth of the time
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    kept = ACCENTS.sub("", apart)
    return " ".join(unicodedata.normalize("NFC", kept).translate(LETTERS).split())


def indexed(text: str) -> str:
    """A text as an indexed column keeps it: folded, each word behind its gap."""
    return "".join([GAP + word for word in (text.lower() if text.isascii() else fold(text)).split()])


def words(term: str) -> list[Word]:
    """What a term asks for, word by word; a short one with the gap before it."""
    return [(word if len(word) >= SHORTEST else GAP + word,) for word in fold(term).split()[:MOST]]


@dataclass(frozen=True)
class TextIndex:
    """A column of indexed texts; on SQLite the table with `_fts` behind its name belongs to it."""

    table: sa.Table
    column: str

    @property
    def reads_all(self) -> bool:
        """Whether the rows of all hits are read for a page of some; SQLite's index tells them in the order of ids."""
        return not _is_sqlite()

    def ids(
        self,
        sought: Sequence[Word],
        *conditions: sa.ColumnElement[bool],
        of_ids: Sequence[OfId] = (),
        is_asked: bool = False,
    ) -> sa.Select[tuple[int]]:
        """The ids of the rows that have all words, in any order, and fit conditions on the table.

        Args:
            sought: the words.
            *conditions: on the table.
            of_ids: conditions on the id alone, for which SQLite reads no row.
            is_asked: the words are parameters that take the values of `asked`: of one search in a statement.
        """
        key = self.table.c.id
        if not _is_sqlite():
            having = self._indexed(sought, is_asked=is_asked)
            return sa.select(key).where(*having, *conditions, *(fits(key) for fits in of_ids))
        found = self._fts()
        query = sa.select(found.c.id.label("id")).where(self._match(found, sought, is_asked=is_asked))
        query = query.where(*(fits(found.c.id) for fits in of_ids))
        return query.join_from(found, self.table, key == found.c.id).where(*conditions) if conditions else query

    def asked(self, sought: Sequence[Word]) -> dict[str, str]:
        """The values of words by the names of their parameters; words of the same names share a statement."""
        if not sought or _is_sqlite():
            return {MATCH: _matching(sought)} if sought else {}
        return {name: value for word in _named(sought) for way in word for name, value in way}

    def narrowed(
        self, query: sa.Select[Any], sought: Sequence[Word], *, is_asked: bool = False
    ) -> tuple[sa.Select[Any], Any]:
        """A query of the table narrowed to the rows that have all words, and the id by which the index orders them."""
        if not _is_sqlite():
            return query.where(*self._indexed(sought, is_asked=is_asked)), self.table.c.id
        found = self._fts()
        joined = query.join_from(self.table, found, self.table.c.id == found.c.id)
        return joined.where(self._match(found, sought, is_asked=is_asked)), found.c.id

    def condition(self, sought: Sequence[Word]) -> sa.ColumnElement[bool]:
        """The condition that a row has all words, told by the row alone: for a few rows that are at hand.

        Its parameters take the values of `told`.
        """
        column = self.table.c[self.column]
        place = sa.func.instr if _is_sqlite() else sa.func.strpos
        ways = ([place(column, sa.bindparam(name, type_=sa.String)) > 0 for name in word] for word in _told(sought))
        return sa.and_(sa.true(), *(sa.or_(*word) for word in ways))

    def told(self, sought: Sequence[Word]) -> dict[str, str]:
        """The values of words by the names of the parameters of `condition`."""
        return {name: way for word in _told(sought) for name, way in word.items()}

    def has(self, term: str) -> sa.ColumnElement[bool]:
        """The condition on rows that they have every word of a term; an empty one fits all."""
        sought = words(term)
        if not sought:
            return sa.true()
        return self.table.c.id.in_(self.ids(sought)) if _is_sqlite() else sa.and_(*self._indexed(sought))

    def forget_deleted(self, steps: int) -> bool:
        """Have words that are in no row any more leave SQLite's index, too; whether it is through.

        FTS5 only notes that a row has gone, and drops its words when parts of the index are joined. So they are, some
        pages at a time, each step a short transaction.
        """
        if not _is_sqlite():
            return True
        name = f"{self.table.name}_fts"
        pages = -PAGES  # less than nothing takes all parts together; those that follow go on with it
        for _step in range(steps):
            with db.engine.begin() as connection:
                driver: Any = connection.connection.driver_connection
                before = driver.total_changes
                joining = f"INSERT INTO {name} ({name}, rank) VALUES ('merge', {pages})"  # noqa: S608 - our own table
                connection.exec_driver_sql(joining)
                if driver.total_changes - before < 2:  # as SQLite's documentation says: nothing is left to join
                    return True
            pages = PAGES
        return False

    def _indexed(self, sought: Sequence[Word], *, is_asked: bool = False) -> list[sa.ColumnElement[bool]]:
        """The same, with long words looked up piece by piece; the whole is compared in the rows that have them all.

        PostgreSQL reads every trigram of one pattern for each row that may have it. Of several patterns it reads the
        next one only for the rows that have the first, and ends of words, as the digits of a number, tell most.
        """
        return [sa.or_(*(self._piecewise(way, is_asked=is_asked) for way in word)) for word in _named(sought)]

    def _piecewise(self, way: Sequence[tuple[str, str]], *, is_asked: bool) -> sa.ColumnElement[bool]:
        column = self.table.c[self.column]
        in_index = (sa.literal_column(f"'{told}'", sa.Text) for told in (GAP, f" {MARK}"))  # in the very same words
        marked = sa.func.replace(column, *in_index, type_=sa.Text)
        pieces = [(name, sa.bindparam(name, value, sa.String, unique=not is_asked)) for name, value in way]
        return sa.and_(
            *(
                sa.func.strpos(column, piece) > 0 if name.endswith(WHOLE) else marked.contains(piece, escape=ESCAPE)
                for name, piece in pieces
            )
        )

    def _fts(self) -> sa.TableClause:
        name, row_id = f"{self.table.name}_fts", sa.column("rowid", sa.Integer)
        row_id.key = "id"  # as in the table itself, so that cursors over either are the same
        return sa.table(name, row_id, sa.column(name, sa.Text))

    def _match(self, found: sa.TableClause, sought: Sequence[Word], *, is_asked: bool) -> sa.ColumnElement[bool]:
        words = sa.bindparam(MATCH, _matching(sought), sa.String, unique=not is_asked)
        return found.c[found.name].op("MATCH", is_comparison=True)(words)


def implies(sought: Sequence[Word], fewer: Sequence[Word]) -> bool:
    """Whether whatever has these words has those, too, as a name has each beginning of it that is long enough."""
    return all(any(all(any(way in own for way in old) for own in new) for new in sought) for old in fewer)


def _told(sought: Sequence[Word]) -> list[dict[str, str]]:
    return [{f"told_{number}_{other}": way for other, way in enumerate(word)} for number, word in enumerate(sought)]


def _matching(sought: Sequence[Word]) -> str:
    return " AND ".join(f"({' OR '.join(_quoted(way) for way in word)})" for word in sought)


def _named(sought: Sequence[Word]) -> list[list[list[tuple[str, str]]]]:
    """What is looked up of each way of each word, by the names of parameters; the whole of a long one comes last."""
    return [
        [[*_named_pieces(f"word_{number}_{other}", way)] for other, way in enumerate(word)]
        for number, word in enumerate(sought)
    ]


def _named_pieces(name: str, way: str) -> Iterator[tuple[str, str]]:
    for number, piece in enumerate(_pieces(_head(way))):
        yield f"{name}_{number}", ESCAPED.sub(rf"{ESCAPE}\g<0>", _marked(piece))
    if len(way) > PIECE or _head(way) != way or MARK[0] in way:
        yield name + WHOLE, way


def _marked(piece: str) -> str:
    """A short word as PostgreSQL's index has it: a single trigram."""
    return piece.replace(GAP, MARK)[-SHORTEST:] if piece.startswith(GAP) else piece


def _head(way: str) -> str:
    """What is looked up of an address: what stands before its @, for hosts are shared and take longest."""
    before, at, host = way.partition("@")
    return before + at if host and len(before) >= SHORTEST else way


def _pieces(way: str) -> list[str]:
    """Pieces of a word from its end on."""
    ends = range(max(len(way), SHORTEST), SHARED, SHARED - PIECE)
    return [way[max(0, end - PIECE) : end] for end in ends][:PIECES]


def _quoted(way: str) -> str:
    return '"' + way.replace('"', '""') + '"'


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"
