"""Rows of numbers that need not fit into memory: mapped arrays, read in long stretches ahead of their batches."""
