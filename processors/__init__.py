"""Topic to topic: pure folds on Faust."""
