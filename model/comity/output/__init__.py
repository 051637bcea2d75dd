"""Where everything that a command writes or prints goes out: folders, files and tables in a terminal."""
