"""What gunicorn and `flask --app wsgi` load."""

import gc
import sys

gc.disable()  # what starting makes stays, and to look for garbage among it is an eighth of the time

from portal import create_app  # noqa: E402 - collected from here on would be what stays
from portal.config import ConfigurationError  # noqa: E402 - as above
from portal.foundation import logs, trimming  # noqa: E402 - as above

try:
    app = create_app()
except ConfigurationError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(3)  # what gunicorn takes for an end; after any other it would try again for ever
logs.start(app.extensions["portal.settings"])
trimming.settle()
gc.enable()
