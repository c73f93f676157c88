"""One trace from a vendor's frame to the message it led to, through the headers of records (OPS-09)."""
