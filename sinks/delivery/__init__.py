"""Takes public tier topics to subscribers: entitled, in order, once, with receipts."""
