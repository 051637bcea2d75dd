"""The output of commands, where all that they write or print goes: folders, files and tables in a terminal."""
