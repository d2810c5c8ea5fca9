"""How the station asks for memory."""

import subprocess
import sys

_PROGRAM = """
import sys
from kiosk.memory import keep_small

def resident_mb():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

if sys.argv[1] == "small":
    keep_small()
# One picture of such a size was given back: from now on glibc keeps the next ones in its pool.
del bytearray(30_000_000)[:]
pictures = [bytearray(2_700_000) for _ in range(20)]
pinned = [bytearray(20_000) for _ in range(20)]
before = resident_mb()
del pictures
print(round(before - resident_mb()))
"""


def given_back_mb(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, how], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def test_pictures_that_are_done_with_go_back_to_the_system() -> None:
    assert given_back_mb("small") > 45


def test_which_the_c_library_would_not_do_by_itself() -> None:
    assert given_back_mb("as it is") < 45


def test_pictures_are_not_shared_out_among_threads_that_wait_spinning() -> None:
    program = (
        "from kiosk.memory import keep_small; keep_small(); import cv2; print(cv2.getNumThreads())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "1"
