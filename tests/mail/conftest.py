"""A kind of mail of the tests' own, so that mail is tested without any feature."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, DictLoader

from portal.foundation.database import db
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter, link, post, posting, renders

TEXT = """{% extends 'layouts/mail.txt' %}
{% block subject %}Hello {{ name }}{% endblock %}
{% block body %}Hello {{ name }}, look at {{ href }}{% endblock %}
"""
HTML = """{% extends 'layouts/mail.html' %}
{% import 'components/mail.html' as m %}
{% block body %}{{ m.h1(name) }}{{ m.button('Look', href) }}{% endblock %}
"""
TEMPLATES = {"mail/tests/hello.txt": TEXT, "mail/tests/hello.html": HTML, "mail/tests/broken.txt": "{{ 1 / 0 }}"}
KIND = "tests.letter"


def hello(message: OutboxMessage) -> Letter:
    """The letter that these tests send unless they say otherwise."""
    return Letter("tests/hello", {"name": message.context.get("name", ""), "href": link("/somewhere")})


@pytest.fixture
def rendered(app: Flask) -> Iterator[Callable[..., None]]:
    """Say how the kind of these tests is rendered."""
    loader = app.jinja_env.loader
    assert isinstance(loader, BaseLoader)
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), loader])

    def declare(render: Callable[[OutboxMessage], Letter | None], **options: Any) -> None:
        renders(KIND, **options)(render)

    declare(hello)
    yield declare
    posting._kinds.pop(KIND)
    app.jinja_env.loader = loader


@pytest.fixture
def posted(rendered: object) -> Callable[..., OutboxMessage]:
    """Post a mail of these tests."""

    def write(to: str = "ann@demo.example", **context: object) -> OutboxMessage:
        return db.session.get_one(OutboxMessage, post(KIND, to, **{"name": "Ann", **context}))

    return write
