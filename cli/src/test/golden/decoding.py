"""Makes ../resources/decoding.json, the cases of DecodingTest, with transformers 5.17 and torch:

    python decoding.py FOLDER_OF_LLAMA_GQA ../resources/decoding.json [COUNT]

Options are drawn at random; outputs are what generate() returns and what the logits processors make
of random logits (null where they cut).
"""
import json
import random
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM
from transformers.generation import logits_process as lp

MODEL, OUT = sys.argv[1:3]
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 40
rng = random.Random(3)


def some(probability, options, name, values):
    if rng.random() < probability:
        options[name] = rng.choice(values)


def generation(model):
    n = rng.choice([1, 2, 3, 4, 5, 8])
    o = {"num_beams": n}
    some(0.3, o, "repetition_penalty", [0.8, 1.1, 1.3, 1.5, 2.0])
    some(0.3, o, "no_repeat_ngram_size", [1, 2, 3])
    eos = [7, 12, 166, [12, 166], [49, 12, 182, 16], [213, 103, 38, 12, 10], [166, 16, 182], list(range(0, 40, 2))]
    some(0.7, o, "eos_token_id", eos)
    if "eos_token_id" in o:
        some(0.4, o, "min_new_tokens", [1, 2, 4, 8, 16])
    if n > 1:
        some(0.8, o, "length_penalty", [0.0, -1.0, 0.5, 1.0, 2.0, 0.6, 3.0])
        some(0.8, o, "early_stopping", [True, False, "never"])
        o["num_return_sequences"] = rng.randint(1, n)
    new = rng.choice([1, 2, 5, 16, 16, 24])
    prompt = [rng.randrange(256) for _ in range(rng.choice([1, 2, 5, 17, 31, 32, 33, 64]))]
    r = model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        max_new_tokens=new,
        do_sample=False,
        return_dict_in_generate=True,
        output_scores=True,
        pad_token_id=0,
        **{"eos_token_id": None, **o},
    )
    scores = getattr(r, "sequences_scores", None)
    return {
        "options": o,
        "input_ids": prompt,
        "max_new_tokens": new,
        "outputs": r.sequences[:, len(prompt) :].tolist(),
        "sequences_scores": None if scores is None else scores.tolist(),
    }


FILTERS = {
    "repetition_penalty": (lp.RepetitionPenaltyLogitsProcessor, [0.7, 1.2, 2.0]),
    "no_repeat_ngram_size": (lp.NoRepeatNGramLogitsProcessor, [1, 2, 3]),
    "temperature": (lp.TemperatureLogitsWarper, [0.3, 0.7, 1.5, 3.0]),
    "top_k": (lp.TopKLogitsWarper, [1, 2, 10, 5000]),
    "top_p": (lp.TopPLogitsWarper, [0.05, 0.5, 0.9, 0.99]),
    "min_p": (lp.MinPLogitsWarper, [0.01, 0.1, 0.5, 1.0]),
    "typical_p": (lp.TypicalLogitsWarper, [0.1, 0.5, 0.8, 0.95]),
    "epsilon_cutoff": (lp.EpsilonLogitsWarper, [1e-4, 0.003, 0.02, 0.2]),
    "eta_cutoff": (lp.EtaLogitsWarper, [1e-4, 0.003, 0.02, 0.2]),
}


def filtering(seed):
    size = rng.choice([5, 24, 48])
    g = torch.Generator().manual_seed(seed)
    logits = torch.randn(size, generator=g) * rng.choice([0.3, 1, 3, 8])
    # few of the ids, so that bans leave something
    context = [rng.randrange(max(1, size // 2)) for _ in range(rng.choice([1, 2, 5, 40]))]
    o = {}
    for name, (_, values) in FILTERS.items():
        some(0.4, o, name, values)
    scores = logits[None].clone()
    for name, value in o.items():
        scores = FILTERS[name][0](value)(torch.tensor([context]), scores)
    return {
        "options": o,
        "logits": logits.tolist(),
        "context": context,
        "processed": [None if x == float("-inf") else x for x in scores[0].tolist()],
    }


def main():
    transformers.logging.set_verbosity_error()
    model = AutoModelForCausalLM.from_pretrained(MODEL, attn_implementation="eager", dtype=torch.float32).eval()
    document = {
        "source": "transformers %s, by decoding.py" % transformers.__version__,
        "generate": [generation(model) for _ in range(COUNT)],
        "filters": [filtering(i) for i in range(COUNT)],
    }
    with open(OUT, "w") as out:
        text = json.dumps(document, separators=(",", ":"))
        out.write(text.replace('{"options"', '\n{"options"') + "\n")


main()
