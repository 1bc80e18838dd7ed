"""How many wrong tries at signing in are borne, and for how long nobody may go on after them."""

from datetime import timedelta

FREE = 10  # wrong tries within a window
WINDOW = timedelta(minutes=15)
# After the last free try, and after each one more, while there was no window of quiet between.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 32, 60))
SHUT = 100  # wrong tries in a row, after which only a mailed link opens again (NIST SP 800-63B, 3.2.2)
KEPT = timedelta(days=30)  # how long tries are remembered when no more come
