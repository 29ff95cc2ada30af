"""Tiny models with random weights and a tokenizer of a few words: nothing is loaded from a hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

WORDS = ["a", "cat", "dog", "sat", "ran", "on", "the", "mat", "good", "bad", "very", "not"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[EOS]"]
TEXTS = ["the cat sat on the mat", "a dog ran", "very good", "not bad", "the dog sat", "a very bad cat"] * 4
SMALL: dict[str, Any] = {"vocab_size": len(WORDS) + len(SPECIAL), "hidden_size": 8, "intermediate_size": 16}
LAYERS: dict[str, Any] = {"num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 64}
ENDS: dict[str, Any] = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 5}
QUIET: dict[str, Any] = {
    "per_device_train_batch_size": 2,
    "max_steps": 3,
    "logging_steps": 1,
    "use_cpu": True,
    "disable_tqdm": True,
    "report_to": [],
    "save_strategy": "no",
    "dataloader_pin_memory": False,
}


def tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer of a few words."""
    words = {word: number for number, word in enumerate(SPECIAL + WORDS)}
    inner = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))  # a word, not a secret
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", words["[CLS]"]), ("[SEP]", words["[SEP]"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="[PAD]",
        unk_token="[UNK]",
        eos_token="[EOS]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=32,
    )


def llama(*, labels: int = 0) -> Any:
    """Return a causal language model, or a classifier with that many labels."""
    if labels:
        return LlamaForSequenceClassification(LlamaConfig(**SMALL, **LAYERS, **ENDS, num_labels=labels))
    return LlamaForCausalLM(LlamaConfig(**SMALL, **LAYERS, **ENDS))


def t5() -> T5ForConditionalGeneration:
    """Return an encoder with a decoder."""
    config = T5Config(
        vocab_size=SMALL["vocab_size"], d_model=8, d_kv=4, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0
    )
    return T5ForConditionalGeneration(config)


def bert(folder: Path) -> Path:
    """Save an encoder and its tokenizer, for libraries that load from a folder."""
    BertModel(BertConfig(**SMALL, **LAYERS, pad_token_id=0)).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder
