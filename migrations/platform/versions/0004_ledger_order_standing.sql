-- What the entries say of each order, in minor units: the postings, the invariants and the pages
-- all read it here. The reader's own rights and policies hold.

CREATE VIEW order_standing WITH (security_invoker = true) AS
SELECT j.shop, j.order_id, j.currency,
  coalesce(sum(e.amount) FILTER (WHERE a.code = 'M100' AND j.event_type = 'authorise'), 0)::bigint
    AS authorised,
  coalesce(sum(e.amount) FILTER (WHERE a.code = 'M100'), 0)::bigint AS open_authorisation,
  count(DISTINCT j.id) FILTER (WHERE j.event_type = 'capture') AS captures,
  coalesce(max(j.reference) FILTER (WHERE j.event_type = 'capture'), '') AS charge,
  coalesce(sum(e.amount) FILTER (WHERE a.code = '1000' AND j.event_type = 'capture'), 0)::bigint
    AS captured,
  coalesce(sum(-e.amount) FILTER (WHERE a.code = '2120' AND j.event_type = 'refund'), 0)::bigint
    AS refunded,
  coalesce(sum(-e.amount) FILTER (WHERE a.code = '2120'), 0)::bigint AS refund_pending,
  (coalesce(sum(e.amount) FILTER (WHERE j.event_type = 'refund_succeeded' AND a.code = '2120'), 0)
   - coalesce(sum(e.amount) FILTER (WHERE j.event_type = 'refund_failed' AND a.code = '1010'), 0)
  )::bigint AS refund_sent,
  coalesce(sum(-e.amount) FILTER (WHERE a.code = '2000'), 0)::bigint AS clearing,
  coalesce(sum(-e.amount) FILTER (WHERE a.code = '2010'), 0)::bigint AS held,
  coalesce(sum(-e.amount) FILTER (WHERE a.code = '2020'), 0)::bigint AS available,
  coalesce(sum(-e.amount) FILTER (WHERE a.code = '2140'), 0)::bigint AS deferred,
  coalesce(sum(e.amount) FILTER (WHERE a.code = 'M110'
    AND j.event_type IN ('transfer', 'transfer_reversed')), 0)::bigint AS transferred,
  (coalesce(sum(-e.amount) FILTER (WHERE j.event_type = 'allocate' AND a.code = '2010'), 0)
   - coalesce(sum(e.amount) FILTER (WHERE j.event_type = 'refund'
       AND a.code IN ('2010', '2020', '1100')), 0))::bigint AS seller_left,
  (coalesce(sum(-e.amount) FILTER (WHERE j.event_type = 'allocate' AND a.code = '2140'), 0)
   - coalesce(sum(e.amount) FILTER (WHERE j.event_type = 'refund'
       AND a.code IN ('2140', '4000')), 0))::bigint AS commission_left,
  coalesce(sum(-e.amount) FILTER (WHERE a.code = '2100'
    AND j.event_type IN ('allocate', 'refund')), 0)::bigint AS tax_left,
  coalesce(max(a.owner_id) FILTER (WHERE a.code = '2100' AND j.event_type = 'allocate'), '')
    AS jurisdiction
FROM journal j
JOIN entry e ON e.shop = j.shop AND e.journal_id = j.id
JOIN account a ON a.shop = e.shop AND a.id = e.account_id
WHERE j.order_id IS NOT NULL
GROUP BY j.shop, j.order_id, j.currency;

GRANT SELECT ON order_standing TO shop, platform_jobs, platform_reader;
