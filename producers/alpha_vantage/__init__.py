"""Alpha Vantage: bars, movers and earnings dates."""
