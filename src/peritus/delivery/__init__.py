"""Write what the client receives from a freeze, with its evidence."""
