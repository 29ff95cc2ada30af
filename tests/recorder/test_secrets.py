"""No secret is in the file: not from the arguments, the command line, the environment or the user's home."""

from __future__ import annotations

import base64
import dataclasses
import enum
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

import numpy as np
import pytest
from transformers import TrainerCallback, TrainingArguments
from transformers.trainer_callback import ExportableState

from support.tiny import make_args, make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.probes import probe
from tracetui.recorder.rows.messages import TEXT_LIMIT
from tracetui.recorder.values.plain import MAX_TEXT, Plainer
from tracetui.recorder.values.redact import Redactor
from tracetui.replay import Trace
from tracetui.trace.hiding.forms import forms
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed

CANARY = "canary7Zq"


def secret_fields(folder: Path) -> list[str]:
    """Return the fields that `TrainingArguments` itself masks when it is shown, and those of passwords."""
    names = [field.name for field in dataclasses.fields(TrainingArguments)]
    return [name for name in names if masked(make_args(folder), name) or "password" in name]


def masked(args: TrainingArguments, name: str) -> bool:
    """Tell whether a field's value is not in what the class shows of itself."""
    setattr(args, name, CANARY)
    try:
        return args.to_dict().get(name, CANARY) != CANARY
    except AttributeError:  # one of those that must be an object, and is shown
        return False


def unpacked(path: Path) -> bytes:
    """Return all that is compressed in a packed trace."""
    reader = TraceReader.open(path)
    payloads = [item.frame.payload for item in reader.items() if isinstance(item, Placed)]
    index = repr(reader.index()).encode()
    reader.close()
    return b"".join(payloads) + index


class Leaks(TrainerCallback):
    """Spreads a secret over state, logs and a message."""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Put it wherever something is recorded."""
        state.note = f"pushed with {args.hub_token}"
        logs["where"] = f"https://user:{CANARY}inurl@example.org/x"
        logs["api_key"] = f"{CANARY}inlogs"
        logs[f"pushed with {args.hub_token}"] = logs[f"{os.environ['HOME']}/scores"] = 1
        logs["found"] = [os.environ["HF_TOKEN"], os.environ["DB_PASSWORD"]]
        logs["cut"] = "x" * (MAX_TEXT - 10) + args.hub_token + "x" * 100
        setattr(state, f"of {args.hub_token}", 1)
        logging.getLogger("transformers").warning("x" * (TEXT_LIMIT - 10) + args.hub_token)
        logs["nested"] = {"password": f"{CANARY}nested", "fine": [f"Bearer {args.hub_token}"]}

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Raise with the secret in the message."""
        raise RuntimeError(f"could not log in with {args.hub_token}")


def test_no_canary_is_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Canaries in every secret field, option, variable and in the home's path: none is in the file's bytes."""
    fields = secret_fields(tmp_path / "none")
    assert "hub_token" in fields
    home = tmp_path / f"{CANARY}home"
    (home / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    for name in ("HF_TOKEN", "WANDB_API_KEY", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "SOMETHING"):
        monkeypatch.setenv(name, f"{CANARY}{name.lower()}")
    options = ["--hub_token", f"{CANARY}a", f"--wandb-api-key={CANARY}b", f"password={CANARY}c", "--lr", "0.1"]
    monkeypatch.setattr(sys, "argv", [str(home / "train.py"), *options])
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(
        home / "work",
        callbacks=[Leaks(), recorder],
        max_steps=2,
        logging_strategy="steps",
        logging_steps=1,
        **{name: f"{CANARY}{name}" for name in fields},
    )
    with pytest.raises(RuntimeError, match="could not log in"):
        trainer.train()
    recorder.detach()
    data = (tmp_path / "trace.mpk").read_bytes()
    assert CANARY.encode() not in data.replace(str(tmp_path).encode(), b"")
    packed = pack_trace(tmp_path / "trace.mpk", tmp_path / "packed.mpk").path
    assert CANARY.encode() not in packed.read_bytes() + unpacked(packed).replace(str(tmp_path).encode(), b"")
    trace = Trace.open(tmp_path / "trace.mpk")
    assert trace.run["args"]["output_dir"] == "~/work"
    assert trace.run["args"]["hub_token"] == "<redacted>"
    assert trace.run["command"][-2:] == ["--lr", "0.1"]


LATE = f"{CANARY}/late+1 é"
"""Comes into the environment while training runs."""

ODD = f"{CANARY}/\\odd'\"+é\n2"
"""What changes when it is quoted or escaped."""


class Login(NamedTuple):
    """A tuple whose elements have names."""

    user: str
    password: str


@dataclasses.dataclass
class Account:
    """A dataclass with a secret in it."""

    user: str
    api_key: str
    tries: int = 3


def placed(known: str, unknown: str) -> dict[str, Any]:
    """Return values by key: of one secret that is known, wherever it stands, and one that only its name tells."""
    return {
        "text": f"with {known} in it",
        "bytes": known.encode(),
        "bytearray": bytearray(known.encode()),
        "np_bytes": np.bytes_(known.encode()),
        "np_str": np.str_(known),
        "of_bytes": {known.encode(): 1, "more": {known: [1, (known.encode(),)]}},
        "in_a_set": {known},
        "path": Path("/x") / known,
        "quoted": quote(known, safe=""),
        "quoted_plus": quote_plus(known),
        "escaped": repr(known),
        "json": json.dumps({"x": known}),
        "basic": base64.b64encode(f"ann:{known}".encode()).decode(),
        "cut": "x" * (MAX_TEXT - 10) + known + "x" * 100,
        "cut_bytes": b"x" * (MAX_TEXT - 10) + known.encode() + b"x" * 2_000,
        "credentials": [unknown, unknown.encode()],
        "api_keys": (unknown, {"deep": [unknown]}),
        "password": {"user": "ann", unknown: unknown, unknown.encode(): 1, "port": 5432},
        "tokens": {unknown, 5},
        "accessToken": unknown.encode(),
        "hubToken": np.str_(unknown),
        "clientSecret": Path(unknown),
        "login": Login("ann", unknown),
        "account": Account("ann", unknown),
        "init_kwargs": {"authToken": unknown, "headers": {"Authorization": f"Bearer {unknown}"}},
        "url": f"https://x.org/a?sig={unknown}&page=2 and ftp://ann:{unknown}/a@b@host/x",
        "header": f"Authorization: Bearer {unknown}",
        "pem": f"-----BEGIN PRIVATE KEY-----\n{unknown}\nabc",
        "slack": "https://hooks." + f"slack.com/services/T0/B0/{unknown}",
    }


class Spreads(TrainerCallback):
    """Puts secrets wherever something is recorded."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take secrets up late, as `load_dotenv` does."""
        os.environ["LATE_TOKEN"] = LATE
        for name, value in placed(LATE, f"{CANARY}args").items():
            setattr(args, name, value)
        for name, value in placed(LATE, f"{CANARY}state").items():
            setattr(state, f"of_{name}", value)
            setattr(state, name, value)
        setattr(state, f"named {LATE}", 1)
        state.trial_params = {"lr": 0.1, "api_key": f"{CANARY}trial"}

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Put them into logs, as values and as keys, and into warnings."""
        logs.update(placed(LATE, f"{CANARY}logs"))
        logs[f"key {ODD}"] = logs[ODD.encode()] = 1
        logs["readable"] = "tokens_per_second"
        for name, value in placed(ODD, f"{CANARY}warning").items():
            logging.getLogger("transformers").warning("request failed: %s", {name: value})

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Raise, with a secret in a source line, in the message, and in the message of the cause."""
        try:
            json.loads("{", password="canary7Zqsource")
        except TypeError as error:
            raise RuntimeError(f"no answer from https://x.org/?token={CANARY}message for {LATE}") from error


class Remembers(TrainerCallback, ExportableState):
    """Exports secrets in its state."""

    def state(self) -> dict[str, Any]:
        """Return them."""
        return {"args": {"api_key": f"{CANARY}exported"}, "attributes": placed(ODD, f"{CANARY}exported")}


@probe("on_log")
def places(**_: Any) -> dict[str, Any]:
    """Return secrets."""
    return placed(ODD, f"{CANARY}probe")


@probe("on_log")
def auth_token(**_: Any) -> str:
    """Return a secret under a secret's name."""
    return f"{CANARY}named"


def test_every_kind_in_every_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets of every kind in args, state, logs, keys, metrics, warnings, errors, states, probes: none in the file."""
    monkeypatch.setenv("ODD_PASSWORD", ODD)
    monkeypatch.setenv("LATE_TOKEN", "nothing yet")
    real = tmp_path / f"{CANARY}real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    monkeypatch.setenv("HOME", str(tmp_path / "link"))
    config = json.dumps({"api_key": f"{CANARY}json"})
    options = [f"--config={config}", "--hf-token", f"--{CANARY}a", "--tokens", f"{CANARY}b", f"{CANARY}c"]
    headers = ["-u", f"u:{CANARY}d", "--header", f"Authorization: Bearer {CANARY}e"]
    monkeypatch.setattr(sys, "argv", ["train.py", *options, *headers, "--lr", "0.1"])
    recorder = TraceRecorder(tmp_path / "trace.mpk", probes=[places, auth_token])
    trainer = make_trainer(
        real / "out",
        callbacks=[Spreads(), Remembers(), recorder],
        compute_metrics=lambda _: {"score": 0.5, "clientSecret": f"{CANARY}metrics", "found": ODD.encode()},
        max_steps=2,
        logging_strategy="steps",
        logging_steps=1,
        eval_strategy="steps",
        eval_steps=1,
    )
    trainer.args.model_init_kwargs = {"authToken": f"{CANARY}init"}
    with pytest.raises(RuntimeError, match="no answer"):
        trainer.train()
    recorder.detach()
    packed = pack_trace(tmp_path / "trace.mpk", tmp_path / "packed.mpk").path
    raw = (tmp_path / "trace.mpk").read_bytes() + packed.read_bytes() + unpacked(packed)
    at = raw.replace(str(tmp_path).encode(), b"").find(CANARY.encode())
    assert at < 0, raw.replace(str(tmp_path).encode(), b"")[at - 60 : at + 60]
    for secret in (CANARY, *forms(LATE), *forms(ODD), base64.b64encode(CANARY.encode()).decode()[:10]):
        assert secret.encode() not in raw.replace(str(tmp_path).encode(), b"")
    trace = Trace.open(tmp_path / "trace.mpk")
    assert not trace.damage
    assert trace.run["args"]["output_dir"] == "~/out"
    assert trace.run["command"][-2:] == ["--lr", "0.1"]
    logged = next(event for event in trace if event.name == "on_log").after.logs
    assert logged["readable"] == "tokens_per_second"
    assert logged["text"] == "with <redacted> in it"
    assert logged["password"]["port"] == 5432
    assert logged["password"]["user"] == "<redacted>"
    assert logged["account"].value == {"user": "ann", "api_key": "<redacted>", "tries": 3}
    assert logged["login"] == ("ann", "<redacted>")


def test_what_must_stay_readable(tmp_path: Path) -> None:
    """Ordinary names, metrics, paths, digests and numbers are recorded as they are."""
    values = {
        "num_tokens": 12.0,
        "mean_token_accuracy": 0.5,
        "eos_token": "<|im_end|>",
        "tokens": 17,
        "tokens_per_second": "12.5/s",
        "commit": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "checkpoint": "out/checkpoint-500",
        "password": 5,
        "use_auth_token": True,
        "hub_token": None,
        "text_key": "text",
        "digest": "9f86d081884c7d65",
        "raw": b"\x00\xff\x80abc",
    }
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path, callbacks=[recorder], max_steps=1)
    with recorder:
        trainer.log(dict(values))
    logged = next(event for event in Trace.open(tmp_path / "trace.mpk") if event.name == "on_log").logs
    assert {key: logged[key] for key in values} == values


def test_what_is_known_stays_known() -> None:
    """A variable that is gone again, and a text that was hidden under its name, are hidden from then on."""
    environ = {"X_TOKEN": "first7Zq"}
    redactor = Redactor(None, environ)
    assert redactor.text("first7Zq second7Zq") == "<redacted> second7Zq"
    environ["X_TOKEN"] = "second7Zq"
    assert redactor.text("first7Zq second7Zq.") == "<redacted> <redacted>."
    assert redactor.text("first7Zq second7Zq") == "<redacted> <redacted>"
    plain = Plainer(redactor)
    assert plain.field("api_key", ["third7Zq", 5]) == ["<redacted>", 5]
    assert plain("third7Zq") == "<redacted>"


def test_keys_under_the_name_of_a_secret() -> None:
    """Of a mapping under a secret's name the ordinary keys stay; what may be a secret itself does not."""
    plain = Plainer(Redactor(None, {}))
    assert plain.field("tokens", {"input": 5, "canary7Zqx": 1, "y" * 30: 2}) == {
        "input": 5,
        "<redacted>": 1,
        "<redacted> 2": 2,
    }
    assert plain.field("password", {"user": "ann", "canary": 1, b"canary": 2, 7: "canary"}) == {
        "user": "<redacted>",
        "<redacted>": 1,
        "<redacted> 2": 2,
        7: "<redacted>",
    }
    kinds = {b"password": b"canary", Kind.TOKEN: "canary", np.str_("api_key"): "canary"}
    assert "canary" not in str(plain(kinds))


class Kind(enum.Enum):
    """A key that is no text."""

    TOKEN = "hub_token"


def test_numbers_never_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, the most frequent values, reach neither names nor patterns."""
    redactor = Redactor(None, {})
    for name in ("text", "beginning", "whole_bytes", "remember"):
        monkeypatch.setattr(redactor, name, None)
    plain = Plainer(redactor)
    assert [plain.field("token", value) for value in (5, 0.5, True, None)] == [5, 0.5, True, None]


def test_a_secret_is_cut_nowhere() -> None:
    """Half a secret at the place where a text is cut is not left over, however long the secrets before it are."""
    long = "canary7Zq" + "x7" * 900
    redactor = Redactor(None, {"A_TOKEN": long})
    for place in (0, 50, 95, 99, 101):
        text = "y" * place + long + "z" * 3_000
        assert "canary" not in redactor.beginning(text, 100)
        assert "x7" not in redactor.beginning(text, 100)
        assert "x7" not in redactor.end(text[::-1].replace(long[::-1], long), 100)
        assert b"x7" not in redactor.beginning_of_bytes(text.encode(), 100)
    many = f"{long} " * 50
    assert "x7" not in redactor.beginning(many, 1_000)
    assert "x7" not in redactor.end(many, 1_000)


@pytest.mark.parametrize("path", ["/u/ann/x", "/real/ann/x", "'/u/ann'", "file:///u/ann/x", "/scratch/ann/x"])
def test_the_name_of_a_user(path: str, tmp_path: Path) -> None:
    """A home is hidden by its name and by where it really is, and so is the user's name as a folder."""
    (tmp_path / "real" / "ann").mkdir(parents=True)
    (tmp_path / "u").symlink_to(tmp_path / "real")
    redactor = Redactor(None, {"HOME": str(tmp_path / "u" / "ann"), "USER": "ann"})
    written = path.replace("/u/", f"{tmp_path}/u/").replace("/real/", f"{tmp_path}/real/")
    assert "ann" not in redactor.text(written)
    assert redactor.text("https://huggingface.co/ann/bert by ann") == "https://huggingface.co/ann/bert by ann"


def test_the_home_is_only_a_whole_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the user's own home becomes a tilde, not one whose name begins alike."""
    redactor = Redactor(None, {"HOME": "/u/ann"})
    assert redactor.text("/u/ann/x /u/anna/x /u/ann") == "~/x /u/anna/x ~"
    assert os.sep == "/"
