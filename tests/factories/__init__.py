"""One plain function per model: valid with no argument, unique by a counter."""
