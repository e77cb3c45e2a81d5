"""One file per module: definitions against independent formulae, and the inputs each must refuse."""
