"""The properties of a document's lines, by what a line is."""

from __future__ import annotations

from ..schema import AMOUNT, DAY, FLAG, IGNORED, NUMBER, REFERENCE, Shape, nested, several, text

SALES_DETAIL = Shape(
    "SalesItemLineDetail",
    {
        "ItemRef": REFERENCE,
        "ClassRef": REFERENCE,
        "UnitPrice": NUMBER,
        "RatePercent": NUMBER,
        "Qty": NUMBER,
        "UOMRef": REFERENCE,
        "ItemAccountRef": IGNORED,
        "InventorySiteRef": REFERENCE,
        "TaxCodeRef": REFERENCE,
        "ServiceDate": DAY,
        "TaxInclusiveAmt": NUMBER,
        "DiscountRate": NUMBER,
        "DiscountAmt": NUMBER,
        "MarkupInfo": IGNORED,
        "PriceLevelRef": IGNORED,
        "TaxClassificationRef": IGNORED,
        "DeferredRevenue": FLAG,
    },
)
DISCOUNT_DETAIL = Shape(
    "DiscountLineDetail",
    {
        "PercentBased": FLAG,
        "DiscountPercent": NUMBER,
        "DiscountAccountRef": REFERENCE,
        "DiscountRef": REFERENCE,
        "ClassRef": REFERENCE,
        "TaxCodeRef": REFERENCE,
        "ServiceDate": DAY,
    },
)
DESCRIPTION_DETAIL = Shape("DescriptionLineDetail", {"ServiceDate": DAY, "TaxCodeRef": REFERENCE})
PLAIN = {
    "Id": text(),
    "LineNum": IGNORED,
    "Description": text(4000),
    "Amount": AMOUNT,
    "Received": IGNORED,
    "LinkedTxn": IGNORED,
    "ProjectRef": IGNORED,
    "DetailType": text(),
    "SalesItemLineDetail": nested(SALES_DETAIL),
    "DescriptionLineDetail": nested(DESCRIPTION_DETAIL),
    "CustomField": IGNORED,
    "LineEx": IGNORED,
}
GROUP_DETAIL = Shape(
    "GroupLineDetail",
    {
        "GroupItemRef": REFERENCE,
        "Quantity": NUMBER,
        "UOMRef": REFERENCE,
        "ServiceDate": DAY,
        "TaxCodeRef": REFERENCE,
        "Line": several(Shape("Line", PLAIN)),
    },
)
LINE = several(
    Shape(
        "Line",
        {
            **PLAIN,
            "DiscountLineDetail": nested(DISCOUNT_DETAIL),
            "SubTotalLineDetail": IGNORED,
            "GroupLineDetail": nested(GROUP_DETAIL),
            "TaxLineDetail": IGNORED,
        },
    )
)
