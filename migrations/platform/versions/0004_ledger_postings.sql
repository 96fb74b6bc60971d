-- The posting functions as they are now (docs/money.md, section 5): they take business facts, choose
-- the accounts, and look at the order's own books, so that no order spends another's money.

DROP FUNCTION post_authorise, post_void, post_capture, post_fee, post_refund, post_refund_succeeded,
  post_release, post_transfer, post_funds_available, post;
DROP TYPE posting_line;

-- `tag` tells accounts of the platform apart: the tax's jurisdiction.
CREATE TYPE posting_line AS (code text, tag text, amount bigint);

CREATE FUNCTION debit(p_code text, p_amount bigint, p_tag text DEFAULT '') RETURNS posting_line
LANGUAGE sql IMMUTABLE AS $$ SELECT (p_code, p_tag, p_amount)::posting_line $$;
CREATE FUNCTION credit(p_code text, p_amount bigint, p_tag text DEFAULT '') RETURNS posting_line
LANGUAGE sql IMMUTABLE AS $$ SELECT (p_code, p_tag, -p_amount)::posting_line $$;

CREATE FUNCTION account_owner(p_owner_type text, p_shop text, p_order uuid, p_tag text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE p_owner_type WHEN 'order' THEN p_order::text WHEN 'shop' THEN p_shop ELSE p_tag END $$;

-- Facts are amounts to move: one that is negative would turn a posting round.
CREATE FUNCTION refuse_negative(VARIADIC p_amounts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM unnest(p_amounts) a WHERE a IS NULL OR a < 0) THEN
    RAISE EXCEPTION 'an amount is missing or negative: %', p_amounts
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_facts';
  END IF;
END $$;

CREATE FUNCTION refuse_repetition(p_event text, p_kind text, p_id text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % % was posted with other facts', p_event, p_kind, p_id
    USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_source';
END $$;

CREATE FUNCTION find_posted(p_event text, p_kind text, p_id text, p_leg text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = platform, pg_temp AS $$
  SELECT id FROM journal WHERE shop = posting_shop() AND source_kind = p_kind AND source_id = p_id
    AND event_type = p_event AND leg = p_leg $$;

CREATE FUNCTION list_lines(p_journal bigint) RETURNS posting_line[]
LANGUAGE sql STABLE SET search_path = platform, pg_temp AS $$
  SELECT array_agg(l.line ORDER BY l.line) FROM (
    SELECT (a.code, CASE a.owner_type WHEN 'platform' THEN a.owner_id ELSE '' END, e.amount)
      ::posting_line AS line
    FROM entry e JOIN account a ON a.shop = e.shop AND a.id = e.account_id
    WHERE e.shop = posting_shop() AND e.journal_id = p_journal) l $$;

CREATE FUNCTION refuse_other_facts(p_journal bigint, p_order uuid, p_currency text,
  p_reference text, p_lines posting_line[]) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = platform, pg_temp AS $$
DECLARE
  v_known journal;
BEGIN
  SELECT * INTO STRICT v_known FROM journal WHERE shop = posting_shop() AND id = p_journal;
  IF v_known.order_id IS DISTINCT FROM p_order OR v_known.currency <> p_currency
     OR v_known.reference NOT IN ('', p_reference)
     OR list_lines(p_journal) IS DISTINCT FROM (SELECT array_agg(l ORDER BY l) FROM unnest(p_lines) l)
  THEN
    PERFORM refuse_repetition(v_known.event_type, v_known.source_kind, v_known.source_id);
  END IF;
END $$;

-- Post one journal, its lines by account id; the same facts again change nothing.
CREATE FUNCTION post(p_event text, p_kind text, p_id text, p_leg text, p_order uuid,
  p_currency text, p_at timestamptz, p_reference text, p_lines posting_line[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = platform, pg_temp AS $$
DECLARE
  v_shop text := posting_shop();
  v_lines posting_line[] := ARRAY(SELECT l FROM unnest(p_lines) l WHERE l.amount <> 0);
  v_journal bigint;
BEGIN
  IF cardinality(v_lines) = 0 THEN
    RAISE EXCEPTION '% of % % moves nothing', p_event, p_kind, p_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_facts';
  END IF;
  INSERT INTO journal (shop, event_type, source_kind, source_id, leg, order_id, currency,
      occurred_at, reference)
    VALUES (v_shop, p_event, p_kind, p_id, p_leg, p_order, p_currency, p_at, p_reference)
    ON CONFLICT (shop, source_kind, source_id, event_type, leg) DO NOTHING
    RETURNING id INTO v_journal;
  IF v_journal IS NULL THEN
    v_journal := find_posted(p_event, p_kind, p_id, p_leg);
    PERFORM refuse_other_facts(v_journal, p_order, p_currency, p_reference, v_lines);
    RETURN v_journal;
  END IF;
  INSERT INTO account (shop, code, owner_type, owner_id, currency)
    SELECT DISTINCT v_shop, c.code, c.owner_type,
      account_owner(c.owner_type, v_shop, p_order, l.tag), p_currency
    FROM unnest(v_lines) l JOIN chart c ON c.code = l.code ORDER BY 2, 4
    ON CONFLICT DO NOTHING;
  INSERT INTO entry (shop, journal_id, line, account_id, currency, amount)
    SELECT v_shop, v_journal, row_number() OVER (ORDER BY a.id, l.amount), a.id, p_currency, l.amount
    FROM unnest(v_lines) l JOIN chart c ON c.code = l.code
    JOIN account a ON a.shop = v_shop AND a.code = c.code AND a.owner_type = c.owner_type
      AND a.currency = p_currency
      AND a.owner_id = account_owner(c.owner_type, v_shop, p_order, l.tag)
    ORDER BY a.id, l.amount;
  RETURN v_journal;
END $$;

-- Two postings about one order's money wait for each other, so that each decides on what is true.
CREATE FUNCTION lock_order(p_order uuid) RETURNS void LANGUAGE plpgsql
SET search_path = platform, pg_temp AS $$
BEGIN
  PERFORM FROM account WHERE shop = posting_shop() AND code = '2000' AND owner_type = 'order'
    AND owner_id = p_order::text FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nothing was captured for order %', p_order
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_order';
  END IF;
END $$;

CREATE FUNCTION read_order(p_order uuid, p_currency text) RETURNS order_standing
LANGUAGE sql STABLE SET search_path = platform, pg_temp AS $$
  SELECT * FROM order_standing
  WHERE shop = posting_shop() AND order_id = p_order AND currency = p_currency $$;

-- An account's floor is the shop's; this is the order's: its money is not spent twice, and none of
-- another order's money is spent for it.
CREATE FUNCTION refuse_overdrawn(p_order uuid, p_currency text) RETURNS void LANGUAGE plpgsql
SET search_path = platform, pg_temp AS $$
DECLARE
  v_books order_standing := read_order(p_order, p_currency);
BEGIN
  IF least(v_books.held, v_books.available, v_books.deferred, v_books.seller_left,
           v_books.commission_left, v_books.tax_left, v_books.refund_pending, v_books.refund_sent,
           v_books.captured - v_books.refunded) < 0 THEN
    RAISE EXCEPTION 'order % does not have that much', p_order
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_order';
  END IF;
END $$;

CREATE FUNCTION post_of_order(p_event text, p_kind text, p_id text, p_order uuid, p_currency text,
  p_at timestamptz, p_reference text, p_lines posting_line[]) RETURNS bigint LANGUAGE plpgsql
SET search_path = platform, pg_temp AS $$
DECLARE
  v_journal bigint;
BEGIN
  PERFORM lock_order(p_order);
  v_journal := post(p_event, p_kind, p_id, '', p_order, p_currency, p_at, p_reference, p_lines);
  PERFORM refuse_overdrawn(p_order, p_currency);
  RETURN v_journal;
END $$;

-- What shops call begins here.

CREATE FUNCTION post_authorise(p_payment uuid, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post('authorise', 'payment', p_payment::text, '', p_order, p_currency, p_at, '',
    ARRAY[debit('M100', p_amount), credit('M200', p_amount)]) $$;

CREATE FUNCTION post_void(p_payment uuid, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post('void', 'payment', p_payment::text, '', p_order, p_currency, p_at, '',
    ARRAY[debit('M200', p_amount), credit('M100', p_amount)]) $$;

-- Capture, give back what was authorised beyond it, and allocate: three journals, one decision.
CREATE FUNCTION post_capture(p_payment uuid, p_order uuid, p_currency text, p_amount bigint,
  p_authorised bigint, p_seller bigint, p_commission bigint, p_tax bigint, p_at timestamptz,
  p_charge text DEFAULT '', p_jurisdiction text DEFAULT '')
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
DECLARE
  v_source text := p_payment::text;
  v_rest bigint := p_authorised - p_amount;
  v_is_known boolean := find_posted('capture', 'payment', p_payment::text, '') IS NOT NULL;
  v_journal bigint;
BEGIN
  PERFORM refuse_negative(p_amount, v_rest, p_seller, p_commission, p_tax);
  IF p_seller + p_commission + p_tax <> p_amount THEN
    RAISE EXCEPTION 'the parts of a capture do not add up'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_facts';
  END IF;
  IF v_is_known AND (v_rest > 0) <> (find_posted('void', 'payment', v_source, 'rest') IS NOT NULL) THEN
    PERFORM refuse_repetition('capture', 'payment', v_source);
  END IF;
  v_journal := post('capture', 'payment', v_source, '', p_order, p_currency, p_at, p_charge,
    ARRAY[debit('M200', p_amount), debit('1000', p_amount),
          credit('M100', p_amount), credit('2000', p_amount)]);
  IF v_rest > 0 THEN
    PERFORM post('void', 'payment', v_source, 'rest', p_order, p_currency, p_at, '',
      ARRAY[debit('M200', v_rest), credit('M100', v_rest)]);
  END IF;
  PERFORM post('allocate', 'payment', v_source, '', p_order, p_currency, p_at, '',
    ARRAY[debit('2000', p_amount), credit('2010', p_seller), credit('2140', p_commission),
          credit('2100', p_tax, p_jurisdiction)]);
  RETURN v_journal;
END $$;

CREATE FUNCTION post_fee(p_transaction text, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post('fee', 'transaction', p_transaction, '', p_order, p_currency, p_at, '',
    ARRAY[debit('5000', p_amount), credit('1000', p_amount)]) $$;

-- The charge's balance transaction names the fee already; that it became available is said of it.
CREATE FUNCTION post_funds_available(p_transaction text, p_order uuid, p_currency text,
  p_amount bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post('funds_available', 'availability', p_transaction, '', p_order, p_currency, p_at, '',
    ARRAY[debit('1010', p_amount), credit('1000', p_amount)]) $$;

-- The seller's part comes out of what the order still holds, then out of what was released, and is
-- owed where it was transferred; the commission out of what is not yet earned, then of revenue.
CREATE FUNCTION post_refund(p_refund uuid, p_order uuid, p_currency text, p_seller bigint,
  p_commission bigint, p_tax bigint, p_at timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
DECLARE
  v_books order_standing; v_known bigint;
  v_held bigint; v_available bigint; v_deferred bigint;
BEGIN
  PERFORM refuse_negative(p_seller, p_commission, p_tax);
  PERFORM lock_order(p_order);
  v_known := find_posted('refund', 'refund', p_refund::text, '');
  IF v_known IS NOT NULL THEN
    PERFORM refuse_other_refund(v_known, p_order, p_currency, p_seller, p_commission, p_tax);
    RETURN v_known;
  END IF;
  v_books := read_order(p_order, p_currency);
  v_held := least(p_seller, v_books.held);
  v_available := least(p_seller - v_held, v_books.available);
  v_deferred := least(p_commission, v_books.deferred);
  RETURN post_of_order('refund', 'refund', p_refund::text, p_order, p_currency, p_at, '',
    ARRAY[debit('2010', v_held), debit('2020', v_available),
          debit('1100', p_seller - v_held - v_available),
          debit('2140', v_deferred), debit('4000', p_commission - v_deferred),
          debit('2100', p_tax, v_books.jurisdiction),
          credit('2120', p_seller + p_commission + p_tax)]);
END $$;

-- The accounts of a repeated refund may differ, for the books have moved on; its parts may not.
CREATE FUNCTION refuse_other_refund(p_journal bigint, p_order uuid, p_currency text,
  p_seller bigint, p_commission bigint, p_tax bigint) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = platform, pg_temp AS $$
DECLARE
  v_parts bigint[];
BEGIN
  SELECT ARRAY[coalesce(sum(l.amount) FILTER (WHERE l.code IN ('2010', '2020', '1100')), 0),
               coalesce(sum(l.amount) FILTER (WHERE l.code IN ('2140', '4000')), 0),
               coalesce(sum(l.amount) FILTER (WHERE l.code = '2100'), 0)]
    INTO v_parts FROM unnest(list_lines(p_journal)) l;
  IF v_parts <> ARRAY[p_seller, p_commission, p_tax] OR NOT EXISTS (
    SELECT FROM journal WHERE shop = posting_shop() AND id = p_journal AND order_id = p_order
      AND currency = p_currency) THEN
    PERFORM refuse_repetition('refund', 'order', p_order::text);
  END IF;
END $$;

-- For the release before this one, which told where the seller's part was; the books know it.
CREATE FUNCTION post_refund(p_refund uuid, p_order uuid, p_currency text, p_seller bigint,
  p_commission bigint, p_tax bigint, p_is_released boolean, p_at timestamptz)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT post_refund(p_refund, p_order, p_currency, p_seller, p_commission, p_tax, p_at) $$;

CREATE FUNCTION post_refund_succeeded(p_transaction text, p_order uuid, p_currency text,
  p_amount bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post_of_order('refund_succeeded', 'transaction', p_transaction, p_order, p_currency, p_at, '',
    ARRAY[debit('2120', p_amount), credit('1010', p_amount)]) $$;

-- The money came back to us: it is the buyer's, until somebody finds another way to them.
CREATE FUNCTION post_refund_failed(p_transaction text, p_order uuid, p_currency text,
  p_amount bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post_of_order('refund_failed', 'transaction', p_transaction, p_order, p_currency, p_at, '',
    ARRAY[debit('1010', p_amount), credit('2130', p_amount)]) $$;

CREATE FUNCTION post_release(p_order uuid, p_currency text, p_seller bigint, p_commission bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_seller, p_commission);
  SELECT post_of_order('release', 'order', p_order::text, p_order, p_currency, p_at, '',
    ARRAY[debit('2010', p_seller), debit('2140', p_commission),
          credit('2020', p_seller), credit('4000', p_commission)]) $$;

-- What the seller owes is taken from what was released, before the rest is transferred.
CREATE FUNCTION post_netting(p_netting uuid, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post_of_order('netting', 'netting', p_netting::text, p_order, p_currency, p_at, '',
    ARRAY[debit('2020', p_amount), credit('1100', p_amount)]) $$;

CREATE FUNCTION post_transfer(p_transfer uuid, p_order uuid, p_currency text, p_amount bigint,
  p_at timestamptz, p_reference text DEFAULT '')
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post_of_order('transfer', 'transfer', p_transfer::text, p_order, p_currency, p_at, p_reference,
    ARRAY[debit('2020', p_amount), debit('M110', p_amount),
          credit('1010', p_amount), credit('M210', p_amount)]) $$;

CREATE FUNCTION post_transfer_reversed(p_reversal uuid, p_order uuid, p_currency text,
  p_amount bigint, p_at timestamptz, p_reference text DEFAULT '')
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT refuse_negative(p_amount);
  SELECT post_of_order('transfer_reversed', 'reversal', p_reversal::text, p_order, p_currency, p_at,
    p_reference,
    ARRAY[debit('1010', p_amount), debit('M210', p_amount),
          credit('1100', p_amount), credit('M110', p_amount)]) $$;

GRANT EXECUTE ON FUNCTION post_authorise, post_void, post_capture, post_fee, post_funds_available,
  post_refund(uuid, uuid, text, bigint, bigint, bigint, timestamptz),
  post_refund(uuid, uuid, text, bigint, bigint, bigint, boolean, timestamptz),
  post_refund_succeeded, post_refund_failed, post_release, post_netting, post_transfer,
  post_transfer_reversed TO shop;
