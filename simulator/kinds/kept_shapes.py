"""The properties of what is kept as it is sent: of transactions, and of their lines."""

from __future__ import annotations

from ..schema import (
    DAY,
    FLAG,
    IGNORED,
    NUMBER,
    REFERENCE,
    Property,
    Shape,
    nested,
    one_of,
    several,
    text,
)  # fmt: skip

TRANSACTION: dict[str, Property] = {
    "DocNumber": text(21),
    "TxnDate": DAY,
    "CurrencyRef": REFERENCE,
    "ExchangeRate": NUMBER,
    "PrivateNote": text(4000),
    "DepartmentRef": REFERENCE,
    "GlobalTaxCalculation": one_of("TaxExcluded", "TaxInclusive", "NotApplicable"),
    "TransactionLocationType": text(),
    "TxnSource": text(),
    "IncludeInAnnualTPAR": FLAG,
    **dict.fromkeys(
        ("TxnTaxDetail", "TxnStatus", "LinkedTxn", "RecurDataRef", "TotalAmt", "HomeTotalAmt", "Balance",
         "HomeBalance"),
        IGNORED,
    ),
}  # fmt: skip
LINKED = several(Shape("LinkedTxn", {"TxnId": text(), "TxnType": text(), "TxnLineId": text()}))
PURCHASED = {
    "CustomerRef": REFERENCE,
    "ClassRef": REFERENCE,
    "TaxCodeRef": REFERENCE,
    "TaxAmount": NUMBER,
    "TaxInclusiveAmt": NUMBER,
    "BillableStatus": one_of("Billable", "NotBillable", "HasBeenBilled"),
    "MarkupInfo": nested(
        Shape(
            "MarkupInfo",
            {
                "PercentBased": FLAG,
                "Value": NUMBER,
                "Percent": NUMBER,
                "PriceLevelRef": REFERENCE,
                "MarkUpIncomeAccountRef": REFERENCE,
            },
        )
    ),
}
ITEM_DETAIL = PURCHASED | {
    "ItemRef": REFERENCE,
    "Qty": NUMBER,
    "UnitPrice": NUMBER,
    "RatePercent": NUMBER,
    "PriceLevelRef": IGNORED,
    "UOMRef": IGNORED,
    "ItemAccountRef": IGNORED,
    "ItemReceived": IGNORED,
}
JOURNAL_DETAIL = PURCHASED | {
    "PostingType": one_of("Debit", "Credit"),
    "AccountRef": REFERENCE,
    "DepartmentRef": REFERENCE,
    "TaxApplicableOn": text(),
    "JournalCodeRef": REFERENCE,
    "Entity": nested(Shape("EntityTypeRef", {"Type": text(), "EntityRef": REFERENCE})),
}
DEPOSIT_DETAIL = {
    "AccountRef": REFERENCE,
    "PaymentMethodRef": REFERENCE,
    "ClassRef": REFERENCE,
    "TaxCodeRef": REFERENCE,
    "Entity": REFERENCE,
    "CheckNum": text(21),
    "TaxApplicableOn": text(),
    "TxnType": text(),
}


PAID_BY_CHECK = nested(
    Shape(
        "BillPaymentCheck",
        {
            "BankAccountRef": REFERENCE,
            **dict.fromkeys(
                ("PrintStatus", "CheckNum", "Status", "NameOnAcct", "AcctNum", "BankName"), text(100)
            ),
            **dict.fromkeys(("CheckDetail", "PayeeAddr"), IGNORED),
        },
    )
)
PAID_BY_CARD = nested(Shape("BillPaymentCreditCard", {"CCAccountRef": REFERENCE, "CCDetail": IGNORED}))
CASH_BACK = nested(Shape("CashBackInfo", {"AccountRef": REFERENCE, "Amount": NUMBER, "Memo": text(4000)}))


def lines_of(**details: dict[str, Property]) -> Property:
    """`details`: the kinds of line there may be, and what each says."""
    own = {name: nested(Shape(name, known)) for name, known in details.items()}
    plain = {
        "Id": text(),
        "LineNum": IGNORED,
        "Description": text(4000),
        "Amount": NUMBER,
        "ProjectRef": REFERENCE,
        "LinkedTxn": LINKED,
    }
    rest = dict.fromkeys(
        ("DescriptionLineDetail", "TDSLineDetail", "CustomField", "LineEx", "Received"), IGNORED
    )
    return several(Shape("Line", {**plain, "DetailType": text(), **own, **rest}))


EXPENSES = lines_of(
    AccountBasedExpenseLineDetail=PURCHASED | {"AccountRef": REFERENCE},
    ItemBasedExpenseLineDetail=ITEM_DETAIL,
)
