-- Corrections by hand (docs/money.md, section 5): a row says who, how much and why, the function
-- posts the one journal that its kind allows. Neither stands without the other.

INSERT INTO chart (code, name, owner_type, normal, has_floor) VALUES
  ('4020', 'seller_charges', 'platform', 'C', false),
  ('5030', 'seller_bad_debt', 'platform', 'D', false),
  ('5050', 'seller_goodwill', 'platform', 'D', false);

CREATE TABLE correction (
  shop text COLLATE "C" NOT NULL DEFAULT current_user, id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('commission_returned', 'credit', 'charge', 'write_off',
    'buyer_repaid', 'fee_added', 'fee_removed')),
  order_id uuid, currency text NOT NULL, amount bigint NOT NULL CHECK (amount > 0),
  reason text NOT NULL CHECK (reason IN ('our_mistake', 'providers_mistake', 'shops_mistake',
    'agreement', 'goodwill', 'uncollectible', 'reconciliation')),
  reference text NOT NULL,
  reverses uuid, posted_by uuid NOT NULL, approved_by uuid, alone_up_to bigint NOT NULL,
  posted_at timestamptz NOT NULL,
  PRIMARY KEY (shop, id), UNIQUE (shop, reverses),
  FOREIGN KEY (shop, reverses) REFERENCES correction (shop, id),
  CONSTRAINT correction_order_check CHECK (
    (order_id IS NOT NULL) = (kind IN ('commission_returned', 'credit', 'buyer_repaid'))),
  CONSTRAINT correction_reference_check CHECK (
    reference ~ '^[A-Z0-9][A-Z0-9./-]{0,31}$' AND reference ~ '[0-9]'),
  CONSTRAINT correction_alone_check CHECK (approved_by IS NOT NULL OR amount <= alone_up_to),
  CONSTRAINT correction_two_people_check CHECK (approved_by IS NULL OR approved_by <> posted_by));
CREATE INDEX correction_posted_index ON correction (posted_at);
ALTER TABLE correction ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_shop ON correction TO shop
  USING (shop = current_user) WITH CHECK (shop = current_user);
CREATE POLICY of_platform ON correction FOR SELECT TO platform_reader USING (true);
GRANT SELECT, INSERT ON correction TO shop;
GRANT SELECT ON correction TO platform_reader;
CREATE TRIGGER correction_as_written BEFORE UPDATE OR DELETE ON correction
  FOR EACH ROW EXECUTE FUNCTION keep_as_written();

-- A second person counts only where their decision on this very wish stands; a counter-entry is of
-- the whole of one that is none itself.
CREATE FUNCTION check_correction() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
BEGIN
  IF NEW.approved_by IS NOT NULL AND NOT EXISTS (
    SELECT FROM approval a WHERE a.shop = NEW.shop AND a.id = NEW.id AND a.kind = 'journal'
      AND a.state = 'approved' AND a.decided_by = NEW.approved_by AND a.asked_by = NEW.posted_by
      AND a.amount = NEW.amount AND a.currency = NEW.currency) THEN
    RAISE EXCEPTION 'correction % was not approved by %', NEW.id, NEW.approved_by
      USING ERRCODE = 'check_violation', CONSTRAINT = 'correction_approved_check';
  END IF;
  IF NEW.reverses IS NOT NULL AND NOT EXISTS (
    SELECT FROM correction c WHERE c.shop = NEW.shop AND c.id = NEW.reverses AND c.reverses IS NULL
      AND c.kind = NEW.kind AND c.currency = NEW.currency AND c.amount = NEW.amount
      AND c.order_id IS NOT DISTINCT FROM NEW.order_id) THEN
    RAISE EXCEPTION 'correction % is no counter-entry of %', NEW.id, NEW.reverses
      USING ERRCODE = 'check_violation', CONSTRAINT = 'correction_reverses_check';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER correction_allowed BEFORE INSERT ON correction
  FOR EACH ROW EXECUTE FUNCTION check_correction();

CREATE FUNCTION check_correction_posted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM journal j WHERE j.shop = NEW.shop
    AND j.source_kind = 'correction' AND j.source_id = NEW.id::text) THEN
    RAISE EXCEPTION 'correction % has no journal', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'correction_posted_check';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER correction_posted AFTER INSERT ON correction DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_correction_posted();

CREATE FUNCTION name_what_is_reversed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
BEGIN
  NEW.reverses := (SELECT j.id FROM correction c JOIN journal j ON j.shop = c.shop
      AND j.source_kind = 'correction' AND j.source_id = c.reverses::text
    WHERE c.shop = NEW.shop AND c.id = NEW.source_id::uuid);
  RETURN NEW;
END $$;
CREATE TRIGGER journal_names_what_it_reverses BEFORE INSERT ON journal
  FOR EACH ROW WHEN (NEW.source_kind = 'correction') EXECUTE FUNCTION name_what_is_reversed();
CREATE UNIQUE INDEX journal_reverses_index ON journal (shop, reverses) WHERE reverses IS NOT NULL;

-- A commission that was given back is the seller's part of the sale from then on: a refund takes it
-- along. Only the two sums below it differ from what they were.
CREATE OR REPLACE VIEW order_standing WITH (security_invoker = true) AS
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
   - coalesce(sum(e.amount) FILTER (WHERE j.event_type IN
       ('refund', 'commission_returned', 'commission_returned_reversed')
       AND a.code IN ('2010', '2020', '1100')), 0))::bigint AS seller_left,
  (coalesce(sum(-e.amount) FILTER (WHERE j.event_type = 'allocate' AND a.code = '2140'), 0)
   - coalesce(sum(e.amount) FILTER (WHERE j.event_type IN
       ('refund', 'commission_returned', 'commission_returned_reversed')
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

CREATE FUNCTION is_released(p_order uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = platform, pg_temp AS $$
  SELECT find_posted('release', 'order', p_order::text, '') IS NOT NULL $$;

-- The closed list: what each kind moves, and where from.
CREATE FUNCTION correction_lines(p_kind text, p_amount bigint, p_is_released boolean)
RETURNS posting_line[] LANGUAGE sql IMMUTABLE SET search_path = platform, pg_temp AS $$
  SELECT CASE p_kind
    WHEN 'commission_returned' THEN ARRAY[
      debit(CASE WHEN p_is_released THEN '4000' ELSE '2140' END, p_amount),
      credit(CASE WHEN p_is_released THEN '2020' ELSE '2010' END, p_amount)]
    WHEN 'credit' THEN ARRAY[debit('5050', p_amount), credit('2020', p_amount)]
    WHEN 'charge' THEN ARRAY[debit('1100', p_amount), credit('4020', p_amount)]
    WHEN 'write_off' THEN ARRAY[debit('5030', p_amount), credit('1100', p_amount)]
    WHEN 'buyer_repaid' THEN ARRAY[debit('2130', p_amount), credit('1040', p_amount)]
    WHEN 'fee_added' THEN ARRAY[debit('5000', p_amount), credit('9000', p_amount)]
    WHEN 'fee_removed' THEN ARRAY[debit('9000', p_amount), credit('5000', p_amount)]
  END $$;

-- A counter-entry takes nothing that may be on its way to the seller already: they owe it, and it is
-- kept back from what is released next.
CREATE FUNCTION counter_lines(p_kind text, p_amount bigint, p_is_released boolean)
RETURNS posting_line[] LANGUAGE sql IMMUTABLE SET search_path = platform, pg_temp AS $$
  SELECT CASE p_kind
    WHEN 'commission_returned' THEN ARRAY[debit('1100', p_amount),
      credit(CASE WHEN p_is_released THEN '4000' ELSE '2140' END, p_amount)]
    WHEN 'credit' THEN ARRAY[debit('1100', p_amount), credit('5050', p_amount)]
    ELSE ARRAY(SELECT (l.code, l.tag, -l.amount)::posting_line
               FROM unnest(correction_lines(p_kind, p_amount, p_is_released)) l)
  END $$;

-- A transfer comes out of the order's own charge: what is credited on top of the seller's part must
-- still be in it.
CREATE FUNCTION refuse_beyond_charge(p_order uuid, p_currency text) RETURNS void LANGUAGE plpgsql
SET search_path = platform, pg_temp AS $$
DECLARE
  v_books order_standing := read_order(p_order, p_currency);
  v_credited bigint;
BEGIN
  SELECT coalesce(sum(-e.amount), 0) INTO v_credited
    FROM journal j JOIN entry e ON e.shop = j.shop AND e.journal_id = j.id
    JOIN account a ON a.shop = e.shop AND a.id = e.account_id
    WHERE j.shop = posting_shop() AND j.order_id = p_order
      AND j.event_type IN ('credit', 'credit_reversed') AND a.code IN ('2020', '1100');
  IF v_books.seller_left + v_credited > v_books.captured - v_books.refunded THEN
    RAISE EXCEPTION 'the charge of order % has less left than that', p_order
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_charge';
  END IF;
END $$;

CREATE FUNCTION post_correction(p_correction uuid, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
DECLARE
  v_wish correction; v_known bigint; v_journal bigint; v_is_released boolean := false;
BEGIN
  SELECT * INTO v_wish FROM correction WHERE shop = posting_shop() AND id = p_correction;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nobody asked for correction %', p_correction
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_facts';
  END IF;
  SELECT id INTO v_known FROM journal WHERE shop = posting_shop()
    AND source_kind = 'correction' AND source_id = p_correction::text;
  IF v_known IS NOT NULL THEN RETURN v_known; END IF;
  IF v_wish.order_id IS NOT NULL THEN
    PERFORM lock_order(v_wish.order_id);
    v_is_released := is_released(v_wish.order_id);
  END IF;
  v_journal := post(
    v_wish.kind || CASE WHEN v_wish.reverses IS NULL THEN '' ELSE '_reversed' END,
    'correction', p_correction::text, '', v_wish.order_id, v_wish.currency, p_at, v_wish.reference,
    CASE WHEN v_wish.reverses IS NULL
      THEN correction_lines(v_wish.kind, v_wish.amount, v_is_released)
      ELSE counter_lines(v_wish.kind, v_wish.amount, v_is_released) END);
  IF v_wish.order_id IS NOT NULL THEN
    PERFORM refuse_overdrawn(v_wish.order_id, v_wish.currency);
  END IF;
  IF v_wish.kind = 'credit' AND v_wish.reverses IS NULL THEN
    PERFORM refuse_beyond_charge(v_wish.order_id, v_wish.currency);
  END IF;
  RETURN v_journal;
END $$;

GRANT EXECUTE ON FUNCTION post_correction TO shop;
