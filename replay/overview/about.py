"""What was run, and what was asked of it: model, device, versions, arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..ending.settings import settings
from ..text.display import brief
from ..text.safe import visible

if TYPE_CHECKING:
    from ..trace import Trace


def ran(trace: Trace) -> str:
    """Return model, trainer, device and versions on one line, safe for a terminal; empty where nothing is told."""
    run = trace.run
    model, versions = _mapping(run.get("model")), _mapping(run.get("versions"))
    parts = [str(model["class"]).rpartition(".")[2]] if isinstance(model.get("class"), str) else []
    parts += [f"{model['parameters']:,} parameters"] if type(model.get("parameters")) is int else []
    trainer = _mapping(run.get("trainer")).get("class")
    parts += [f"trained by {trainer}"] if isinstance(trainer, str) else []
    parts += [f"on {run['device']}"] if isinstance(run.get("device"), str) else []
    parts += [
        f"{library} {brief(versions[library])}"
        for library in (trace.framework.name, "torch", "python")
        if library in versions
    ]
    return ", ".join(map(visible, parts))


def asked(trace: Trace) -> str:
    """Return the arguments that were set on one line, those first that tell most; empty where nothing is told."""
    found, framework = settings(trace), trace.framework
    names = sorted(found.chosen, key=lambda name: name in framework.wording.dull)  # they come last
    chosen = [f"{visible(str(name))} {brief(found.chosen[name], 30)}" for name in names]
    many = "" if len(found.unknown) == 1 else "s"
    unknown = [f"{len(found.unknown):,} argument{many} with a default that is not known here"] if found.unknown else []
    title = "set: " if found.told else f"not at {visible(framework.name)}' defaults: "
    return "; ".join([*([title + ", ".join(chosen)] if chosen else []), *unknown])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
