"""Invariants that the ledger can check alone (docs/money.md, section 6), over a whole cell."""

from dataclasses import dataclass

from sqlalchemy import text

from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant with its figure; `breaches` says how many break it."""

    name: str
    meaning: str
    checked: int
    breaches: int

    @property
    def holds(self) -> bool:
        """Whether nothing breaks it."""
        return self.breaches == 0


_CHECKS = (
    (
        "I1 journals",
        "every journal adds up to zero in one currency and has two lines or more",
        "SELECT count(*), count(*) FILTER (WHERE lines < 2 OR total <> 0) FROM (SELECT j.id,"
        " count(e.line) AS lines, coalesce(sum(e.amount), 0) AS total FROM platform.journal j"
        " LEFT JOIN platform.entry e ON e.journal_id = j.id GROUP BY j.id) s",
    ),
    (
        "I1 currencies",
        "all entries of a currency add up to zero",
        "SELECT count(*), count(*) FILTER (WHERE total <> 0) FROM (SELECT currency,"
        " sum(amount) AS total FROM platform.entry GROUP BY currency) s",
    ),
    (
        "I2 balances",
        "every kept balance equals the sum of its entries",
        "SELECT count(*), count(*) FILTER (WHERE b.debits - b.credits <> coalesce(s.total, 0))"
        " FROM platform.balance b LEFT JOIN (SELECT account_id, sum(amount) AS total"
        " FROM platform.entry GROUP BY account_id) s ON s.account_id = b.account_id",
    ),
    (
        "I6 sellers",
        "no seller's balance is below zero; debts stand in seller_receivable only",
        "SELECT count(*), count(*) FILTER (WHERE b.credits - b.debits < 0) FROM platform.balance b"
        " JOIN platform.account a ON a.id = b.account_id WHERE a.code IN ('2010', '2020', '2030', '2040')",
    ),
    (
        "I9 transactions",
        "every balance transaction of the provider has exactly one journal",
        "SELECT count(*), count(*) FILTER (WHERE journals <> 1) FROM (SELECT source_id, shop,"
        " count(*) AS journals FROM platform.journal WHERE source_kind = 'transaction'"
        " GROUP BY shop, source_id) s",
    ),
)


def check_books(unit: UnitOfWork) -> list[Finding]:
    """Check the books of all shops of a cell; in the scope of platform_reader."""
    findings = []
    for name, meaning, query in _CHECKS:
        checked, breaches = unit.session.execute(text(query)).one()
        findings.append(Finding(name, meaning, checked, breaches))
    return findings
