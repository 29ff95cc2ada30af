"""Conditions that hold of the row in `test_condition_meaning`, and some of which nobody knows whether they do."""

from __future__ import annotations

TRUE = r"""
event == "on_log" and logs.loss > 2
event in ["on_log", "on_save"]
event in ("on_log",)
"log" in event
"step" not in event
event < "on_m"
step == state.max_steps
step % 10 == 0 and step / 4 == 2.5 and -step < -9 and step * 2 - 5 == 15
0 < epoch <= 0.5
0 < epoch < 1 < depth
isnan(logs.grad_norm)
not isfinite(logs.grad_norm)
logs.grad_norm != logs.grad_norm
not logs.grad_norm > 1
isfinite(state.big) and not isinf(logs.loss)
has(logs.loss) and not has(logs.missing)
"loss" in logs and "eval/loss" in logs and "missing" not in logs
"extra" in after.logs and "extra" not in logs
logs["eval/loss"] == 3.0
has(logs.missing) or logs.loss
state.best_metric is None
state.best_metric == None
step is not None
state.best_metric != 0.5
event != 3
not event == 3
state.big == 9223372036854775808 and state.big != 9223372036854775807
state.big > 9.2e18
probes.memory != 9007199254740992.0
probes.memory == 9007199254740993
control.should_save == False and not control.should_save and control.should_save == 0
after.control.should_save and before.control.should_save != after.control.should_save
(logs.loss > 2) == True
(logs.loss > 2) + 1 == 2
lr[0] > lr[-1] and len(lr) == 2 and 1e-3 in lr
callbacks.EarlyStoppingCallback.attributes.counter >= 3
callbacks["EarlyStoppingCallback"]["attributes"]["counter"] + 1 == 4
"attributes" in callbacks.EarlyStoppingCallback
len(args.output_dir) == 9 and 'run' in args.output_dir and r"\d" not in args.output_dir
abs(-step) == 10 and abs(logs.loss - 4) == 1.5
changed("control.should_save")
changed("control.*", by="Save*", to=True, was=False)
changed("control.should_save", to=1)
changed("logs.extra") and not changed("logs.extra", was=None) and not changed("logs.extra", was=0)
changed("state.best_metric", was=9007199254740992, to=9007199254740993, by="Trainer")
not changed("control.should_save", by="Trainer")
not changed("control.should_save", by="Trainer", to=True)
called("PrinterCallback") and called("*Callback") and not called("Print")
raised() and raised("OutOfMemoryError") and raised("torch.*") and not raised("ValueError")
True
not False
"\u006fn_log" == event
1e999 > 1
  step   ==
  10
""".strip().split("\n")

UNKNOWN = """
logs.missing > 2
logs.missing == 2
logs.missing != 2
logs.missing is None
logs.missing in [1, 2]
1 in logs.missing
isnan(logs.missing)
logs.missing
logs.missing + 1 > 0
abs(logs.missing) >= 0
len(logs.missing) >= 0
lr[2] > 0
lr[0].x == 1
event > 3
state.best_metric > 0.5
event + event == "on_logon_log"
-event < 0
event * 2 == "on_logon_log"
event % 2 == 0
lr > 1
lr == lr
3 in event
step in step
step / 0 > 1
step % 0 == 0
isnan(event)
isnan(state.best_metric)
logs.missing or False
logs.missing and True
len(step) > 0
""".strip().split("\n")

TRUE[-2:] = ["\n".join(TRUE[-2:])]
