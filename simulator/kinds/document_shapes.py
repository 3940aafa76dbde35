"""The properties of Invoice and CreditMemo."""

from __future__ import annotations

from ..schema import (
    ADDRESS,
    DAY,
    EMAIL,
    FLAG,
    IGNORED,
    NUMBER,
    REFERENCE,
    Shape,
    entity,
    nested,
    one_of,
    several,
    text,
)  # fmt: skip
from . import lines

CUSTOM_FIELD = several(
    Shape(
        "CustomField",
        {
            "DefinitionId": text(),
            "Name": text(),
            "Type": text(),
            "StringValue": text(31),
            "BooleanValue": FLAG,
            "DateValue": DAY,
            "NumberValue": NUMBER,
        },
    )
)
TAX_LINE = Shape(
    "TaxLine",
    {
        "Id": text(),
        "Amount": NUMBER,
        "DetailType": text(),
        "TaxLineDetail": nested(
            Shape(
                "TaxLineDetail",
                {
                    "TaxRateRef": REFERENCE,
                    "PercentBased": FLAG,
                    "TaxPercent": NUMBER,
                    "NetAmountTaxable": NUMBER,
                    "TaxInclusiveAmount": NUMBER,
                    "OverrideDeltaAmount": NUMBER,
                    "ServiceDate": DAY,
                },
            )
        ),
    },
)
SHARED = {
    "DocNumber": text(21),
    "TxnDate": DAY,
    "TxnStatus": IGNORED,
    "DepartmentRef": REFERENCE,
    "CurrencyRef": REFERENCE,
    "ExchangeRate": NUMBER,
    "PrivateNote": text(4000),
    "LinkedTxn": several(Shape("LinkedTxn", {"TxnId": text(), "TxnType": text(), "TxnLineId": text()})),
    "Line": lines.LINE,
    "TxnTaxDetail": nested(
        Shape(
            "TxnTaxDetail",
            {
                "DefaultTaxCodeRef": REFERENCE,
                "TxnTaxCodeRef": REFERENCE,
                "TotalTax": NUMBER,
                "TaxReviewStatus": IGNORED,
                "TaxLine": several(TAX_LINE),
            },
        )
    ),
    "CustomField": CUSTOM_FIELD,
    "CustomerRef": REFERENCE,
    "CustomerMemo": nested(Shape("MemoRef", {"value": text(1000), "id": text()})),
    "BillAddr": ADDRESS,
    "ShipAddr": ADDRESS,
    "ShipFromAddr": ADDRESS,
    "BillEmail": EMAIL,
    "ClassRef": REFERENCE,
    "SalesTermRef": REFERENCE,
    "GlobalTaxCalculation": one_of("TaxExcluded", "TaxInclusive", "NotApplicable"),
    "ApplyTaxAfterDiscount": FLAG,
    "PrintStatus": one_of("NotSet", "NeedToPrint", "PrintComplete"),
    "EmailStatus": one_of("NotSet", "NeedToSend", "EmailSent"),
    "PaymentMethodRef": REFERENCE,
    "TxnSource": text(),
    "TransactionLocationType": text(),
    "AutoDocNumber": FLAG,
    "ProjectRef": REFERENCE,
    "TaxExemptionRef": REFERENCE,
    "ARAccountRef": REFERENCE,
    "RecurDataRef": IGNORED,
    "TotalAmt": IGNORED,
    "HomeTotalAmt": IGNORED,
    "Balance": IGNORED,
    "HomeBalance": IGNORED,
    "FreeFormAddress": IGNORED,
}
INVOICE = entity(
    "Invoice",
    **SHARED,
    DueDate=DAY,
    ShipDate=DAY,
    ShipMethodRef=REFERENCE,
    TrackingNum=text(31),
    BillEmailCc=EMAIL,
    BillEmailBcc=EMAIL,
    DeliveryInfo=IGNORED,
    AllowIPNPayment=FLAG,
    AllowOnlinePayment=FLAG,
    AllowOnlineCreditCardPayment=FLAG,
    AllowOnlineACHPayment=FLAG,
    EInvoiceStatus=IGNORED,
    ECloudStatusTimeStamp=IGNORED,
    InvoiceStatus=IGNORED,
    InvoiceStatusLog=IGNORED,
    InvoiceLink=IGNORED,
    InvoiceLinkSecurityCode=IGNORED,
    InvoiceLinkExpiryDate=IGNORED,
    Deposit=NUMBER,
    DepositToAccountRef=REFERENCE,
    CallToAction=IGNORED,
    GovtTxnRefIdentifier=text(),
    TaxFormNum=IGNORED,
    TaxFormType=IGNORED,
    LessCIS=IGNORED,
    TDSAmt=IGNORED,
    PONumber=text(25),
    FOB=text(),
    SalesRepRef=REFERENCE,
    FinanceCharge=IGNORED,
    Tag=IGNORED,
    WithholdingTax=IGNORED,
)
CREDIT_MEMO = entity(
    "CreditMemo",
    **SHARED,
    InvoiceRef=REFERENCE,
    RemainingCredit=IGNORED,
    CheckPayment=IGNORED,
    TotalCostAmt=IGNORED,
)
