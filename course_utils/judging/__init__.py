"""The engine of the exercises: it runs an answer, compares it, and says what is wrong. It knows no exercise."""
