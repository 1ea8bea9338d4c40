"""The company's billing behind one port."""
