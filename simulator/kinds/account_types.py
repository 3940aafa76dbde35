"""The types of accounts: how each is classified, and which sub-types it has."""

from __future__ import annotations

CLASSIFICATION = {
    "Bank": ("Asset", "Checking"),
    "Accounts Receivable": ("Asset", "AccountsReceivable"),
    "Other Current Asset": ("Asset", "OtherCurrentAssets"),
    "Fixed Asset": ("Asset", "OtherFixedAssets"),
    "Other Asset": ("Asset", "OtherLongTermAssets"),
    "Accounts Payable": ("Liability", "AccountsPayable"),
    "Credit Card": ("Liability", "CreditCard"),
    "Other Current Liability": ("Liability", "OtherCurrentLiabilities"),
    "Long Term Liability": ("Liability", "OtherLongTermLiabilities"),
    "Equity": ("Equity", "OwnersEquity"),
    "Income": ("Revenue", "SalesOfProductIncome"),
    "Other Income": ("Revenue", "OtherMiscellaneousIncome"),
    "Cost of Goods Sold": ("Expense", "SuppliesMaterialsCogs"),
    "Expense": ("Expense", "OtherMiscellaneousServiceCost"),
    "Other Expense": ("Expense", "OtherMiscellaneousExpense"),
}
"""AccountType → Classification and the sub-type that stands where none is given."""

SUB_TYPES = {
    "Bank": "CashOnHand Checking MoneyMarket RentsHeldInTrust Savings TrustAccounts",
    "Other Current Asset": (
        "AllowanceForBadDebts DevelopmentCosts EmployeeCashAdvances Inventory"
        " Investment_MortgageRealEstateLoans Investment_Other Investment_TaxExemptSecurities"
        " Investment_USGovernmentObligations LoansToOfficers LoansToOthers LoansToStockholders"
        " OtherCurrentAssets PrepaidExpenses Retainage UndepositedFunds"
    ),
    "Fixed Asset": (
        "AccumulatedAmortization AccumulatedDepletion AccumulatedDepreciation Buildings DepletableAssets"
        " FixedAssetComputers FixedAssetCopiers FixedAssetFurniture FixedAssetPhone FixedAssetPhotoVideo"
        " FixedAssetSoftware FixedAssetOtherToolsEquipment FurnitureAndFixtures IntangibleAssets Land"
        " LeaseholdImprovements MachineryAndEquipment OtherFixedAssets Vehicles"
    ),
    "Other Asset": (
        "AccumulatedAmortizationOfOtherAssets Goodwill LeaseBuyout Licenses OrganizationalCosts"
        " OtherLongTermAssets SecurityDeposits"
    ),
    "Other Current Liability": (
        "CurrentPortionOfLoans DirectDepositPayable FederalIncomeTaxPayable GlobalTaxPayable"
        " GlobalTaxSuspense InsurancePayable LineOfCredit LoanPayable OtherCurrentLiabilities"
        " PayrollClearing PayrollTaxPayable PrepaidExpensesPayable RentsInTrustLiability SalesTaxPayable"
        " StateLocalIncomeTaxPayable TrustAccountsLiabilities"
    ),
    "Long Term Liability": "NotesPayable OtherLongTermLiabilities ShareholderNotesPayable",
    "Equity": (
        "AccumulatedAdjustment CommonStock EstimatedTaxes Healthcare OpeningBalanceEquity OwnersEquity"
        " PaidInCapitalOrSurplus PartnerContributions PartnerDistributions PartnersEquity PersonalExpense"
        " PersonalIncome PreferredStock RetainedEarnings TreasuryStock"
    ),
    "Income": (
        "DiscountsRefundsGiven NonProfitIncome OtherPrimaryIncome SalesOfProductIncome ServiceFeeIncome"
        " UnappliedCashPaymentIncome"
    ),
    "Other Income": (
        "DividendIncome InterestEarned OtherInvestmentIncome OtherMiscellaneousIncome TaxExemptInterest"
    ),
    "Cost of Goods Sold": (
        "CostOfLaborCos EquipmentRentalCos OtherCostsOfServiceCos ShippingFreightDeliveryCos"
        " SuppliesMaterialsCogs"
    ),
    "Expense": (
        "AdvertisingPromotional Auto BadDebts BankCharges CharitableContributions CommissionsAndFees"
        " CostOfLabor DuesSubscriptions Entertainment EntertainmentMeals EquipmentRental FinanceCosts"
        " GlobalTaxExpense Insurance InterestPaid LegalProfessionalFees OfficeExpenses"
        " OfficeGeneralAdministrativeExpenses OtherBusinessExpenses OtherMiscellaneousServiceCost"
        " PayrollExpenses PromotionalMeals RentOrLeaseOfBuildings RepairMaintenance"
        " ShippingFreightDelivery SuppliesMaterials TaxesPaid Travel TravelMeals"
        " UnappliedCashBillPaymentExpense Utilities"
    ),
    "Other Expense": (
        "Amortization Depreciation ExchangeGainOrLoss GasAndFuel HomeOffice OtherMiscellaneousExpense"
        " PenaltiesSettlements"
    ),
}
TYPE_OF_SUB_TYPE = {
    **{sub_type: account_type for account_type, names in SUB_TYPES.items() for sub_type in names.split()},
    **{sub_type: account_type for account_type, (_, sub_type) in CLASSIFICATION.items()},
}
