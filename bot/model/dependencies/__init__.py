"""What pods depend on: the Services that their commands, logs and messages name, with the words that name them."""
