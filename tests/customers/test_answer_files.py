"""Files as answers are known by what is in them; a name is only for showing."""

import pytest

from portal.customers.rules.answer_files import ENDINGS, NotTaken, kind_of, name_of
from tests.customers.uploading import HONEST, HOSTILE

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")


@pytest.fixture(autouse=True)
def _spoken(app):
    """Refusals are said in words, which need a language."""


@pytest.mark.parametrize("ending", HONEST)
def test_what_is_in_a_file_says_its_kind(ending):
    assert ENDINGS[kind_of(HONEST[ending])] == ending


@pytest.mark.parametrize("name", HOSTILE)
def test_what_pretends_is_refused_with_words(name):
    with pytest.raises(NotTaken) as refusal:
        kind_of(HOSTILE[name])
    assert str(refusal.value)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("certificate.pdf", "certificate.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\ann\\scan.PDF", "scan.pdf"),
        ("page.html", "page.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("evil\u202efdp.exe", "evilfdp.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        (".pdf", "pdf.pdf"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
        ("Größe 名前.pdf", "Größe 名前.pdf"),
    ],
)
def test_a_name_leads_nowhere_and_ends_as_the_file_is(given, shown):
    assert name_of(given, "application/pdf") == shown
