"""The command line: one file per command. Results go to stdout, progress and messages to stderr."""
