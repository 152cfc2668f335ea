"""Say whether a process should be kept, automated or sent out."""
