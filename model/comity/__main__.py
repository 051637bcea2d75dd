"""What ``python -m comity`` runs as the main program: the command ``comity``."""

from comity.cli import main

if __name__ == "__main__":
    main()
