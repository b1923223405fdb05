"""The look-alike hashes are those of the `imagehash` package, bit by bit."""

from __future__ import annotations

import imagehash
import numpy as np
import pytest
from PIL import Image

from dam_media_image.functions.hashes import perceptual_hashes


def same(picture: Image.Image) -> bool:
    return perceptual_hashes(picture) == {
        "phash": str(imagehash.phash(picture)),
        "ahash": str(imagehash.average_hash(picture)),
        "dhash": str(imagehash.dhash(picture)),
    }


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "F", "I"])
def test_every_mode_gives_the_hashes_of_imagehash(mode: str) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (61, 83, 3), dtype=np.uint8)
    assert same(Image.fromarray(noise).convert(mode))


def test_pictures_without_any_detail() -> None:
    assert all(same(Image.new("L", (64, 48), value)) for value in range(256))


def test_mirrored_and_striped_pictures_whose_coefficients_are_zero_but_for_rounding() -> None:
    chance = np.random.default_rng(5)
    for _ in range(40):
        half = chance.integers(0, 256, (32, 16), dtype=np.uint8)
        quarter = half[:16]
        wide = np.hstack([quarter, quarter[:, ::-1]])
        stripe = np.tile(chance.integers(0, 256, (1, 32), dtype=np.uint8), (32, 1))
        black_and_white = (chance.integers(0, 2, (32, 32)) * 255).astype(np.uint8)
        for pixels in (np.hstack([half, half[:, ::-1]]), np.vstack([wide, wide[::-1]]), stripe, stripe.T.copy(), black_and_white):
            assert same(Image.fromarray(pixels))


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (7, 9), (1000, 3)])
def test_extreme_shapes(size: tuple[int, int]) -> None:
    assert same(Image.effect_noise(size, 60))


def test_each_hash_has_64_bits_as_16_digits() -> None:
    assert all(len(value) == 16 and int(value, 16) >= 0 for value in map(str, perceptual_hashes(Image.new("RGB", (9, 9))).values()))
