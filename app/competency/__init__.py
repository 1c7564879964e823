"""Framework, expectations, the evidence ledger, and the levels that follow from them."""
