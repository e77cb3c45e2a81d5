"""Pretrained encoders without training: tiny ones of `diffusers` and `transformers`, built from configurations."""

from __future__ import annotations

import torch
from echo_model.pretrained import Encoders, Language

WORDS = [
    "<eos>",
    "User",
    ":",
    "Avatar",
    "hello",
    "you",
    "feel",
    "happy",
    "sad",
    "In",
    "one",
    "sentence",
    "how",
    "does",
    "the",
    "listener",
    "?",
    "I",
    "am",
    "fine",
    ".",
]


def encoders() -> Encoders:
    """One of each."""
    torch.manual_seed(0)
    return Encoders(video(), understanding(), language(), text())


def video(channels: int = 4):
    """A causal video autoencoder."""
    from diffusers import AutoencoderKLWan

    return AutoencoderKLWan(base_dim=4, z_dim=channels, dim_mult=[1, 1, 1, 1], num_res_blocks=1)


def tokeniser():
    """Words and nothing else."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({word: k for k, word in enumerate(WORDS)}, unk_token="."))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<eos>", unk_token=".")


def sizes():
    return {
        "vocab_size": len(WORDS), "hidden_size": 24, "intermediate_size": 32, "num_hidden_layers": 1,
        "num_attention_heads": 2, "max_position_embeddings": 600, "bos_token_id": None, "eos_token_id": 0,
    }  # fmt: skip


def understanding():
    """The body of a multimodal language model."""
    from transformers import AutoModel, CLIPVisionConfig, LlamaConfig, LlavaConfig

    eyes = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14
    )
    return Language(
        AutoModel.from_config(LlavaConfig(vision_config=eyes, text_config=LlamaConfig(**sizes()), image_token_index=0)),
        tokeniser(),
    )


def language():
    """A causal language model."""
    from transformers import AutoModelForCausalLM, MistralConfig

    return Language(AutoModelForCausalLM.from_config(MistralConfig(num_key_value_heads=2, **sizes())), tokeniser())


def text():
    """A text encoder."""
    from transformers import T5Config, T5EncoderModel

    config = T5Config(vocab_size=len(WORDS), d_model=20, d_kv=10, d_ff=16, num_layers=1, num_heads=2)
    return Language(T5EncoderModel(config), tokeniser())
