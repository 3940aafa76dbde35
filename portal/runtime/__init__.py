"""What every room stands on, whatever it does: for now, logs."""
