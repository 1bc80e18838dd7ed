"""A portal that knows the letter of these tests, for processes of their own."""

from jinja2 import BaseLoader, ChoiceLoader, DictLoader

from portal import create_app
from portal.mail.service import renders
from tests.mail.conftest import KIND, TEMPLATES, hello

app = create_app()
loader = app.jinja_env.loader
assert isinstance(loader, BaseLoader)
app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), loader])
renders(KIND)(hello)
