"""Measures the product on this machine: ratios and costs, never promises."""
