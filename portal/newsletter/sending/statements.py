"""The sender's SQL, as text: built through the ORM each would take longer to make than to run.

Values are written `:name`; moments are bound as the driver likes them (driver.py).
"""

DUE = """
  SELECT k.campaign_id, k.number, k.worker, k.state, c.per_hour, c.stop_trying_at, k.size,
         c.state IN ('sending', 'finishing')
  FROM delivery_chunk k JOIN campaign c ON c.id = k.campaign_id
  WHERE k.state < 2 AND (k.due_at <= :now OR (k.state = 0 AND c.stop_trying_at <= :now)) AND (
    (c.state IN ('sending', 'finishing') AND (c.next_slot_at IS NULL OR c.next_slot_at <= :now))
    -- What a dead sender holds of a campaign that is to stop is settled, so that it can.
    OR (k.state = 1 AND c.state IN ('pausing', 'cancelling')))
  ORDER BY c.id, k.number LIMIT 1 {lock}"""
TAKE = """
  UPDATE delivery_chunk SET state = 1, worker = :worker, epoch = epoch + 1, due_at = :until
  WHERE campaign_id = :campaign AND number = :number
  RETURNING campaign_id, number, first_id, last_id, size, epoch"""
SLOT = """
  UPDATE campaign SET next_slot_at = :slot
  WHERE id = :campaign AND (next_slot_at IS NULL OR next_slot_at <= :now)"""
WAITING = """
  SELECT d.subscription_id, d.attempt, COALESCE(s.email, ''), COALESCE(p.first_name, ''), COALESCE(p.last_name, ''),
         COALESCE(p.number, ''), d.state, d.retry_at, s.counts_clicks
  FROM delivery d LEFT JOIN subscription s ON s.id = d.subscription_id LEFT JOIN customer p ON p.id = s.customer_id
  WHERE d.campaign_id = :campaign AND d.subscription_id BETWEEN :first AND :last AND d.chunk = :number
    AND d.state IN (0, 4) AND (d.retry_at IS NULL OR d.retry_at <= :until)
  ORDER BY d.subscription_id"""
# The next free moment of a domain, in seconds since 1970; the one before it is the caller's.
TURN = """
  INSERT INTO domain_pace (domain, next_at) VALUES (:domain, :moment + :step)
  ON CONFLICT (domain) DO UPDATE SET next_at =
    CASE WHEN domain_pace.next_at < :moment THEN :moment ELSE domain_pace.next_at END + :step
  RETURNING next_at"""
PUT_OFF = """
  UPDATE delivery SET state = 0, retry_at = :at
  WHERE campaign_id = :campaign AND subscription_id = :id AND state IN (0, 4)"""
# The row of the subscription is locked on PostgreSQL: an unsubscribe that is answered was either seen here or came
# after this commit. Whoever unsubscribes or suppresses somebody changes that row. A statement sees other tables as they
# were when it began, also after it waited for the lock: so a row that changed since (another xmin) is looked at anew.
GUARD = {
    "postgresql": """
  UPDATE delivery d SET state = 1, attempt = d.attempt + 1, epoch = :epoch, at = :now
  FROM delivery_chunk k, campaign c, subscription s
  WHERE d.campaign_id = :campaign AND d.subscription_id = :id AND d.state IN (0, 4)
    AND k.campaign_id = :campaign AND k.number = :number AND k.epoch = :epoch AND k.worker = :worker
    AND c.id = :campaign AND c.state IN ('sending', 'finishing')
    AND s.id = :id AND s.xmin = (SELECT xmin FROM subscription WHERE id = :id AND state = 'active' FOR SHARE)
    AND NOT EXISTS (SELECT 1 FROM suppression u WHERE u.email_key = s.email_key)
  RETURNING d.subscription_id""",
    "sqlite": """
  UPDATE delivery SET state = 1, attempt = attempt + 1, epoch = :epoch, at = :now
  WHERE campaign_id = :campaign AND subscription_id = :id AND state IN (0, 4)
    AND EXISTS (SELECT 1 FROM delivery_chunk k WHERE k.campaign_id = :campaign AND k.number = :number
                AND k.epoch = :epoch AND k.worker = :worker)
    AND EXISTS (SELECT 1 FROM campaign c WHERE c.id = :campaign AND c.state IN ('sending', 'finishing'))
    AND EXISTS (SELECT 1 FROM subscription s WHERE s.id = :id AND s.state = 'active'
                AND NOT EXISTS (SELECT 1 FROM suppression u WHERE u.email_key = s.email_key))
  RETURNING subscription_id""",
}
WHY = """
  SELECT c.state, k.epoch, k.worker, d.state, s.state, u.email_key FROM campaign c
  JOIN delivery d ON d.campaign_id = c.id AND d.subscription_id = :id
  JOIN delivery_chunk k ON k.campaign_id = c.id AND k.number = :number
  LEFT JOIN subscription s ON s.id = :id LEFT JOIN suppression u ON u.email_key = s.email_key
  WHERE c.id = :campaign"""
# A try is taken back from an intent alone: a result that is written once more takes none from a row that has it.
# On PostgreSQL results and their sums are one statement, a round trip in place of four: nothing is written unless the
# chunk is held, and it stays so until the end.
SETTLE = {
    "postgresql": """
  WITH held AS (
    SELECT 1 FROM delivery_chunk
    WHERE campaign_id = :campaign AND number = :number AND epoch = :epoch AND worker = :worker FOR UPDATE),
  settled AS (
    UPDATE delivery d SET state = r.state, code = r.code, retry_at = r.retry_at, at = :now,
      attempt = d.attempt - CASE WHEN d.state = 1 AND r.state = 0 THEN 1 ELSE 0 END
    FROM held, unnest(:ids::int[], :states::smallint[], :codes::text[], :retries::timestamptz[])
      AS r (id, state, code, retry_at)
    WHERE d.campaign_id = :campaign AND d.subscription_id = r.id AND d.state IN (0, 1, 4) RETURNING d.state),
  n AS (
    SELECT count(*) FILTER (WHERE state = 2) AS accepted, count(*) FILTER (WHERE state = 3) AS rejected,
           count(*) FILTER (WHERE state = 5) AS skipped, count(*) FILTER (WHERE state = 6) AS unknown,
           count(*) FILTER (WHERE state = 7) AS failed, count(*) FILTER (WHERE state = 8) AS cancelled
    FROM settled)
  UPDATE delivery_chunk k SET due_at = :until,
    accepted = k.accepted + n.accepted, rejected = k.rejected + n.rejected, skipped = k.skipped + n.skipped,
    unknown = k.unknown + n.unknown, failed = k.failed + n.failed, cancelled = k.cancelled + n.cancelled
  FROM n
  WHERE k.campaign_id = :campaign AND k.number = :number AND k.epoch = :epoch AND k.worker = :worker""",
    "sqlite": """
  UPDATE delivery SET state = :state, code = :code, retry_at = :retry_at, at = :now,
    attempt = attempt - CASE WHEN state = 1 AND :state = 0 THEN 1 ELSE 0 END
  WHERE campaign_id = :campaign AND subscription_id = :id AND state IN (0, 1, 4)""",
}
KEEP = """
  UPDATE delivery_chunk SET due_at = :until {counts}
  WHERE campaign_id = :campaign AND number = :number AND epoch = :epoch AND worker = :worker"""
LEFT = """
  SELECT COUNT(*), MIN(COALESCE(retry_at, :now)) FROM delivery
  WHERE campaign_id = :campaign AND subscription_id BETWEEN :first AND :last AND chunk = :number
    AND state IN (0, 1, 4)"""
# What began and has no result when a chunk is given back was provably not sent: whoever gives it back sent all it had.
NOT_SENT = """
  UPDATE delivery SET state = 0, attempt = attempt - 1
  WHERE campaign_id = :campaign AND subscription_id BETWEEN :first AND :last AND chunk = :number
    AND state = 1 AND epoch = :epoch"""
STALE = """
  UPDATE delivery SET state = 6, code = 'stale', at = :now
  WHERE campaign_id = :campaign AND subscription_id BETWEEN :first AND :last AND chunk = :number
    AND state = 1 AND epoch < :epoch"""
COUNT_STALE = """
  UPDATE delivery_chunk SET unknown = unknown + :stale WHERE campaign_id = :campaign AND number = :number"""
RELEASE = """
  UPDATE delivery_chunk SET state = :state, due_at = :due, worker = ''
  WHERE campaign_id = :campaign AND number = :number AND epoch = :epoch AND worker = :worker"""
INTENTS = """
  SELECT subscription_id, state, epoch FROM delivery
  WHERE campaign_id = :campaign AND subscription_id BETWEEN :first AND :last AND chunk = :number
    AND state IN (0, 1, 4)"""
LET_GO = "UPDATE delivery_chunk SET due_at = :now WHERE state = 1 AND worker = :worker"
