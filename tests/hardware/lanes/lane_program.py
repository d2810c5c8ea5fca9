"""The lane's process, on pins that lie in files: FOLDER, then the words of the program."""

import sys
from pathlib import Path

import gpiozero

from hardware import lane_daemon
from tests.hardware.lanes.pins import FileFactory

if __name__ == "__main__":
    gpiozero.Device.pin_factory = FileFactory(Path(sys.argv[1]))
    sys.exit(lane_daemon.main(sys.argv[2:]))
