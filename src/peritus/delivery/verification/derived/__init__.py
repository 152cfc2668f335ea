"""Files of a pack that follow from its other files: written, and made again to check them."""
