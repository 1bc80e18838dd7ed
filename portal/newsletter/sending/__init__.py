"""The sender process: who may be written to is asked of the database, before each mail and in one statement.

SMTP has one hole: after the last dot and before the answer only the server knows (RFC 5321 4.5.3.2.6). What is exact:
nobody is lost, no mail begins twice by itself, and the mails in doubt are at most one for each connection and crash.

Order for each mail: throttle, guard and intent (one statement, committed), envelope, journal, body, answer, journal,
result (in batches). The journal is written without fsync: kill -9 does not lose it, only a power cut may.
"""
