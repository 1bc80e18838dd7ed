"""Rows of files that were refused: their cells are kept as they came, until whom they tell of is erased."""

import json
from collections.abc import Collection

import sqlalchemy as sa

from portal.customers.models import ONLY_NAME
from portal.foundation.database import db
from portal.transfers.models import Import, ImportRow, Outcome


def forget(words: Collection[str], names: Collection[tuple[str, str]]) -> None:
    """Delete refused rows that tell of somebody.

    Args:
        words: any of which, wherever it stands, says who it is: a number, an address, a telephone, a whole name.
        names: first and last names, which say so where each has a cell of its own.
    """
    refused = ImportRow.outcome == Outcome.PROBLEM
    texts = (ImportRow.raw, ImportRow.value, ImportRow.reason)
    found = [text.icontains(word, autoescape=True) for word in words for text in texts]
    for name in names:
        cells = [json.dumps(part, ensure_ascii=False) for part in name if part != ONLY_NAME]
        found.append(sa.and_(*(ImportRow.raw.icontains(cell, autoescape=True) for cell in cells)))
    for import_id in db.session.scalars(sa.select(Import.id)).all():  # by each one's index: nothing else finds these
        mine = (ImportRow.import_id == import_id, refused, sa.or_(sa.false(), *found))
        db.session.execute(sa.delete(ImportRow).where(*mine).execution_options(synchronize_session=False))
