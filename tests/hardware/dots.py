"""Pictures of 1 bit compared dot by dot."""

import numpy as np
from PIL import Image


def differing(one: Image.Image, other: Image.Image) -> int:
    """How many dots differ; the pictures are of one size."""
    assert one.size == other.size
    return int((np.asarray(one.convert("1")) != np.asarray(other.convert("1"))).sum())
