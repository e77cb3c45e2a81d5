"""Values of the official implementations and the inputs that rebuild them."""
