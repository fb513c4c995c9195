//! Stage 1: a zip with exactly one reading.
