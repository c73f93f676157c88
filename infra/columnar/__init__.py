"""Raw record batches to columns and back: decoders and encoders driven by the .avsc, run by numba."""
