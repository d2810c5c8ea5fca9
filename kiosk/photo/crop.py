"""Where the photo of 3x4 is cut, and the cutting.

The eyes lead: a head is about twice as high as the way from the eyes to the chin, in the photo
it takes 57 hundredths of the height, and the eyes stand at 43 hundredths of it from above.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

import cv2
import numpy as np
from PIL import Image

from hardware.contracts import Frame
from kiosk.photo import looks
from kiosk.photo.faces import Points
from kiosk.photo.judgement import HEIGHT, WIDTH, Crop

_HEAD_SHARE: Final = 0.57
_EYES_FROM_TOP: Final = 0.43
_EYES_TO_CHIN: Final = 1.86
"""In distances of the eyes' middles; adults from 1.7 to 2.1."""
_QUALITY: Final = 90


def crop_for(points: Points) -> Crop:
    """Where the photo of the face with this mesh is cut."""
    eyes = looks.eyes_of(points)
    middle = eyes.mean(axis=0)
    apart = float(np.linalg.norm(eyes[1] - eyes[0]))
    down = float(np.linalg.norm(looks.chin_of(points) - middle))
    # A turn of the head narrows the one, a nod and an open mouth change the other.
    reach = (down + _EYES_TO_CHIN * apart) / 2
    height = 2 * reach / _HEAD_SHARE
    width = height * WIDTH / HEIGHT
    across = (float(middle[0]) + float(looks.sides_of(points)[:, 0].mean())) / 2
    left, top = across - width / 2, float(middle[1]) - _EYES_FROM_TOP * height
    return Crop(round(left), round(top), round(width), round(height))


def cut(frame: Frame, crop: Crop) -> bytes:
    """The photo as a JPEG of 600 x 800 pixels with nothing but the picture in it.

    Where the crop reaches beyond the picture, its edge goes on.
    """
    scale = WIDTH / crop.width
    matrix = np.array([[scale, 0, -crop.x * scale], [0, scale, -crop.y * scale]], np.float64)
    photo = cv2.warpAffine(
        frame,
        matrix,
        (WIDTH, HEIGHT),
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    written = BytesIO()
    picture = Image.fromarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB))
    picture.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()
