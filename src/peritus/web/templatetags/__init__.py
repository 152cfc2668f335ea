"""What templates use to show figures, times and states."""
