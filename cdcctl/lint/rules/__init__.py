"""The rules, in files by theme. Importing a file registers its rules; ``cdcctl.lint.catalogue`` imports them all."""
