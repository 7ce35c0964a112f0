# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a llama model with random weights, which the engine loads like a true one: write_model.py FILE."""

from __future__ import annotations

import sys

import gguf
import numpy

EMBEDDING = 64
FEED_FORWARD = 128
LAYERS = 2
HEADS = 8
# The SDK refuses a model whose chat format it does not know; it knows this one.
CHAT_ML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)

random = numpy.random.default_rng(seed=1)


def random_weights(*shape: int) -> numpy.ndarray:
    """Small numbers around zero."""
    return (random.standard_normal(shape, dtype=numpy.float32) / 50).astype(numpy.float16)


def ones() -> numpy.ndarray:
    """What a normalization is multiplied with."""
    return numpy.ones(EMBEDDING, dtype=numpy.float32)


def vocabulary() -> tuple[list[str], list[gguf.TokenType]]:
    """The least that a tokenizer of the kind SPM accepts: control tokens, all bytes, a space, the letters."""
    control = {
        "<unk>": gguf.TokenType.UNKNOWN,
        "<s>": gguf.TokenType.CONTROL,
        "</s>": gguf.TokenType.CONTROL,
    }
    every_byte = {f"<0x{byte:02X}>": gguf.TokenType.BYTE for byte in range(256)}
    words = dict.fromkeys(["▁", *"abcdefghijklmnopqrstuvwxyz"], gguf.TokenType.NORMAL)
    tokens = {**control, **every_byte, **words}
    return list(tokens), list(tokens.values())


def main(path: str) -> None:
    """Write the file."""
    tokens, types = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("random")
    writer.add_context_length(2048)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(rank) for rank in range(len(tokens))])
    writer.add_token_types(types)
    writer.add_bos_token_id(tokens.index("<s>"))
    writer.add_eos_token_id(tokens.index("</s>"))
    writer.add_unk_token_id(tokens.index("<unk>"))
    writer.add_chat_template(CHAT_ML)

    writer.add_tensor("token_embd.weight", random_weights(len(tokens), EMBEDDING))
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        writer.add_tensor(f"{block}.attn_norm.weight", ones())
        writer.add_tensor(f"{block}.ffn_norm.weight", ones())
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"{block}.{part}.weight", random_weights(EMBEDDING, EMBEDDING))
        for part in ("ffn_gate", "ffn_up"):
            writer.add_tensor(f"{block}.{part}.weight", random_weights(FEED_FORWARD, EMBEDDING))
        writer.add_tensor(f"{block}.ffn_down.weight", random_weights(EMBEDDING, FEED_FORWARD))
    writer.add_tensor("output_norm.weight", ones())
    writer.add_tensor("output.weight", random_weights(len(tokens), EMBEDDING))

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1])
