"""What the exercises call: a module for each chapter that has some, on top of `answers`, `compare` and `loops`."""
