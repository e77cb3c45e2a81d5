"""Methods that learn: one trunk of data, training and sampling, and a file per published idea."""
