"""What the exercises call: one module for each chapter that has some, on top of `compare`."""
