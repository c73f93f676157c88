"""FRED, the Federal Reserve Bank of St. Louis: dates of economic releases, and figures."""
