"""No secret is in the file: not from the arguments, the command line, the environment or the user's home."""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback, TrainingArguments

from tiny import make_args, make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.messages import TEXT_LIMIT
from tracetui.recorder.plain import MAX_TEXT
from tracetui.recorder.redact import Redactor, is_secret_name
from tracetui.replay import Trace
from tracetui.trace.pack import pack_trace
from tracetui.trace.reader import TraceReader
from tracetui.trace.scan import Placed

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


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("hub_token", True),
        ("push_to_hub_token", True),
        ("wandb_api_key", True),
        ("password", True),
        ("client-secret", True),
        ("max_new_tokens", False),
        ("num_input_tokens_seen", False),
        ("include_num_input_tokens_seen", False),
        ("tokenizer", False),
        ("monkey", False),
        ("author", False),
    ],
)
def test_names_of_secrets(name: str, secret: bool) -> None:
    """A secret is told by its field's name, and ordinary names are no secrets."""
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    "secret",
    ["hf_AbCdEfGhIjKlMnOpQrSt", "ghp_abcdefghijklmnopqrstuvwx", "AKIAABCDEFGHIJKLMNOP", "xoxb-123456789012-abc"],
)
def test_shapes_of_secrets(secret: str) -> None:
    """A text that looks like a well-known kind of token is taken out wherever it stands."""
    text = Redactor(None, {}).text(f"before {secret} after")
    assert secret not in text
    assert text.startswith("before ")
    assert text.endswith(" after")


def test_the_home_is_only_a_whole_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the user's own home becomes a tilde, not one whose name begins alike."""
    redactor = Redactor(None, {"HOME": "/u/ann"})
    assert redactor.text("/u/ann/x /u/anna/x /u/ann") == "~/x /u/anna/x ~"
    assert os.sep == "/"
