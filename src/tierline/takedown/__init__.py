"""Takedowns: what people may ask to be removed leaves every table and stays out, its bytes are searched for, and that is certified."""
