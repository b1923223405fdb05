"""Look-alike hashes of a picture: pHash, aHash and dHash, equal bit by bit to those of the `imagehash` package.

Sources: https://www.hackerfactor.com/blog/index.php?/archives/432-Looks-Like-It.html (aHash, pHash) and
https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html (dHash). Pillow makes the grey and the small
picture, as there; the cosine transform is made with numpy alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dam_media_image.functions.facts import PictureHashes

_SIZE = 8
_DETAIL = 32


def perceptual_hashes(picture: Image.Image) -> PictureHashes:
    """Compute the three look-alike hashes of a picture, each 16 hex digits.

    Alpha is ignored, as `imagehash` does: transparent pixels count with the colour that they hold.
    """
    grey = picture.convert("L")
    return {
        "phash": _hex(_phash_bits(_shrunk(grey, _DETAIL, _DETAIL))),
        "ahash": _hex(_ahash_bits(_shrunk(grey, _SIZE, _SIZE))),
        "dhash": _hex(_dhash_bits(_shrunk(grey, _SIZE + 1, _SIZE))),
    }


def _shrunk(grey: Image.Image, width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(grey.resize((width, height), Image.Resampling.LANCZOS))


def _ahash_bits(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    bits: NDArray[np.bool_] = pixels > pixels.mean()
    return bits


def _dhash_bits(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return pixels[:, 1:] > pixels[:, :-1]


def _phash_bits(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    low = _cosine_transform(_cosine_transform(pixels.T.astype(np.float64)).T)[:_SIZE, :_SIZE]
    return low > np.median(low)


def _cosine_transform(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The type 2 cosine transform of each row of even length, unscaled.

    It takes the steps of pocketfft's `T_dcst23` (https://gitlab.mpcdf.mpg.de/mtr/pocketfft), as scipy and so `imagehash` do:
    in an even or mirrored picture half of the coefficients are zero but for rounding, and the bits of the hash follow that
    rounding. A plain matrix product rounds otherwise.
    """
    length = rows.shape[1]
    half = length // 2
    spectrum = np.zeros((rows.shape[0], half + 1), dtype=np.complex128)
    spectrum.real[:, 0] = rows[:, 0] * 2
    spectrum.real[:, half] = rows[:, -1] * 2
    odd, even = rows[:, 1:-1:2], rows[:, 2:-1:2]
    spectrum.real[:, 1:half] = even + odd
    spectrum.imag[:, 1:half] = even - odd
    out: NDArray[Any] = np.fft.irfft(spectrum, n=length, norm="forward")
    quarter = np.arctan(np.longdouble(1)) / (length / 2)
    twiddle = np.cos(np.arange(1, length, dtype=np.longdouble) * quarter).astype(np.float64)
    front, back = out[:, 1:half].copy(), out[:, :half:-1].copy()
    first, last = twiddle[: half - 1], twiddle[: half - 1 : -1]
    t1 = first * back + last * front
    t2 = first * front - last * back
    out[:, 1:half] = 0.5 * (t1 + t2)
    out[:, :half:-1] = 0.5 * (t1 - t2)
    out[:, half] *= twiddle[half - 1]
    return out


def _hex(bits: NDArray[np.bool_]) -> str:
    return np.packbits(bits).tobytes().hex()
