"""Which questions and answers may be chosen: none that anybody would guess, or that gives something away."""

import re

import pytest

from portal.accounts.rules import guessable, questions
from portal.accounts.rules.answers import normalise
from tests import cast

QUESTION = "What did I name my first bicycle?"


@pytest.mark.parametrize("kind", ["pets", "colours", "cities", "countries", "first names", "food", "cars", "school"])
def test_the_list_has_answers_of_every_kind(kind):
    text = guessable.LIST.read_text(encoding="utf-8")
    assert re.search(rf"^## {kind}", text, re.MULTILINE)


def test_five_hundred_and_more_first_guesses_are_known():
    assert len(guessable.known()) > 1000
    assert all(normalise(word) == word for word in guessable.known())


@pytest.mark.parametrize(
    "text",
    [
        *("Blue", " b-l-u-e ", "BLÚE", "cats", "Moti", "tommy", "Mumbai", "New  Delhi", "bengaluru", "münchen", "Köln"),
        *("東京", "서울", "butter chicken", "Dal-Chawal", "ARSENAL", "csk", "December", "Maruti 800", "wagon r"),
        *(
            "Social Studies",
            "Harry Potter",
            "1984",
            "2001",
            "Ｍａｘ",
            "don't know",
            "no one",
            "123456",
            "Priya",
            "Rahul",
        ),
    ],
)
def test_an_answer_that_anybody_tries_first_is_refused(text):
    assert "Many people" in questions.objection_to_answer(text, question=QUESTION, known=[])


@pytest.mark.parametrize("text", ["Blue Thunder", "Tommy the third", "Mumbai Central, platform 4", "1066", "नीला घोड़ा"])
def test_an_answer_of_ones_own_is_taken(text):
    assert questions.objection_to_answer(text, question=QUESTION, known=["Ann", "ann@demo.example"]) is None


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("清", False),
        ("清水", True),
        ("물결", True),
        ("ab", False),
        ("a b", False),
        ("xyq", True),
        ("…!?", False),
        ("\u0301", False),
    ],
)
def test_an_answer_has_three_letters_or_two_of_the_wide_ones(text, taken):
    assert (questions.objection_to_answer(text, question=QUESTION, known=[]) is None) is taken


@pytest.mark.parametrize(
    "text",
    [
        "three random words",
        "Ann",
        "Adeyemi",
        "ann@demo.example",
        "demo",
        "+91 98765 43210",
        "9876543210",
        "bicycle",
        "x" * 5000,
    ],
)
def test_an_answer_that_others_know_is_refused(text):
    known = ["three random words", "Ann", "Adeyemi", "ann@demo.example", "+91 98765 43210", "9876543210"]
    assert questions.objection_to_answer(text, question=QUESTION, known=known)


@pytest.mark.parametrize(
    "question",
    [
        "Is three random words right?",
        "Who writes to ann@demo.example most?",
        "Was it blue thunder or not?",
        "What was in 2004 my first?",
        "x?",
        "y" * 121,
    ],
)
def test_a_question_that_gives_something_away_is_refused(question):
    kept = ["three random words", "ann@demo.example"]
    assert questions.objection_to_question(question, "Blue Thunder", kept=kept)


def test_the_page_refuses_the_same(signed_in):
    for fields, words in (
        ({"security_answer": "Mumbai"}, "Many people would give this answer"),
        ({"own_question": f"What does {cast.PASSWORD} mean?"}, "without your password"),
        ({"own_question": f"Who reads {cast.ANN.email} most?"}, "without your password or email"),
    ):
        signed_in.open("/account/security/question")
        typed = {
            "security_question": "own",
            "own_question": "Who taught me to whistle?",
            "security_answer": "Uncle Jonathan",
            "current_password": cast.PASSWORD,
        }
        page = signed_in.send("/question", **(typed | fields))
        assert page.status_code == 422
        assert words in page.text
