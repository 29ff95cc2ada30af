"""Names and shapes of what is never shown: which names secrets have, and how the well-known ones look.

A name is judged by its words: ``accessToken``, ``HF_TOKEN`` and ``+wandb.key`` are names of secrets, ``eos_token``,
``max_new_tokens`` and ``text_key`` are none. What a language model calls a token is no secret.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

HIDDEN: Final = "<redacted>"
"""Stands in the place of a secret."""

MIN_SECRET: Final = 6
"""Characters below which a value is no secret but a word that occurs everywhere."""

MAX_NAME: Final = 200
"""Characters of a name that are looked at, its last ones."""

NO, WEAK, STRONG = 0, 1, 2
"""How surely a name is a secret's. Weak names are common in other meanings, too: a number there is no secret."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_NO_WORD: Final = re.compile(r"[\W_]+")

_STRONG: Final = re.compile(
    "password|passwd|passwort|kennwort|contrase[nñ]a|passphrase|passcode|secret|credential|authorization"
    "|(?:api|access|private|auth|signing|encryption|account|ssh|gpg|subscription|functions)keys?(?!word)"
    "|(?:access|auth|refresh|session|bearer|security)token|sharedaccess|setcookie"
)
"""Parts that make a name a secret's wherever they stand in it; separators do not count."""

_STRONG_WORDS: Final = _words(
    "pwd pw pass cookie cookies jwt bearer cred creds pgpass userpass dbpass rootpass mysqlpass"
)
_WEAK_WORDS: Final = _words("token tokens auth oauth pat pats otp passkey passkeys")

_KEY_OF: Final = _words(
    """
    client consumer db database master deploy license app application storage service shared sas admin hmac fernet
    aes rsa pgp tls ssl priv crypto jwt webhook bot login cloud key openai anthropic claude wandb hf huggingface
    cohere mistral together groq gemini google gcp azure aws s3 minio r2 b2 comet neptune mlflow clearml swanlab
    kaggle replicate deepseek openrouter fireworks perplexity stripe sendgrid twilio mailgun mailchimp datadog dd
    sentry newrelic github gitlab slack discord telegram pinecone weaviate qdrant langchain langsmith langfuse
    serpapi tavily exa elevenlabs deepgram assemblyai voyage jina xai nvidia ngc modal runpod lambdalabs cloudflare
    digitalocean heroku databricks snowflake wasabi pypi npm square ibm iam cos cloudant softlayer sl artifactory
    artif jfrog
    """
)
"""Words that make a secret of a key that follows them; ``text_key`` and ``sort_key`` are none."""

_KEY: Final = re.compile(f"(?:{'|'.join(sorted(_KEY_OF, key=len, reverse=True))})keys?$")

_ABOUT: Final = _words(
    """
    path paths file files filename dir directory folder sock socket type types mode method scheme provider backend
    class url uri endpoint host port name names length len size count policy prompt manager handler helper enabled
    required optional expiry expires expiration ttl timeout retries field fields column columns template format
    regex pattern error exception warning parallelism
    """
)
"""Last words of names that say something about a secret: ``token_path``, ``AuthError``."""

_HARMLESS: Final = _words(
    """
    num number n nb max min eos bos pad unk sep cls mask special image video audio speech vision visual stop start
    end prompt completion input inputs output outputs total per seen second seconds sec accuracy acc mean avg
    average median std sum id ids loss losses level levels limit limits budget rate rates ratio share fraction
    entropy logprob logprobs prob probs probability weight weights embedding embeddings position positions index
    indices additional decoder encoder forced begin text word words sub subword vocab vocabulary generated think
    thinking reasoning chat classification language lang placeholder padding padded truncated masked ignored
    trainable throughput speed forward backward k at dropout merging pooling mixing shift unexpected percent pct two
    one double first last next previous query question answer control sequence sequences seq mapping groups list str
    strs merge truncate trie emb embed cumsum frac idx drift logits mtp sample sampled teacher prefix suffix
    suppress char chars bytes string strings bpe pattern patterns span spans pooler processor converter expansion
    eod eoi img named specific split overflowing row skip filtered draft drafted chosen rejected presence dec enc
    encoding encodings duration threshold tik
    """
)
"""Words of a language model or a statistic: with one of them a token is a piece of text, and a pass one over data."""

_HARMLESS_OF_MANY: Final = _words(
    """
    new updated added removed valid active test train trained eval source target time response assistant rare common
    frequent top single multi extra good all
    """
)
"""Words that do so only for the plural: new tokens are pieces of text, a new token may be a secret."""

_PARAMETERS: Final = _words("sig signature key code session sessionid sid ticket hmac")
"""Last words of the names that secrets have in the query of a URL, beyond those that they have anywhere."""

_SHELL: Final = frozenset({"PWD", "OLDPWD"})
"""The shell's own variables: the working directory."""


def is_secret_name(name: str) -> bool:
    """Tell whether a field, an option or a variable of this name holds a secret."""
    return strength(name) != NO


def strength(name: str) -> int:
    """Return `NO`, `WEAK` or `STRONG`: whether a name is one of a secret, and how surely."""
    return _strength(name[-MAX_NAME:])


@lru_cache(4096)
def _strength(name: str) -> int:
    words = [word.lower() for word in _WORD.findall(name)]
    if name in _SHELL or "pass@" in name or not words or words[-1] in _ABOUT:
        return NO
    if _STRONG.search(_NO_WORD.sub("", name).lower()) or words[-2:] == ["id", "token"]:
        return STRONG
    if not _HARMLESS.isdisjoint(words) or ("tokens" in words and not _HARMLESS_OF_MANY.isdisjoint(words)):
        words = [word for word in words if word != "pass" and not word.endswith(("token", "tokens"))]
    return max(map(_strength_of_word, ["", *words], words), default=NO)


@lru_cache(1024)
def is_secret_parameter(name: str) -> bool:
    """Tell whether a parameter of this name in the query of a URL holds a secret: a signature does there."""
    words = [word.lower() for word in _WORD.findall(name[-MAX_NAME:])]
    return is_secret_name(name) or (bool(words) and words[-1] in _PARAMETERS)


def _strength_of_word(before: str, word: str) -> int:
    """Judge one word of a name by the one before it."""
    if word in _STRONG_WORDS or (word in ("key", "keys") and before in _KEY_OF) or _KEY.match(word):
        return STRONG
    if word.endswith("pwd"):
        return STRONG
    prefix = word.removesuffix("s").removesuffix("token")
    is_token = word.endswith(("token", "tokens")) and prefix not in _HARMLESS
    return WEAK if word in _WEAK_WORDS or is_token else NO


# -- shapes

_TOKENS: Final = (
    ("hf_", "[A-Za-z0-9]{16,}"),
    ("api_org_", "[A-Za-z0-9]{16,}"),
    ("sk-", r"(?=[a-z_\-]{0,40}[A-Z0-9])[\w\-]{16,}"),  # OpenAI, Anthropic, OpenRouter, DeepSeek, ...
    ("gh", r"[pousr]_[A-Za-z0-9]{20,}"),
    ("github_pat_", r"[A-Za-z0-9_]{20,}"),
    ("gl", r"(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w\-]{16,}"),
    ("GR1348941", r"[\w\-]{20,}"),
    ("xox", r"[a-z](?:\.xox[a-z])?-[A-Za-z0-9\-]{11,}"),
    ("xapp-", r"[A-Za-z0-9\-]{11,}"),
    ("A", "(?:KIA|SIA|BIA|CCA|ROA|IDA|3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("AIza", r"[\w\-]{30,}"),
    ("ya29.", r"[\w\-]{20,}"),
    ("GOCSPX-", r"[\w\-]{20,}"),
    ("npm_", "[A-Za-z0-9]{12,}"),
    ("pypi-", r"[\w\-]{40,}"),
    ("rubygems_", "[0-9a-f]{40,}"),
    ("dckr_", r"[a-z]{3}_[\w\-]{20,}"),
    ("sk_", r"(?:live|test)_[A-Za-z0-9]{10,}"),
    ("rk_", r"(?:live|test)_[A-Za-z0-9]{10,}"),
    ("whsec_", r"[A-Za-z0-9+/=]{20,}"),
    ("sq0", r"[a-z]{3}-[\w\-\\]{22,}"),
    ("EAAA", r"[\w\-]{56,}"),
    ("SG.", r"[\w\-]{16,64}\.[\w\-]{16,}"),
    ("SK", r"[0-9a-zA-Z]{32}(?![A-Za-z0-9])"),
    ("AC", r"[0-9a-z]{32}(?![A-Za-z0-9])"),
    ("key-", "[0-9a-f]{32}"),
    ("dapi", "[0-9a-f]{32}"),
    ("do", "[opr]_v1_[0-9a-f]{40,}"),
    ("v1.0-", "[0-9a-f]{24}-[0-9a-f]{60,}"),
    ("gsk_", "[A-Za-z0-9]{20,}"),
    ("xai-", "[A-Za-z0-9]{20,}"),
    ("r8_", "[A-Za-z0-9]{20,}"),
    ("pplx-", "[A-Za-z0-9]{20,}"),
    ("nvapi-", r"[\w\-]{20,}"),
    ("tgp_v1_", r"[\w\-]{20,}"),
    ("lsv2_", "(?:pt|sk)_[A-Za-z0-9_]{20,}"),
    ("pcsk_", "[A-Za-z0-9_]{20,}"),
    ("wandb_v1_", r"[\w\-]{20,}"),
    ("KGAT_", "[A-Za-z0-9]{20,}"),
    ("tvly-", r"[\w\-]{20,}"),
    ("hvs.", r"[\w\-]{20,}"),
    ("hvb.", r"[\w\-]{20,}"),
    ("glsa_", "[A-Za-z0-9_]{20,}"),
    ("glc_", r"[\w+/=]{20,}"),
    ("NRAK-", "[A-Z0-9]{20,}"),
    ("sntry", r"[su]_[\w+/=]{20,}"),
    ("shp", "(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}"),
    ("sbp_", "[0-9a-f]{30,}"),
    ("lin_api_", "[A-Za-z0-9]{20,}"),
    ("ntn_", "[A-Za-z0-9]{20,}"),
    ("figd_", r"[\w\-]{20,}"),
    ("PMAK-", r"[0-9a-f\-]{30,}"),
    ("HRKU-", r"[\w\-]{20,}"),
    ("ATATT3", r"[\w\-=]{20,}"),
    ("eyJ", r"(?:hbGciOi|0eXAiOi|raWQiOi)[\w\-.]{6,}"),  # JWT, also if it is cut off
    ("eyJ", r"(?<![\w\-]eyJ)[\w\-]{10,}\.eyJ[\w\-]{6,}(?:\.[\w\-]*)?"),
)
"""How a token begins, and what follows. They begin with a letter that no letter or digit stands before."""


def _token(beginning: str, rest: str) -> str:
    """Let the first letter stand first: a search skips to the letters that an alternative can begin with."""
    first = beginning[0]
    return f"{first}(?<![A-Za-z0-9]{first}){re.escape(beginning[1:])}{rest}"


TOKENS: Final = re.compile("|".join(_token(*token) for token in _TOKENS))
"""The tokens that are told by their beginning."""

SHORTEST_TOKEN: Final = 16
"""Characters of the shortest one; none holds a blank."""

OTHERS: Final = tuple(
    (needle, re.compile(pattern))
    for needle, pattern in (
        (".slack.com/", r"(?<=hooks\.slack\.com/)[A-Za-z0-9_/\-]{10,}"),
        ("/api/webhooks/", r"(?<=/api/webhooks/)\d{6,}/[\w\-]{10,}"),
        ("/webhookb2/", r"(?<=/webhookb2/)[^\s\"'<>]{20,}"),
        ("/soap/v3", r"(?<=softlayer\.com/soap/v3)(?:\.\d)?/[A-Za-z0-9]{32,}"),
        (":AA", r"(?<!\d)\d{8,10}:AA[\w\-]{33}(?![\w\-])"),  # Telegram
        (".", r"(?<![\w\-.])[\w\-]{0,4}?[MNO][\w\-]{23,25}\.[\w\-]{6}\.[\w\-]{27,38}"),  # Discord
        ("-us", r"(?<!\w)[0-9a-f]{32}-us\d{1,2}(?!\w)"),  # Mailchimp
        ("==", r"(?:(?<=/)|(?<![A-Za-z0-9+/\-]))[A-Za-z0-9+/]{86}=="),  # Azure; a checksum follows its "sha512-"
        (".atlasv1.", r"(?<![\w.])[A-Za-z0-9]{14}\.atlasv1\.[\w\-]{40,}"),
        ("pat", r"(?<![\w.])pat[A-Za-z0-9]{14}\.[0-9a-f]{40,}"),
    )
)
"""Tokens that are told by the text around them: a text that stands beside each of them, and the pattern."""

SHORTEST_OTHER: Final = 26
"""Characters without a blank around the shortest of them."""

BRIEF: Final = tuple(
    (needle, re.compile(pattern))
    for needle, pattern in (
        ("earer ", r"(?<=[Bb]earer )(?![A-Za-z]?[a-z]*(?![\w\-.~+/=]))[\w\-.~+/=]{8,}"),
        ("asic ", r"(?<=[Bb]asic )(?![A-Za-z]?[a-z]*(?![\w+/=]))[\w+/]{8,}={0,2}"),
        (" -u ", r"(?<= -u )[\w.@\-]{1,60}:\S+"),
        (" -p ", r"(?<= -p )(?=\S{0,60}\d)(?=\S{0,60}[A-Za-z])(?![A-Za-z]{1,60}[-_.]?[\d.]+(?!\S))[^\s/]{8,}"),
        ("mysql", r"(?<= -p)[^\s\-/]\S{3,}"),
        ("npm_", r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{10,}"),
        ("AKC", r"(?<![A-Za-z0-9])AKC[A-Za-z0-9]{10,}"),  # Artifactory
        ("AP", r"(?<![A-Za-z0-9])AP\d(?!\d)[A-Za-z0-9]{10,}"),
    )
)
"""The same, for tokens that are shorter, or that a blank stands in."""

HINTS: Final = (
    *("token", "pass", "pwd", "pw", "secret", "contrase", "kennwort", "cred", "auth", "key", "cookie", "bearer", "jwt"),
    *("otp", "sharedaccess", "pat"),
)
"""One of these is in every secret's name, in lower case; most texts have none."""
