"""Probes: small functions that are called at chosen events, and whose results are recorded with the row.

A probe gets what hooks get, by name: ``event, args, state, control, model, optimizer, lr_scheduler, ...``, and
takes what it needs::

    @probe("on_log", every=10)
    def dead_units(model, **_):
        return int((model.linear.weight.abs().sum(1) == 0).sum())

    TraceRecorder("trace.mpk", probes=[dead_units, gradient_norm, parameter_digest.at("on_epoch_end")])

It is called before the event's callbacks, without gradients; random numbers that it draws are given back, which
costs 0.1 ms an event where a probe is not of this file. None is called unless it is asked for, and each row says
how long it took. Those in this file say what they cost (as measured on a CPU, 2 cores).
"""

from __future__ import annotations

import hashlib
import marshal
import math
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pickle import PicklingError
from typing import Any, Final
from zlib import crc32

STEP_END: Final = ("on_step_end",)


@dataclass(frozen=True)
class Probe:
    """A function and when it is called.

    Attributes:
        function: Takes keyword arguments and returns any value; what is no plain data is described.
        events: Names of the events at which it is called.
        every: Called at steps that are divisible by this, also after a resume: runs can be compared.

    Raises:
        ValueError: `every` is not a positive integer, or `events` are no names of events.
    """

    function: Callable[..., Any]
    events: tuple[str, ...] = STEP_END
    every: int = 1

    def __post_init__(self) -> None:
        """Refuse what would never be called: here, before training begins."""
        if not callable(self.function):
            raise ValueError(f"a probe must be a function, not {type(self.function).__name__}")
        if not self.events or not all(str(name).startswith("on_") for name in self.events):
            raise ValueError(f"a probe is called at events, such as on_step_end: {self.events!r} are none")
        if type(self.every) is not int or self.every < 1:
            raise ValueError(f"every must be a positive integer, not {self.every!r}")

    @property
    def name(self) -> str:
        """The function's name."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    @property
    def description(self) -> dict[str, Any]:
        """Name, events and distance, as the run's header has them."""
        return {"name": self.name, "events": list(self.events), "every": self.every}

    def at(self, *events: str, every: int = 1) -> Probe:
        """Return the same probe for other events.

        Args:
            events: Names of events; none: those that it has.
            every: See above.
        """
        return Probe(self.function, events or self.events, every)

    def __call__(self, **given: Any) -> Any:
        """Call the function."""
        return self.function(**given)

    def __reduce__(self) -> Any:
        """Pickle by the function's place, where a function and a probe may stand; raises PicklingError."""
        place = getattr(self.function, "__module__", ""), getattr(self.function, "__qualname__", "")
        try:
            found = _find(*place)
        except (ImportError, AttributeError, ValueError):
            raise PicklingError(f"the probe {self.name} is not a function of a module") from None
        if getattr(found, "function", found) is not self.function:
            raise PicklingError(f"the probe {self.name} is not what {'.'.join(place)} is")
        return _restored, (*place, self.events, self.every)


def probe(*events: str, every: int = 1) -> Callable[[Callable[..., Any]], Probe]:
    """Make a function a probe: ``@probe("on_log")``.

    Args:
        events: Names of events; ``on_step_end`` if there are none.
        every: Called at steps that are divisible by this.
    """
    return lambda function: Probe(function, events or STEP_END, every)


def as_probe(item: object) -> Probe:
    """Return a probe as it is, a function as one that is called at ``on_step_end``; raises ValueError."""
    return item if isinstance(item, Probe) else Probe(item)  # type: ignore[arg-type]


def named(name: str) -> Probe:
    """Return one of the probes of this file by its name, or ``package.module:name``; raises ValueError."""
    module, colon, function = name.rpartition(":")
    if not colon and name in SHIPPED:
        return SHIPPED[name]
    if not colon:
        raise ValueError(f"no probe is called {name}: there are {', '.join(SHIPPED)}, and package.module:name")
    try:
        return as_probe(_find(module, function))
    except (ImportError, AttributeError) as error:
        raise ValueError(f"no probe {name}: {error}") from None


@probe("on_pre_optimizer_step")
def gradient_norm(model: Any, **_: Any) -> float | None:
    """Return the 2-norm of all gradients, as the optimizer is going to use them (clipped, if they are).

    Costs a pass over all gradients, and on an accelerator one wait for its stream. None without gradients
    (DeepSpeed keeps them to itself); with FSDP it is that of this rank's shards.
    """
    import torch

    norms = _norms(grad for _, grad in _gradients(model))
    return float(torch.linalg.vector_norm(norms)) if norms is not None else None


@probe("on_pre_optimizer_step")
def first_nonfinite_gradient(model: Any, **_: Any) -> dict[str, Any] | None:
    """Return which parameter is the first, in the model's order, whose gradient has a NaN or an infinity.

    A dict of ``parameter``, ``nan``, ``infinite`` and ``of`` (numbers of elements), None while all is finite.
    Costs a pass over all gradients, and on an accelerator one wait for its stream.
    """
    gradients = list(_gradients(model))
    norms = _norms(grad for _, grad in gradients)
    for (name, grad), norm in zip(gradients, norms.tolist() if norms is not None else (), strict=True):
        if not math.isfinite(norm):  # or it has overflowed: then there is nothing to count
            nan, infinite = int(grad.isnan().sum()), int(grad.isinf().sum())
            if nan or infinite:
                return {"parameter": name, "nan": nan, "infinite": infinite, "of": grad.numel()}
    return None


@probe("on_step_begin", "on_step_end")
def parameter_digest(model: Any, **_: Any) -> str:
    """Return 16 hex digits that differ when any bit of any parameter does.

    Two runs are the same up to the first step at which these differ. What differs from an ``on_step_end`` to the next
    ``on_step_begin`` a callback wrote, not the optimizer. Costs the copy of all parameters to the CPU, a wait for the
    accelerator, and a hash of them (about 0.6 ms per MB), twice a step: use ``every`` with large models.
    """
    import torch

    digest = hashlib.sha256()  # many processors have it built in: twice as fast as blake2b there
    for name, parameter in model.named_parameters():
        local = _local(parameter).detach()
        digest.update(f"{name} {local.dtype} {tuple(local.shape)}".encode())
        if local.device.type != "meta":
            digest.update(local.contiguous().reshape(-1).view(torch.uint8).cpu().numpy())
    return digest.hexdigest()[:16]


@probe("on_step_begin", "on_step_end")
def random_state(**_: Any) -> dict[str, str]:
    """Return 8 hex digits for each random state: ``python``, ``numpy``, ``torch``, and ``cuda:0``, ... if used.

    They differ when anybody drew a number since; the probe itself draws none. Costs some 150 µs, and waits for no
    accelerator: the seed and the count of its generator lie on the CPU.
    """
    import torch

    states: dict[str, bytes] = {"python": marshal.dumps(random.getstate(), 2)}
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        kind, keys, *rest = numpy.random.get_state()
        states["numpy"] = kind.encode() + keys.tobytes() + repr(rest).encode()
    states["torch"] = torch.get_rng_state().numpy().tobytes()
    if torch.cuda.is_initialized() and not torch.cuda.is_current_stream_capturing():  # type: ignore[no-untyped-call]
        for number, generator in enumerate(torch.cuda.default_generators):
            states[f"cuda:{number}"] = generator.get_state().numpy().tobytes()
    return {name: f"{crc32(state):08x}" for name, state in states.items()}


@probe("on_step_end")
def process_memory(**_: Any) -> dict[str, int]:
    """Return the memory of this process, in bytes: ``resident``.

    Costs some 40 µs: a read of what the operating system counts.
    """
    import psutil

    return {"resident": psutil.Process().memory_info().rss}


@probe("on_step_end")
def accelerator_memory(args: Any, **_: Any) -> dict[str, int] | None:
    """Return the memory of the accelerator in bytes, by torch's own count: ``allocated``, ``reserved``, ``peak``.

    None on a CPU, and on a device that does not count. Costs next to nothing: torch counts on the CPU, and nothing is
    waited for.
    """
    import torch

    device = getattr(args, "device", None)
    counts = getattr(torch, getattr(device, "type", ""), None)
    allocated = getattr(counts, "memory_allocated", None)
    if counts is None or allocated is None:
        return None
    found = {"allocated": int(allocated(device))}
    for name, field in (("memory_reserved", "reserved"), ("max_memory_allocated", "peak")):
        if hasattr(counts, name):
            found[field] = int(getattr(counts, name)(device))
    return found


SHIPPED: Final = {
    item.name: item
    for item in (
        gradient_norm,
        first_nonfinite_gradient,
        parameter_digest,
        random_state,
        process_memory,
        accelerator_memory,
    )
}
"""The probes of this file, by name."""


def _gradients(model: Any) -> Iterator[tuple[str, Any]]:
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            grad = _local(parameter.grad)
            yield name, (grad.coalesce().values() if grad.is_sparse else grad)


def _local(tensor: Any) -> Any:
    """Return what lies on this rank of a tensor that is spread over several."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


def _norms(tensors: Iterable[Any]) -> Any:
    """Return the norms as one tensor on one device, so that reading them waits once; None if there are no gradients.

    Half precision is summed up in float 32: its squares would overflow.
    """
    import torch

    wide = {torch.float16: torch.float32, torch.bfloat16: torch.float32}
    norms = [torch.linalg.vector_norm(tensor, dtype=wide.get(tensor.dtype)) for tensor in tensors]
    return torch.stack([norm.to(norms[0].device) for norm in norms]) if norms else None


def _find(module: str, name: str) -> Any:
    found: Any = sys.modules.get(module) or import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _restored(module: str, name: str, events: tuple[str, ...], every: int) -> Probe:
    return as_probe(_find(module, name)).at(*events, every=every)
