"""Payment terms by file."""

from collections.abc import Sequence

from sqlalchemy import select

from portal.extensions import db
from portal.imports.judging import Cells, Group, Row, Verdict, of_one_row
from portal.models import Actor, PaymentTerm
from portal.sales import edit_conflicts, terms_and_charges
from portal.sales.field_rules import MISSING_DAYS
from portal.sales.refused import Refused


class TermJudge:
    """A row is the payment term of its name."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells

    def key(self, row: Row) -> str:
        return self.cells.raw(row, "name").casefold()

    def judge(self, groups: Sequence[Group]) -> list[Verdict]:
        standing = {term.name.casefold(): term for term in db.session.scalars(select(PaymentTerm))}
        return [self._of(group, standing) for group in groups]

    def store(self, verdicts: Sequence[Verdict], actor: Actor) -> None:
        for verdict in verdicts:
            if verdict.outcome == "new":
                term = PaymentTerm(organization_id=db.session.info["organization_id"], **verdict.draft)
            elif verdict.outcome == "changed":
                term = db.session.get_one(PaymentTerm, verdict.record_id)
                edit_conflicts.write(term, {"days": verdict.draft["days"]}, term.version)
            else:
                continue
            try:
                terms_and_charges.save(term, actor)
            except Refused as refused:
                verdict.refuse_late(refused)

    def _of(self, group: Group, standing: dict[str, PaymentTerm]) -> Verdict:
        verdict = of_one_row(group, "payment term")
        values = self.cells.filled(group[0], verdict.troubles)
        if not verdict.troubles and "days" not in values:
            verdict.refuse(MISSING_DAYS, "days")
        if verdict.troubles:
            verdict.outcome = "refused"
            return verdict
        verdict.draft, verdict.name = values, values["name"]
        term = standing.get(values["name"].casefold())
        if term is None:
            verdict.outcome = "new"
        elif term.days != values["days"]:
            verdict.outcome, verdict.record_id = "changed", term.id
            verdict.told = f"Days {term.days} → {values['days']}"
        return verdict
