"""The properties of Invoice, CreditMemo, SalesReceipt, RefundReceipt and Estimate."""

from __future__ import annotations

from ..schema import (
    ADDRESS,
    DAY,
    EMAIL,
    FLAG,
    FREE,
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
from .line_shapes import LINE

CUSTOM_FIELD = several(
    Shape(
        "CustomField",
        {
            "DefinitionId": text(),
            "Name": text(),
            "Type": text(),
            "StringValue": text(),
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
    "Line": LINE,
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
SHIPPED = {"ShipDate": DAY, "ShipMethodRef": REFERENCE, "TrackingNum": text()}
MAILED = {"BillEmailCc": EMAIL, "BillEmailBcc": EMAIL, "DeliveryInfo": IGNORED}
INVOICE = entity(
    "Invoice",
    **SHARED,
    DueDate=DAY,
    **SHIPPED,
    **MAILED,
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
SALES_RECEIPT = entity(
    "SalesReceipt",
    **SHARED,
    **SHIPPED,
    DepositToAccountRef=REFERENCE,
    PaymentRefNum=text(21),
    CreditCardPayment=IGNORED,
    CheckPayment=IGNORED,
    **MAILED,
)
REFUND_RECEIPT = entity(
    "RefundReceipt",
    **SHARED,
    DepositToAccountRef=REFERENCE,
    PaymentRefNum=text(21),
    PaymentType=text(),
    CreditCardPayment=FREE,
    CheckPayment=FREE,
    **MAILED,
)
ESTIMATE = entity(
    "Estimate",
    **(SHARED | {"TxnStatus": one_of("Pending", "Accepted", "Closed", "Rejected", "Converted")}),
    DueDate=DAY,
    **SHIPPED,
    ExpirationDate=DAY,
    AcceptedBy=text(100),
    AcceptedDate=DAY,
    **MAILED,
)
