"""What tests share: `from support.tiny import make_trainer`. Only the folder `tests` is on the path."""
