"""What broke, whose fault, how bad, what next. Pure: no I/O."""
