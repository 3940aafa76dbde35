"""Products with their SKUs by file, one SKU a row."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.imports.judging import Cells, Group, Row, Trouble, Verdict, of_one_row
from portal.models import Actor, Product, Sku
from portal.models.base import chunks, new_id
from portal.sales import edit_conflicts, records
from portal.sales.edit_conflicts import ChangedMeanwhile
from portal.sales.field_rules import Wrong, sku_rules
from portal.sales.field_words import differences, sentence
from portal.sales.refused import Refused

OF_PRODUCT = {"product_name": "name", "category": "category", "description": "description"}


class Goods:
    """All SKUs of the organization by code, and products by name; as `Places`."""

    def __init__(self) -> None:
        self.codes: dict[str, list[uuid.UUID]] = defaultdict(list)
        self.names: dict[tuple[str, str], list[uuid.UUID]] = defaultdict(list)
        self.products: dict[str, list[uuid.UUID]] = defaultdict(list)
        self._known: set[uuid.UUID] = set()
        self._take(_all())
        for product_id, name in db.session.execute(select(Product.id, Product.name)):
            self.products[name].append(product_id)

    def look(self, codes: Sequence[str], products: Sequence[str]) -> None:
        """Know these as well, if they are there by now."""
        for some in chunks({code for code in codes if code and code.casefold() not in self.codes}):
            self._take(_all().where(Sku.code.in_(some)))
        for some in chunks({name for name in products if name and name not in self.products}):
            for product_id, name in db.session.execute(
                select(Product.id, Product.name).where(Product.name.in_(some))
            ):
                self.products[name].append(product_id)
            self._take(_all().where(Product.name.in_(some)))

    def know(self, sku: Sku, product_name: str) -> None:
        """A SKU that was just stored."""
        self._known.add(sku.id)
        if sku.code:
            self.codes[sku.code.casefold()].append(sku.id)
        self.names[product_name, sku.name].append(sku.id)

    def _take(self, found: Select[Any]) -> None:
        for sku_id, code, name, product_name in db.session.execute(found):
            if sku_id in self._known:
                continue
            self._known.add(sku_id)
            if code:
                self.codes[code.casefold()].append(sku_id)
            self.names[product_name, name].append(sku_id)


class ProductJudge:
    """A row is a SKU, by its code, or by its product and name."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.rules = sku_rules()
        self.goods = Goods()
        self.told: dict[str, Row] = {}
        """The first row of each product: the others may say nothing else of it."""

    def key(self, row: Row) -> str:
        raw = self.cells.raw
        self.told.setdefault(raw(row, "product_name"), row)
        return raw(row, "code").casefold() or f"{raw(row, 'product_name')}\x1f{raw(row, 'name')}"

    def judge(self, groups: Sequence[Group]) -> list[Verdict]:
        verdicts = [of_one_row(group, "SKU") for group in groups]
        drafts = [self._values(verdict) for verdict in verdicts]
        self.goods.look(
            [str(draft.get("code") or "") for draft in drafts],
            [str(draft.get("product_name") or "") for draft in drafts],
        )
        found = [self._standing(verdict, draft) for verdict, draft in zip(verdicts, drafts, strict=True)]
        standing: dict[uuid.UUID, Sku] = {}
        for some in chunks([one for one in found if one is not None]):
            of_these = select(Sku).options(joinedload(Sku.product)).where(Sku.id.in_(some))
            standing |= {one.id: one for one in db.session.scalars(of_these)}
        for verdict, draft, sku_id in zip(verdicts, drafts, found, strict=True):
            if not verdict.troubles:
                self._decide(verdict, draft, standing[sku_id] if sku_id is not None else None)
            if verdict.troubles:
                verdict.outcome = "refused"
        return verdicts

    def store(self, verdicts: Sequence[Verdict], actor: Actor) -> None:
        mine = db.session.info["organization_id"]
        made: dict[str, Product] = {}
        skus: list[tuple[Sku, str]] = []
        for verdict in verdicts:
            if verdict.outcome != "new":
                continue
            draft = dict(verdict.draft)
            of_product = {column: draft.pop(name) for name, column in OF_PRODUCT.items() if name in draft}
            name = of_product["name"]
            standing = self.goods.products.get(name)
            if not standing and name not in made:
                made[name] = Product(id=new_id(), organization_id=mine, **of_product)
            product_id = standing[0] if standing else made[name].id
            sku = Sku(
                id=new_id(), organization_id=mine, product_id=product_id, version=1, revision=1, **draft
            )
            skus.append((sku, name))
        records.store_new([], list(made.values()), [sku for sku, _ in skus], actor)
        for sku, name in skus:
            self.goods.know(sku, name)
        for name, product in made.items():
            self.goods.products[name].append(product.id)
        self._store_changed([one for one in verdicts if one.outcome == "changed"], actor)

    def _store_changed(self, verdicts: Sequence[Verdict], actor: Actor) -> None:
        for verdict in verdicts:
            sku = db.session.get_one(Sku, verdict.record_id)
            try:
                with db.session.begin_nested(), db.session.no_autoflush:
                    product, draft = sku.product, verdict.draft
                    of_product = {
                        column: draft[name]
                        for name, column in OF_PRODUCT.items()
                        if name in draft and getattr(product, column) != draft[name]
                    }
                    if of_product:
                        edit_conflicts.write(product, of_product, product.version)
                        records.save_product(product, actor, asks=False)
                    its_own = {
                        column: value
                        for column, value in draft.items()
                        if column not in OF_PRODUCT and getattr(sku, column) != value
                    }
                    if its_own:
                        edit_conflicts.write(sku, its_own, sku.version)
                        records.save_sku(sku, actor, asks=False)
            except (Refused, ChangedMeanwhile) as error:
                verdict.refuse_late(error)

    def _values(self, verdict: Verdict) -> dict[str, Any]:
        row = verdict.rows[0]
        draft = self.cells.filled(row, verdict.troubles)
        if "inactive" in draft:
            draft.setdefault("active", draft.pop("inactive"))
        if "name" in draft:
            try:
                self.rules["name"].check(draft["name"])
            except Wrong as wrong:
                verdict.troubles.append(Trouble(row.number, "name", draft["name"], str(wrong)))
        first = self.told.get(self.cells.raw(row, "product_name"), row)
        for name in ("category", "description"):
            if self.cells.raw(first, name) != self.cells.raw(row, name):
                words = f"Row {first.number} says otherwise of the same product."
                verdict.troubles.append(Trouble(row.number, name, self.cells.raw(row, name), words))
        verdict.name = " – ".join(one for one in (draft.get("product_name"), draft.get("name")) if one)
        return draft

    def _standing(self, verdict: Verdict, draft: dict[str, Any]) -> uuid.UUID | None:
        code, product = draft.get("code"), draft.get("product_name")
        known = (
            self.goods.codes.get(code.casefold(), [])
            if code
            else self.goods.names.get((product or "", draft.get("name") or product or ""), [])
        )
        if len(known) > 1:
            word = f"the code {code}" if code else "this name"
            verdict.refuse(f"{len(known)} SKUs have {word} here: it can't be told which one this row is.")
            return None
        return known[0] if known else None

    def _decide(self, verdict: Verdict, draft: dict[str, Any], standing: Sku | None) -> None:
        if standing is None:
            if len(self.goods.products.get(draft["product_name"], [])) > 1:
                verdict.refuse("Several products have this name here.", "product_name", draft["product_name"])
                return
            draft.setdefault("name", draft["product_name"])
            verdict.outcome, verdict.draft = "new", draft
            return
        was = {
            name: getattr(standing.product, OF_PRODUCT[name])
            if name in OF_PRODUCT
            else getattr(standing, name)
            for name in draft
        }
        changed = {name: value for name, value in draft.items() if was[name] != value}
        if "product_name" in changed and not self._may_rename(standing, changed["product_name"]):
            verdict.refuse(
                f"This SKU belongs to the product “{standing.product.name}” here. Rename or "
                "move it there first.",
                *("product_name", changed["product_name"]),
            )
            return
        if changed:
            verdict.outcome, verdict.record_id, verdict.draft = "changed", standing.id, changed
            verdict.told = sentence(differences({name: was[name] for name in changed}, changed))

    def _may_rename(self, sku: Sku, name: str) -> bool:
        return len(sku.product.skus) == 1 and not self.goods.products.get(name)


def _all() -> Any:
    return select(Sku.id, Sku.code, Sku.name, Product.name).join(Sku.product)
