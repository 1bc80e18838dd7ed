"""What a password, a question and an answer must be."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.rules import passwords, questions
from portal.accounts.rules.answers import normalise

SAME = [
    ("Blue Thunder", "bluethunder"),
    ("  BLUE-Thunder! ", "blue thunder"),
    ("Zoë", "zoe"),
    ("Straße", "STRASSE"),
    ("İstanbul", "istanbul"),
    ("Łódź", "łodz"),
    ("O’Brien", "O'Brien"),
    ("ﬁsh", "FISH"),
    ("１２３ Main", "123 main"),
    ("Ångström", "ÅNGSTRÖM"),
    ("Ёлка", "елка"),
    ("ΣΊΣΥΦΟΣ", "σισυφος"),
    ("がっこう", unicodedata.normalize("NFD", "がっこう")),
]
DIFFERENT = [("कि", "क"), ("राम", "रम"), ("กิน", "กน"), ("Ann", "Anna"), ("がっこう", "かっこう")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_an_answer_typed_another_way_is_the_same(one, other):
    assert normalise(one) == normalise(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_answer_is_another(one, other):
    assert normalise(one) != normalise(other)


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet=st.characters(categories=["P", "Z", "S", "C"])))
def test_of_signs_alone_little_is_left(text):
    assert all(unicodedata.category(sign)[0] in "LNM" for sign in normalise(text))


@pytest.mark.parametrize(
    ("password", "minimum"),
    [
        ("", 8),
        ("seven77", 8),
        ("x" * 1025, 8),
        ("password", 8),
        ("Password123", 8),
        ("P@ssw0rd!", 8),
        ("12345678", 8),
        ("87654321", 8),
        ("qwertyuiop", 8),
        ("abcdefghij", 8),
        ("aaaaaaaa", 8),
        ("abababab", 8),
        ("password password", 15),
        ("iloveyou", 8),
        ("three words", 15),
        ("Ann Adeyemi", 8),
        ("adeyemi1", 8),
        ("ann@demo.example", 8),
        ("Blue-Thunder", 8),
        ("northgategoods1", 8),
    ],
)
def test_a_password_is_refused(password, minimum):
    context = ["Ann", "Adeyemi", "ann@demo.example", "Northgate Goods", "Blue Thunder"]
    assert passwords.objection(password, minimum=minimum, context=context)


@pytest.mark.parametrize(
    "password",
    [
        "three random words",
        "violet ladder harbour",
        "annotated ladders",
        "        seven spaces",
        "😀😃😄😁😆😅😂🙂",
        "correct horse",
        "ähnlich wie immer",
        "x1$" * 300,
        "kX9-",
    ],
)
def test_a_password_is_taken(password):
    minimum = 4 if len(password) < 8 else 8
    assert passwords.objection(password, minimum=minimum, context=["Ann", "ann@demo.example", ""]) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Short?", "Blue Thunder"),
        ("x" * 121, "Blue Thunder"),
        ("What happened in 1984 with us?", "Blue Thunder"),
        ("Is blue thunder the name of it?", "Blue Thunder"),
        ("", "Blue Thunder"),
    ],
)
def test_a_question_of_ones_own_is_refused(question, answer):
    assert questions.objection_to_question(question, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "…!?",
        "ab",
        "a b",
        "あ",
        "x" * 201,
        "Ann",
        "ADEYEMI",
        "ann@demo.example",
        "demo",
        "+91 98765 43210",
        "three random words",
        "bicycle",
    ],
)
def test_an_answer_is_refused(answer):
    known = ["Ann", "Adeyemi", "ann@demo.example", "+91 98765 43210", "three random words"]
    assert questions.objection_to_answer(answer, question="What did I name my first bicycle?", known=known)


@pytest.mark.parametrize("answer", ["Blue Thunder", "清水", "राम", "abq", "4711", "أحمد"])
def test_an_answer_is_taken(answer):
    assert questions.objection_to_answer(answer, question="What did I name my first bicycle?", known=["Ann"]) is None


def test_the_listed_questions_read_as_words_and_own_ones_as_they_were_typed(app):
    assert questions.words("first-dish").endswith("?")
    assert questions.words("What did I name my first bicycle?") == "What did I name my first bicycle?"
    assert [key for key, _ in questions.choices()] == [*questions.QUESTIONS, "own"]
