"""Names and shapes of secrets: what is hidden in any text, what stays, and that no text takes long."""

from __future__ import annotations

import base64
import json
import random
import time
import traceback
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tracetui.trace.hiding.forms import forms
from tracetui.trace.hiding.hide import hide
from tracetui.trace.hiding.options import secrets_of_command
from tracetui.trace.secrets import HIDDEN, is_secret_name

VALUES = ("canary7ZqXwv", "canary7Zq/x+Y=", "Canary-7.Zq_y", "canarycanary", "cänary7Zq!")
BODY = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"
HEX = "0a1b2c3d4e5f6789" * 9

SECRET_NAMES = """
    token tokens hub_token push_to_hub_token use_auth_token hubToken authToken accessToken hfToken HF_TOKEN HFToken
    my_token2 refresh_token session-token csrf.token token_value password passwd pwd db_pass pass PGPASS PGPASSWORD
    MYSQL_PWD passphrase secret client_secret clientSecret secretKey secret_key SECRET_KEY_BASE apiKey api_key
    apikey X-Api-Key APIKey wandb_api_key WANDB_API_KEY wandb_key +wandb.key OPENAI_KEY openai-key AZURE_KEY
    aws_access_key_id AWS_SECRET_ACCESS_KEY AccountKey SharedAccessKey private_key signing_key encryption-key
    ssh_key credentials credential creds auth oauth_token Authorization Proxy-Authorization cookie Set-Cookie jwt
    bearer HF_PAT pat GITHUB_PAT otp auth_string jwt_text id_token contraseña
"""

ORDINARY_NAMES = """
    num_tokens max_new_tokens tokens_per_second token_accuracy eos_token pad_token bos_token eos_token_id
    mean_token_accuracy tokenizer tokenizer_name num_input_tokens_seen include_num_input_tokens_seen
    train_tokens_per_second image_token special_tokens additional_special_tokens decoder_start_token_id
    token_type_ids total_tokens stop_token mask_token TOKENIZERS_PARALLELISM monkey keyboard author authors text_key
    label_key metric_key sort_key primary_key key keys key_value past_key_values query_key compass bypass
    forward_pass pass_rate pass@1 pattern path patience password_file token_path credentials_path hub_model_id
    run_name report_to output_dir loss eval_loss learning_rate secret_name auth_type next_token last_token
    suppress_tokens tiktoken query_tokens rejected_tokens first_pass embed_tokens AuthError PWD OLDPWD checksum
    digest sha256 git_hash commit processing_class compute_metrics class_name
"""

TOKENS = (
    f"hf_{BODY[:34]}",
    f"sk-{BODY}",
    f"sk-proj-{BODY}",
    f"sk-ant-api03-{BODY}",
    f"ghp_{BODY[:36]}",
    f"gho_{BODY[:36]}",
    f"github_pat_{BODY}_{BODY}",
    f"glpat-{BODY[:20]}",
    f"xoxb-123456789012-{BODY[:24]}",
    f"xapp-1-A0-{BODY}",
    "https://hooks." + f"slack.com/services/T00000000/B00000000/{BODY[:24]}",
    f"https://discord.com/api/webhooks/123456789012345678/{BODY}",
    "AK" + "IAABCDEFGHIJKLMNOP",
    "AS" + "IAABCDEFGHIJKLMNOP",
    f"AIza{BODY[:35]}",
    f"ya29.{BODY}",
    f"GOCSPX-{BODY[:28]}",
    f"npm_{BODY[:36]}",
    f"pypi-AgEIcHlwaS5vcmc{BODY}",
    "sk_" + f"live_{BODY[:24]}",
    "rk_" + f"live_{BODY[:24]}",
    f"whsec_{BODY[:32]}",
    f"sq0csp-{BODY}",
    f"SG.{BODY[:22]}.{BODY}",
    f"SK{HEX[:32]}",
    f"key-{HEX[:32]}",
    f"{HEX[:32]}-us12",
    f"dapi{HEX[:32]}",
    f"dop_v1_{HEX[:64]}",
    f"v1.0-{HEX[:24]}-{HEX}",
    f"gsk_{BODY}",
    f"nvapi-{BODY}",
    f"r8_{BODY[:37]}",
    f"hvs.{BODY}",
    f"123456789:AA{BODY[:33]}",
    f"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{BODY[:27]}",
    f"{BODY}{BODY}AbCdEf==",
    f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{BODY}",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0",
    f"lsv2_pt_{HEX[:32]}_{HEX[:10]}",
)
"""One of each well-known kind: made up, and put together so that no scanner takes this file for a leak."""

TEXTS = (
    "401 for https://example.org/x?token={}&page=2",
    "401 for https://example.org/x?page=2&access_token={}",
    "https://account.blob.core.windows.net/c?sv=2022&sig={}&se=2026-01-01",
    "https://b.s3.amazonaws.com/x?X-Amz-Date=2026&X-Amz-Signature={}",
    "https://b.s3.amazonaws.com/x?X-Amz-Credential={}%2F2026&X-Amz-Date=2026",
    "https://maps.example.org/api?key={}",
    "postgres://ann:{}@db.example.org:5432/runs",
    "redis://:{}@localhost:6379/0",
    "https://{}@github.com/ann/x.git",
    "Authorization: Bearer {}",
    "Authorization: Basic {}",
    "headers={{'Authorization': 'Bearer {}', 'Accept': '*/*'}}",
    'headers: {{"X-Api-Key": "{}"}}',
    "curl -H 'Authorization: token {}' https://example.org",
    "Cookie: session={}; path=/",
    "login(token='{}')",
    'login(token="{}", repo="x")',
    "password: {}",
    "password={} user=ann",
    "PASSWORD = {}",
    "db.password => {}",
    "export HF_TOKEN={}",
    "os.environ['HF_TOKEN'] = '{}'",
    'os.environ.setdefault("HF_TOKEN", "{}")',
    '{{"api_key": "{}", "lr": 0.1}}',
    "{{'api_key': '{}', 'lr': 0.1}}",
    r"{{\"api_key\": \"{}\", \"lr\": 0.1}}",
    "{{'credentials': {{'user': 'ann', 'value': '{}'}}, 'lr': 0.1}}",
    "tokens=['a1b2c3d4', '{}']",
    "Config(hub_token='{}', lr=0.1)",
    "Config(lr=0.1,hub_token={})",
    "accessToken: {}",
    "password -> {}",
    "password\t= {}",
    "token:\n  {}",
    "secret: >\n  {}",
    "<password>{}</password>",
    "[('password', '{}')]",
    "secret '{}'",
    "token=SecretStr('{}')",
    '{{"hub_token": null, "auth": {{"user": "u", "value": "{}"}}}}',
    "&quot;token&quot;:&quot;{}&quot;",
    "%22password%22%3A%22{}%22",
    "SharedAccessSignature=sig={}&se=1",
    "https://x/callback#access_token={}&state=1",
    "curl -u ann:{} https://example.org",
    "mysql -u root -p{}",
    "PGPASSWORD={} psql",
    "TrainingArguments(\nhub_token={},\nlr=1,\n)",
    "Incorrect API key provided: {}.",
    "Your access token: {}",
    "Command 'git clone --password {} x' returned 1",
    "Command '['login', '--token', '{}']' returned 1",
    "DefaultEndpointsProtocol=https;AccountName=x;AccountKey={};EndpointSuffix=core",
    "Server=x;Uid=ann;Pwd={};",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE{}\nabc\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE{}\nabc",
    "MIIE{}\nabc\n-----END PRIVATE KEY-----",
    r"'-----BEGIN PRIVATE KEY-----\nMIIE{}\n-----END PRIVATE KEY-----\n'",
)
"""Texts in which a secret's name or place tells where it is."""

RANDOM_ONLY = (
    "token {} is invalid",
    "my password is {}.",
    "The API key {} is wrong",
    "machine x login ann password {}",
    "token | {} | valid",
    "Token('{}')",
    "[('token', '{}')]",
    "docker login -p {}",
    "token '{}' is unknown",
)
"""Texts in which a name stands beside any word: a secret is told by its digits."""

OF_BASE64 = ("MIIE", "Basic", "AccountKey")

READABLE = (
    "loss=0.25, learning_rate: 5e-05, mean_token_accuracy=0.75, num_tokens: 12345, tokens: 17",
    "The tokenizer has new PAD/BOS/EOS tokens that differ from the model config. Updated tokens: {'eos_token_id': 1}.",
    "Setting `pad_token_id` to `eos_token_id`:151645 for open-end generation.",
    "Could not estimate the number of tokens of the input, floating-point operations will not be computed",
    "Special tokens have been added in the vocabulary: ['<pad>', '<eos>']",
    "eos_token='<|im_end|>', pad_token='<pad>', max_new_tokens=128, tokens_per_second=1234.5",
    "Token indices sequence length is longer than the specified maximum sequence length (600 > 512).",
    "commit da39a3ee5e6b4b0d3255bfef95601890afd80709, sha256:" + "e3b0c44298fc1c14" * 4,
    "integrity: sha512-" + "z" * 86 + "==",
    "./out/checkpoint-500/model-00001-of-00002.safetensors",
    "/opt/venv/lib/python3.11/site-packages/transformers/trainer_callback.py:512 in call_event",
    "transformers.models.qwen2.modeling_qwen2.Qwen2ForSequenceClassification",
    "https://huggingface.co/ann/bert-base/resolve/main/config.json?download=true",
    "http://localhost:5000/@scope/x and user@example.org and git@github.com:ann/x.git",
    "KeyError: 'api_key'",
    "usage={'tokens': {'input': 5, 'output': 7}, 'n': 1}",
    "f() got an unexpected keyword argument 'token'",
    "No reward source. Pass `reward_funcs=[]` or \"x\"; it will pass 'local_rank'; you pass `do_eval=True`.",
    "token=None, hub_token=<HUB_TOKEN>, password='', api_key=${API_KEY}, secret=***",
    "basic configuration, Bearer authentication, Basic usage",
    "APEvaluator SKLearnCallback task-number-of-classes-x risk-adjusted-learning-rate",
    "sk-learn-pipeline-with-many-words",
    "2026-11-25 14:01:02,123 INFO key: value, author: Ann, monkey=1, keyboard=us, compass=north",
    "cuda:0 torch.float32 adamw_torch linear steps epoch rank0 trace-1.mpk",
    "a" * 60 + " " + "0123456789" * 8 + " " + "-" * 80 + " " + "=" * 80,
)
"""Texts of ordinary runs, which stay as they are."""


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_names_of_secrets(name: str) -> None:
    """Names of secrets are known in every style of writing."""
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ORDINARY_NAMES.split())
def test_ordinary_names(name: str) -> None:
    """Names of ordinary fields, metrics and variables are none of secrets, though they hold the same words."""
    assert not is_secret_name(name)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "text", ["{}", "before {} after", "x={}", "'{}'", "({})", "[{}, 1]", "https://example.org/{}/x"]
)
def test_well_known_tokens(token: str, text: str) -> None:
    """A token of a well-known kind is hidden wherever it stands, without a name."""
    hidden = hide(text.format(token))
    assert token[-12:].rstrip("=") not in hidden
    assert HIDDEN in hidden


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("value", VALUES)
def test_named_in_a_text(text: str, value: str) -> None:
    """What stands in a text under a secret's name, or in its place, is hidden, and what stands around it stays."""
    if any(sign in text for sign in OF_BASE64):
        value = base64.b64encode(value.encode()).decode()
    if "X-Amz-Credential" in text:
        value = quote(value, safe="")
    written = text.format(value)
    hidden = hide(written)
    assert value not in hidden
    assert value[:7] not in hidden
    assert hidden[:3] == written[:3] or "PRIVATE KEY" in text


@pytest.mark.parametrize("text", RANDOM_ONLY)
def test_beside_a_name(text: str) -> None:
    """What looks random beside a secret's name is hidden; a word, a number or a path is not."""
    assert "canary" not in hide(text.format("canary7ZqXwv"))
    for word in ("checkpoint-500", "12345678", "unexpected", "./out/step5/x", "<pad>"):
        assert hide(text.format(word)) == text.format(word)


@pytest.mark.parametrize("value", ["ann/7Zq", "ann@7Zq", "a@b/7Zq", "7Zq:x", "p#7Zq"])
def test_password_of_a_url(value: str) -> None:
    """A password in a URL is hidden with its slashes and @; the host stays."""
    assert hide(f"to postgres://user:{value}@db.example.org/x now") == f"to postgres://{HIDDEN}@db.example.org/x now"


@pytest.mark.parametrize("text", READABLE)
def test_readable(text: str) -> None:
    """What an ordinary run says stays readable."""
    assert hide(text) == text


def test_source_lines() -> None:
    """In the source lines of a traceback a hard-coded secret is hidden, and code stays."""
    lines = (
        'connect(password="canary7Zq", user=name)',
        "token = 'canary7Zq'",
        'if password == "canary7Zq":',
        'if "canary7Zq" == password:',
        'os.environ["HF_TOKEN"] = "canary7Zq"',
        'keys = {"api_key": "canary7Zq"}',
        'api_keys = ["canary7Zq", "canary7Zr"]',
        'run("curl --token canary7Zq x")',
        'connect("host=x password=canary7Zq")',
        'set_password("canary7Zq")',
    )
    code = (
        "token = tokenizer.decode(ids[0])",
        "login(token=args.hub_token, password=getpass())",
        "tokens = model.generate(max_new_tokens=5)",
        'token = os.environ["HF_TOKEN"]',
        'token = token.rstrip("x")',
        'tokens = [str(token) for token in fields.get("extra_tokens", [])]',
        'headers = {"Authorization": f"Bearer {token}"}',
        'api_key = config.get("api_key")',
    )
    frame = '  File "/x/train.py", line 7, in <module>\n    '
    for line in lines:
        hidden = hide(f"Traceback (most recent call last):\n{frame}{line}\nValueError: no\n")
        assert "canary" not in hidden, hidden
    for line in code:
        text = f"Traceback (most recent call last):\n{frame}{line}\nValueError: no\n"
        assert hide(text) == text


def test_a_real_traceback() -> None:
    """A traceback that Python made is hidden in the same way, with its markers."""
    try:
        json.loads("{", password="canary7Zq")
    except TypeError:
        text = traceback.format_exc()
    assert "canary7Zq" in text
    assert "canary7Zq" not in hide(text)
    assert "json.loads" in hide(text)


@pytest.mark.parametrize(
    "argv",
    [
        ["--hf-token", "{}"],
        ["--hf-token", "--{}"],
        ["--hf_token={}"],
        ["--tokens", "{}", "x{}", "--lr", "0.1"],
        ["--accessToken", "{}"],
        ["--hubToken={}"],
        ["--pass", "{}"],
        ["--pat", "{}"],
        ["-p", "{}"],
        ["-u", "ann:{}"],
        ["--user=ann:{}"],
        ["--openai-key", "{}"],
        ["--wandb_key={}"],
        ["+wandb.key={}"],
        ["++trainer.args.hub_token={}"],
        ["password={}"],
        ['--config={{"api_key": "{}"}}'],
        ["--config", "{{'api_key': '{}'}}"],
        ["--header", "Authorization: Bearer {}"],
        ["-H", "X-Api-Key: {}"],
        ["--env", "HF_TOKEN={}"],
        ["--db", "postgres://ann:{}@host/x"],
    ],
)
def test_command_lines(argv: list[str]) -> None:
    """The secrets of a command line are found in each way in which an option has its value."""
    for value in ("canary7Zq", "canaryXY-z"):
        given = [part.format(value) for part in ["train.py", *argv, "--seed", "1"]]
        spans = secrets_of_command(given)
        shown = [
            "".join(char for place, char in enumerate(part) if not any(start <= place < end for start, end in found))
            for part, found in zip(given, spans, strict=True)
        ]
        assert "canary" not in "".join(shown), shown
        assert shown[0] == "train.py"
        assert shown[-2:] == ["--seed", "1"]


def test_ordinary_options_stay() -> None:
    """Options of ordinary names keep their values, and flags take none."""
    line = "train.py --max_new_tokens 5 --eos_token <eos> --lr 0.1 -p 8 --use_auth_token --fp16 --token_type bert x y"
    assert not any(secrets_of_command(line.split()))


@pytest.mark.parametrize("secret", VALUES)
def test_forms(secret: str) -> None:
    """A known secret is found as it is written in URLs, JSON, Python and, at each place, in base64."""
    written = [quote(secret), quote(secret, safe=""), json.dumps(secret), repr(secret), f"{[secret]}", f"x{secret}y"]
    for before in ("", "u:", "us:", "usr:"):
        written.append(base64.b64encode(f"{before}{secret}".encode()).decode())
        written.append(base64.urlsafe_b64encode(f"{before}{secret}\n".encode()).decode())
    for text in written:
        assert any(form in text for form in forms(secret)), text


HOSTILE = (
    "eyJ", "eyJa.", "eyJhbGciOi", "sk-", "token", "token ", "token=", "token=[", "token:{", "token='", 'token="\\',
    "key ", "api key ", "--token ", "password='x' ", "://", "://a:", "://a@", "a:b@", "@", "?", "&a=", "?token=",
    "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "-", "=", "==", '"', "'", "\"'",
    "'a'==", "\\", '\\"', "(", "[", "{", "<", " ", "\n", "\t", "a", "A", "0", "a ", "Aa", "_", ".", "a.", "/", "+/",
    "M", "MTk4.", "pat", "hf_", "AKIA", "AP5", "Bearer ", "bearer a", "Basic a", "xoxb-", "SG.", 'File "',
    '\n  File "x", line 1\n    token=[', "İtoken=", "ñ", "secret", "1.", "1,", "%s", "0000000000000000", "x=", "x:",
    "x: ", "accessToken", "token is ", "key provided", "a-", "-us", ":AA",
)  # fmt: skip
"""What is repeated to ten thousand characters."""


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_linear(piece: str) -> None:
    """Whatever a text repeats, four times as much takes about four times as long, not sixteen times."""
    short, long = (piece * (length // len(piece)) for length in (2_500, 40_000))
    fast, slow = (min(timed(lambda text=text: hide(text)) for _ in range(3)) for text in (short, long))
    assert slow < 80 * max(fast, 20e-6), (fast, slow)
    assert slow < 0.5


def test_time_is_linear_for_mixtures() -> None:
    """The same for pieces put together at random."""
    seed = random.randrange(1 << 32)
    draw = random.Random(seed)
    for _ in range(150):
        piece = "".join(draw.choices(HOSTILE, k=draw.randint(2, 5)))
        begin = draw.choice(["", "'", '"', "token='", "{", "x" * 2_000, '  File "x", line 1\n    '])
        text = begin + piece * (10_000 // len(piece))
        taken = timed(lambda text=text: hide(text))
        assert taken < 0.1, (seed, piece, taken)


def timed(action: Callable[[], object]) -> float:
    """Return the seconds of this thread that an action takes."""
    start = time.thread_time()
    action()
    return time.thread_time() - start
