"""Every metric of the field as pure maths: arrays in, numbers out. Nothing here imports torch."""
