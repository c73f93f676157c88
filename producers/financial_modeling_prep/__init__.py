"""Financial Modeling Prep: earnings dates."""
