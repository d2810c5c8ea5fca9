"""`lystok lane`, on pins that lie in files: FOLDER, then the words behind `lane`."""

import sys
from pathlib import Path

import gpiozero

import lystok
from tests.hardware.lanes.pins import FileFactory

if __name__ == "__main__":
    gpiozero.Device.pin_factory = FileFactory(Path(sys.argv[1]))
    sys.exit(lystok.main(["lane", *sys.argv[2:]]))
