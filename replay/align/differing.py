"""At which events two columns of values differ."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..rows.same import same
from ..rows.values import Values

_NUMBERS: Final = (np.dtype(np.bool_), np.dtype(np.int64), np.dtype(np.float64))


def differing(one: Values, other: Values) -> NDArray[np.bool_]:
    """Tell for each event whether two columns differ: in a value, or in that only one of them has any.

    Args:
        one, other: The columns, of the same events.
    """
    both = one.present & other.present
    found: NDArray[np.bool_] = one.present != other.present
    places = np.flatnonzero(both)
    if not len(places):
        return found
    if one.values.dtype == other.values.dtype and one.values.dtype in _NUMBERS:
        found[places] = _unequal(_taken(one, places), _taken(other, places))
    else:
        found[places] = _unlike(one.at(places), other.at(places))
    return found


def _taken(values: Values, places: NDArray[np.int64]) -> NDArray[Any]:
    found: NDArray[Any] = values.values[places if values.codes is None else values.codes[places]]
    return found


def _unequal(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = one != other
    if one.dtype == np.float64:
        found &= ~(np.isnan(one) & np.isnan(other))
    return found


def _unlike(one: Values, other: Values) -> NDArray[np.bool_]:
    """Compare values that are no numbers, all of them present: each two codes once."""
    codes = [np.arange(len(each.present)) if each.codes is None else each.codes for each in (one, other)]
    pairs, back = np.unique(codes[0].astype(np.int64) << 32 | codes[1], return_inverse=True)
    ours, theirs = one.values.tolist(), other.values.tolist()
    unlike = [not same(ours[pair >> 32], theirs[pair & 0xFFFFFFFF]) for pair in pairs.tolist()]
    found: NDArray[np.bool_] = np.array(unlike, np.bool_)[back.reshape(-1)]
    return found
