"""Pages of the workspace, a module for each group of readers."""
