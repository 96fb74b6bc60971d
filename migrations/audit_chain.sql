-- The log is append-only, also for its owner, and chained after it was written. The same for the
-- directory and for a cell: {schema}, {audit} and {chain} are filled in by the revision.

ALTER TABLE {audit}
  ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  ADD COLUMN kind text NOT NULL DEFAULT 'action'
    CONSTRAINT {audit}_kind_check CHECK (kind IN ('money', 'access', 'action', 'sign_in')),
  ADD COLUMN before jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN after jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN place text NOT NULL DEFAULT ''
    CONSTRAINT {audit}_place_check CHECK (place ~ '^([0-9a-f]{16})?$'),
  ADD COLUMN network text NOT NULL DEFAULT ''
    CONSTRAINT {audit}_network_check CHECK (network ~ '^([0-9.]+/24|[0-9a-f:]+/48)?$'),
  ADD CONSTRAINT {audit}_nobody_named_check
    CHECK (length(actor) BETWEEN 1 AND 64 AND length(object_id) <= 120
      AND actor !~ '[@[:space:]]' AND object_id !~ '[@[:space:]]');
CREATE INDEX {audit}_xact_index ON {audit} (xact);
CREATE INDEX {audit}_actor_index ON {audit} (actor, id) WHERE actor ~ '^[0-9a-f]{8}-';
CREATE INDEX {audit}_object_index ON {audit} (shop, object_id, id);

CREATE TABLE {chain} (
  chain text COLLATE "C" NOT NULL, position bigint NOT NULL CHECK (position > 0),
  audit_id uuid NOT NULL, xact xid8 NOT NULL, kind text NOT NULL, sealed_at timestamptz NOT NULL,
  row_hash bytea NOT NULL CHECK (length(row_hash) = 32),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (chain, position), UNIQUE (chain, audit_id));
CREATE INDEX {chain}_xact_index ON {chain} (xact);

CREATE FUNCTION {audit}_retention(p_kind text) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_kind IN ('money', 'access') THEN interval '2557 days' ELSE interval '549 days' END
$$;

-- What was written stays. Only what was sealed longer ago than it is kept may go; its hashes stay in
-- the chain. The database's own time counts, which no caller moves.
CREATE FUNCTION {audit}_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT FROM {chain} c WHERE c.chain = OLD.shop AND c.audit_id = OLD.id
        AND c.kind = OLD.kind AND c.sealed_at < statement_timestamp() - {audit}_retention(OLD.kind)) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER {audit}_append_only BEFORE UPDATE OR DELETE ON {audit}
  FOR EACH ROW EXECUTE FUNCTION {audit}_stays();
CREATE TRIGGER {audit}_never_emptied BEFORE TRUNCATE ON {audit}
  FOR EACH STATEMENT EXECUTE FUNCTION {audit}_stays();

CREATE FUNCTION {chain}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit chain is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER {chain}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {chain}
  FOR EACH STATEMENT EXECUTE FUNCTION {chain}_stays();

CREATE FUNCTION forget_{audit}(p_most integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp AS $$
DECLARE
  v_gone bigint;
BEGIN
  DELETE FROM {audit} a USING (
    SELECT c.chain, c.audit_id FROM {chain} c JOIN {audit} b ON b.shop = c.chain AND b.id = c.audit_id
    WHERE b.kind = c.kind AND c.sealed_at < statement_timestamp() - {audit}_retention(c.kind)
    LIMIT p_most) old
    WHERE a.shop = old.chain AND a.id = old.audit_id;
  GET DIAGNOSTICS v_gone = ROW_COUNT;
  RETURN v_gone;
END $$;

-- The sealer reads and adds to the chain; nobody else writes there, and nobody chooses a row's xact.
GRANT USAGE ON SCHEMA {schema} TO audit_sealer;
GRANT SELECT ON {audit} TO audit_sealer;
GRANT SELECT, INSERT ON {chain} TO audit_sealer;
GRANT EXECUTE ON FUNCTION forget_{audit}(integer), {audit}_retention(text) TO audit_sealer;
