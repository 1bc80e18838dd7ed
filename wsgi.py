"""What gunicorn and `flask --app wsgi` load."""

import ctypes
import gc
import sys

from portal import create_app
from portal.config import ConfigurationError
from portal.foundation import logs

try:
    app = create_app()
except ConfigurationError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(3)  # what gunicorn takes for an end; after any other it would try again for ever
logs.start(app.extensions["portal.settings"])

# What was made at start stays: no collection needs to look through it again (a millisecond of every request).
gc.collect()
gc.freeze()
if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
    libc.malloc_trim(0)  # what only starting needed goes back to the system: two megabytes (glibc alone can)
