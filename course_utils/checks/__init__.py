"""What the exercises call: a module for each chapter that has some, on top of `course_utils.judging`."""
