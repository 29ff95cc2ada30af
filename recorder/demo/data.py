"""The handwritten digits of the demo: 1,797 real images of 8 x 8 points (source and license: DIGITS.md)."""

from __future__ import annotations

import gzip
from importlib.resources import files

import numpy as np
import torch
from torch.utils.data import Dataset

TRAINING = 1437
"""The first 1,437 images are trained on; the rest, by other writers, are evaluated on."""


class Digits(Dataset[dict[str, torch.Tensor]]):
    """Images (float, 0 to 1, shape 1 x 8 x 8) and their digits, as a `Trainer` takes them."""

    def __init__(self, rows: np.ndarray) -> None:
        """Take rows of 64 points (0 to 16) and one digit."""
        self.images = torch.tensor(rows[:, :64].reshape(-1, 1, 8, 8) / 16, dtype=torch.float32)
        self.digits = torch.tensor(rows[:, 64])

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.digits)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Return one image and its digit."""
        return {"pixel_values": self.images[index], "labels": self.digits[index]}


def digits() -> tuple[Digits, Digits]:
    """Return the digits to train on and those to evaluate on."""
    with files(__package__).joinpath("digits.csv.gz").open("rb") as packed, gzip.open(packed, "rt") as text:
        rows = np.loadtxt(text, delimiter=",", dtype=np.int64)
    return Digits(rows[:TRAINING]), Digits(rows[TRAINING:])
