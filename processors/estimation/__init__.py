"""Estimates that need scipy, scikit-learn or arch; `processors.calc` has what numpy alone can do."""
