"""The data layer of researchers: bars of any vendor with the signals and regimes that the product's own folds make of them."""
