"""What the phases and events of a framework are for folding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...trace.framework import EPOCH, STEP, TRAINING, Framework, Phase


@dataclass(frozen=True)
class Words:
    """The phases and events of a framework, by what they are for folding.

    Attributes:
        step: The phase whose begins cut a training into units, None: the number of the step does.
        outer: Phases around steps, inside a training.
        training: The outermost phase, None: all is one training.
        inner: The other phases, those inside a step, or outside a training, by their bits.
        dull: Names of events that nothing is told of.
    """

    step: Phase | None
    outer: tuple[Phase, ...]
    training: Phase | None
    inner: dict[int, Phase]
    dull: frozenset[str]

    @classmethod
    def of(cls, framework: Framework) -> Words:
        """Return those of a framework; one that does not say what its phases are has the innermost as steps."""
        phases = [phase for phase in framework.phases if not phase.inside]
        step = framework.phase(STEP) or (None if any(phase.kind for phase in phases) else next(reversed(phases), None))
        training = framework.phase(TRAINING)
        if training is None and step is not None and not step.kind and phases[0] is not step:
            training = phases[0]
        epochs = tuple(phase for phase in phases if phase.kind == EPOCH)
        if step is not None and not step.kind:
            epochs = tuple(phase for phase in phases if phase not in (step, training))
        others = (step, training, *epochs)
        inner = {1 << place: phase for place, phase in enumerate(framework.phases) if phase not in others}
        edges = (name for phase in others if phase is not None for name in (phase.begin, *phase.ends))
        begins = (phase.begin for phase in inner.values())
        known = framework.behaviour.certain | framework.wording.edges
        return cls(step, epochs, training, inner, frozenset((*edges, *begins)) | known)

    @property
    def inner_bits(self) -> int:
        """Sum of the bits of `inner`."""
        return sum(self.inner)

    def edges(self, names: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return for each event name the bits of the inner phases that it begins, and of those that it ends."""
        begun = [sum(bit for bit, one in self.inner.items() if one.begin == name and not one.inside) for name in names]
        ended = [sum(bit for bit, one in self.inner.items() if name in one.ends) for name in names]
        return np.array(begun, np.uint8), np.array(ended, np.uint8)
