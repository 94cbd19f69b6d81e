"""Counts the parameters of every preset without Puna: writes parameters.csv.

    python parameters.py PRESETS_FOLDER > parameters.csv

Where transformers (5.18, torch 2.13) has the model, its class is built from the preset on the meta
device and its parameters are counted, a tied one once. Where a model's code is its authors' own
(ChatGLM, Baichuan, Qwen, InternLM), the shapes are written out below. PUBLISHED holds counts read
elsewhere: a difference stops the script.
"""

import json
import os
import pathlib
import sys

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSeq2SeqLM

# Model cards and papers; the Llama 2 files hold 64 rotary frequencies a layer more.
PUBLISHED = {
    "llama2-7b": 6738417664 - 32 * 64, "llama2-13b": 13015866880 - 40 * 64,
    "llama2-70b": 68976653312 - 80 * 64, "llama3.1-8b": 8030261248, "llama3.1-70b": 70553706496,
    "llama3.1-405b": 405853388800, "falcon-180b": 179522565120, "olmo2-7b": 7298617344,
    "olmo2-13b": 13716198400, "pythia-70m": 18915328 + 2 * 50304 * 512,
    "pythia-160m": 85056000 + 2 * 50304 * 768, "pythia-410m": 302311424 + 2 * 50304 * 1024,
    "pythia-1b": 805736448 + 2 * 50304 * 2048, "pythia-1.4b": 1208602624 + 2 * 50304 * 2048,
    "pythia-2.8b": 2517652480 + 2 * 50304 * 2560, "bloom-560m": 559214592,
    "bloom-1b1": 1065314304, "bloom-1b7": 1722408960, "bloom-3b": 3002557440,
    "bloom-7b1": 7069016064, "bloom-176b": 176247271424, "gpt-neox-20b": 20554567680,
    "chatglm-6b": 6173286400, "chatglm2-6b": 6243584000, "baichuan-7b": 7000559616,
    "baichuan-13b": 13264901120, "qwen-7b": 7721324544, "qwen-14b": 14167290880,
}


def chatglm(c):
    d, layers = c["hidden_size"], c["num_layers"]
    if "multi_query_group_num" not in c:  # ChatGLM-6B: LayerNorm, biases everywhere, tied
        f, v = c["inner_hidden_size"], c["vocab_size"]
        layer = (d * 3 * d + 3 * d) + (d * d + d) + (d * f + f) + (f * d + d) + 2 * 2 * d
        total = v * d + layers * layer + 2 * d
        return total, total + v * d, "tied | lm_head a matrix of its own"
    f, v = c["ffn_hidden_size"], c["padded_vocab_size"]
    q = c["num_attention_heads"] * c["kv_channels"]
    rows = q + 2 * c["multi_query_group_num"] * c["kv_channels"]
    layer = (rows * d + rows) + d * q + 2 * f * d + d * f + 2 * d
    return 2 * v * d + layers * layer + d, None, ""


def llama_like(c, qkv_bias=0, out_bias=0, gated=None):
    d, f = c["hidden_size"], gated or c["intermediate_size"]
    h = c["num_attention_heads"]
    rows = (h + 2 * c.get("num_key_value_heads", h)) * (d // h)
    layer = d * rows + qkv_bias * rows + d * d + out_bias * d + 3 * d * f + 2 * d
    return 2 * c["vocab_size"] * d + c["num_hidden_layers"] * layer + d, None, ""


FORMULAS = {
    "chatglm": chatglm,
    "baichuan": llama_like,
    "internlm": lambda c: llama_like(c, int(c["bias"]), int(c["bias"])),
    "internlm2": llama_like,
    "qwen": lambda c: llama_like(c, 1, 0, c["intermediate_size"] // 2),
}


def from_class(c):
    kind = c["model_type"]
    config = type(AutoConfig.for_model(kind)).from_dict(dict(c))
    auto = AutoModelForCausalLM
    if kind in ("t5", "bart", "marian"):
        auto = AutoModelForSeq2SeqLM
    elif kind in ("bert", "roberta"):
        auto = AutoModel
    with torch.device("meta"):
        model = auto.from_config(config)
    model.tie_weights()
    total = sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())
    size = lambda part, of: sum(p.numel() for name, p in of() if part in name)
    if kind in ("bert", "roberta"):
        pooler = size("pooler", model.named_parameters)
        return total, total - pooler, "encoder with pooler | without"
    if kind == "t5" and c.get("tie_word_embeddings") is False and config.tie_word_embeddings:
        total += c["vocab_size"] * c["d_model"]  # transformers 5 always ties
    routing = size("e_score_correction_bias", model.named_buffers)
    if routing:
        return total + routing, None, "with the routing biases, which files hold"
    logits_bias = size("final_logits_bias", model.named_buffers)
    if logits_bias:
        computed = size("embed_positions", model.named_parameters) if kind == "marian" else 0
        total -= computed
        note = "without final_logits_bias | with it"
        return total, total + logits_bias, note + "; sinusoids not counted" * bool(computed)
    return total, None, ""


def main(folder):
    print("# Made by src/test/golden/presets/parameters.py.")
    print("# or: another count that is right, for the reason in note.")
    print("preset,parameters,or,source,note")
    for name in (folder / "index.txt").read_text().split():
        if name.endswith(":"):
            continue
        c = json.loads((folder / (name + ".json")).read_text())
        formula = FORMULAS.get(c["model_type"])
        total, other, note = formula(c) if formula else from_class(c)
        source = "formula" if formula else "class"
        if name in PUBLISHED:
            assert PUBLISHED[name] == total, (name, PUBLISHED[name], total)
            source = "published"
        print(f"{name},{total},{other or ''},{source},{note}")


main(pathlib.Path(sys.argv[1]))
