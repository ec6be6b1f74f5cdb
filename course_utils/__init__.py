"""What the notebooks of the course import: one module, one job."""
