"""Yahoo: bars and earnings dates."""
