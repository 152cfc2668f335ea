"""Keep terms, ledger, invoices, payouts and savings."""
