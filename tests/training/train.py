#!/usr/bin/env python3
"""Trains the reader of tick labels (`digitize.ocr.label_network.onnx`) on labels drawn here.

    train.py draw FOLDER [--seed 1] [--count 120000]     labels into FOLDER, one process; run one for each core
    train.py fit FOLDER MODEL.onnx [--minutes 45]         the network, from all labels in FOLDER; its weights beside it
         [--start WEIGHTS.pt]                             going on from weights
    train.py judge MODEL.onnx [--seed 900]                how many unseen labels a model reads right, by digit height

``fit`` needs PyTorch and onnx (``pip install torch==2.13.0 onnx``), which nothing else here does. The model in the
repository saw 235,000 labels about four times, in 45 minutes on two cores; the last 5,000 are kept for the account that
is printed on the way.
"""

from __future__ import annotations

import argparse
import math
import pickle
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from digitize.ocr.label_network import CHARACTERS, GROUND_LEVEL, INK_LEVELS, OTHER, ROWS  # noqa: E402
from tests.training.drawn_labels import draw_label  # noqa: E402

SHARD = 5000
WIDEST = 260
WORD = re.compile(r"[A-Za-z]{2,}")
SPELLED = str.maketrans({"−": "-", "×": "x", "’": "'"})
BATCH, PEAK_RATE, AGAIN_RATE, WARM_UP_STEPS = 64, 3e-3, 1e-3, 300
COUNTED_STEPS, SAVED_STEPS = 500, 2000
CHANNELS = 24, 48, 80, 112

Drawn = tuple[np.ndarray[Any, np.dtype[np.uint8]], str]


def spelled(text: str) -> str:
    """A text in the characters that the network knows; a run of others is one `OTHER`."""
    known = WORD.sub(OTHER, text.translate(SPELLED))
    return "".join(character if character in CHARACTERS else OTHER for character in known)


def draw(folder: Path, seed: int, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(count // SHARD):
        lot = random.Random(1000 * seed + shard)
        labels: list[Drawn] = []
        while len(labels) < SHARD:
            drawn = draw_label(lot)
            if drawn is not None and drawn[0].shape[1] <= WIDEST:
                labels.append(drawn)
        (folder / f"{seed}_{shard:03d}.pkl").write_bytes(pickle.dumps(labels))


def load(paths: list[Path]) -> list[Drawn]:
    return [(rows, spelled(text)) for path in paths for rows, text in pickle.loads(path.read_bytes())]


def network() -> Any:
    """Convolutions down to one row, then along it; half a column in, one time step out."""
    from torch import nn

    def layer(inputs: int, outputs: int, size: tuple[int, int], padding: tuple[int, int], dilation: int = 1) -> Any:
        along = (1, dilation)
        convolution = nn.Conv2d(inputs, outputs, size, padding=padding, dilation=along, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())

    first, second, third, last = CHANNELS
    return nn.Sequential(
        layer(1, first, (3, 3), (1, 1)), nn.MaxPool2d(2),
        layer(first, second, (3, 3), (1, 1)), nn.MaxPool2d((2, 1)),
        layer(second, third, (3, 3), (1, 1)), layer(third, third, (3, 3), (1, 1)), nn.MaxPool2d((2, 1)),
        layer(third, last, (3, 1), (0, 0)),
        layer(last, last, (1, 5), (0, 2)), layer(last, last, (1, 5), (0, 4), dilation=2),
        nn.Dropout(0.1), nn.Conv2d(last, len(CHARACTERS) + 1, 1),
    )  # fmt: skip


def batches(labels: list[Drawn]) -> Iterator[list[Drawn]]:
    """Labels of about one width together, in any order."""
    order = random.sample(labels, len(labels))
    chunks = []
    for start in range(0, len(order), 40 * BATCH):
        alike = sorted(order[start : start + 40 * BATCH], key=lambda label: label[0].shape[1])
        chunks += [alike[at : at + BATCH] for at in range(0, len(alike), BATCH)]
    yield from random.sample(chunks, len(chunks))


def to_input(labels: list[Drawn], *, worn: bool) -> Any:
    """(N, 1, ROWS, W) tensor, ground 0 and ink 1; ``worn`` shifts, stretches, fades and roughens them."""
    import torch

    wide = max(rows.shape[1] for rows, _ in labels) + 4
    wide += wide % 2
    blob = np.full((len(labels), 1, ROWS, wide), GROUND_LEVEL, np.float32)
    for place, (rows, _) in enumerate(labels):
        start = random.randrange(4) if worn else 0
        blob[place, 0, :, start : start + rows.shape[1]] = rows
    inputs = (torch.from_numpy(blob) - GROUND_LEVEL) / INK_LEVELS
    if worn:
        inputs = inputs * (0.85 + 0.3 * torch.rand(len(labels), 1, 1, 1))
        inputs = inputs + torch.randn_like(inputs) * 0.04 * torch.rand(len(labels), 1, 1, 1)
        roll = random.random()
        if roll < 0.3:
            inputs = torch.roll(inputs, random.choice((-1, 1)), 2)
        elif roll > 0.8:
            size = (ROWS, int(wide * random.uniform(0.85, 1.18)) // 2 * 2)
            inputs = torch.nn.functional.interpolate(inputs, size=size, mode="bilinear", align_corners=False)
    return inputs


def fit(folder: Path, model: Path, minutes: float, start: Path | None) -> None:
    import torch

    torch.manual_seed(0)
    *training, last = sorted(folder.glob("*.pkl"))
    labels, kept = load(training), load([last])
    net = network()
    if start:
        net.load_state_dict(torch.load(start))
        print(f"to begin with {_right_frac(net, kept):.4f} of the labels kept are read right", flush=True)
    peak_rate = AGAIN_RATE if start else PEAK_RATE
    optimiser = torch.optim.AdamW(net.parameters(), lr=peak_rate, weight_decay=1e-2)
    began, step, share = time.monotonic(), 0, 0.0
    while share < 1.0:
        for batch in batches(labels):
            share = (time.monotonic() - began) / (60.0 * minutes)
            if share >= 1.0:
                break
            rate = peak_rate * min(1.0, step / WARM_UP_STEPS) * 0.5 * (1.0 + math.cos(math.pi * share)) + 1e-5
            for group in optimiser.param_groups:
                group["lr"] = rate
            net.train()
            scores = net(to_input(batch, worn=True))[:, :, 0].permute(2, 0, 1).log_softmax(2)
            classes = [[CHARACTERS.index(character) + 1 for character in text] for _, text in batch]
            loss = torch.nn.functional.ctc_loss(
                scores, torch.tensor([one for text in classes for one in text]),
                torch.full((len(batch),), scores.shape[0]),
                torch.tensor([len(one) for one in classes]), zero_infinity=True,
            )  # fmt: skip
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            step += 1
            if step % COUNTED_STEPS == 0:
                print(f"{step} steps, {_right_frac(net, kept):.4f} of the labels kept are read right", flush=True)
            if step % SAVED_STEPS == 0:
                torch.save(net.state_dict(), model.with_suffix(".pt"))
    torch.save(net.state_dict(), model.with_suffix(".pt"))
    _export(net, model)


def _right_frac(net: Any, labels: list[Drawn]) -> float:
    import torch

    net.eval()
    right = 0
    with torch.no_grad():
        for batch in batches(labels):
            best = net(to_input(batch, worn=False))[:, :, 0].argmax(1).numpy()
            for steps, (_, text) in zip(best, batch, strict=True):
                changed = np.flatnonzero((np.diff(steps, prepend=0) != 0) & (steps != 0))
                right += "".join(CHARACTERS[steps[at] - 1] for at in changed) == text
    return right / len(labels)


def _export(net: Any, model: Path) -> None:
    import torch

    class Probabilities(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, rows: Any) -> Any:
            return self.net((rows.float() - GROUND_LEVEL) / INK_LEVELS)[:, :, 0].permute(0, 2, 1).softmax(2)

    example = torch.zeros(2, 1, ROWS, 64, dtype=torch.uint8)
    torch.onnx.export(
        Probabilities().eval(), (example,), str(model), dynamo=False, opset_version=17,
        input_names=["rows"], output_names=["probability"],
        dynamic_axes={"rows": {0: "labels", 3: "columns"}, "probability": {0: "labels", 1: "steps"}},
    )  # fmt: skip


def judge(model: Path, seed: int, count: int = 3000) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    lot = random.Random(seed)
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    while sum(seen.values()) < count:
        drawn = draw_label(lot)
        if drawn is None or drawn[0].shape[1] > WIDEST:
            continue
        rows = np.pad(drawn[0], ((0, 0), (0, 4 + drawn[0].shape[1] % 2)), constant_values=GROUND_LEVEL)
        steps = session.run(None, {"rows": rows[None, None]})[0][0].argmax(1)
        changed = np.flatnonzero((np.diff(steps, prepend=0) != 0) & (steps != 0))
        text = spelled(drawn[1])
        kind = "words" if OTHER in text else "raised" if set(text) & set("⁰¹²³⁴⁵⁶⁷⁸⁹") else "level"
        seen[kind] += 1
        right[kind] += "".join(CHARACTERS[steps[at] - 1] for at in changed) == text
    for kind in sorted(seen):
        print(f"{kind:8} {right[kind] / seen[kind]:.4f} of {seen[kind]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    drawing = verbs.add_parser("draw")
    drawing.add_argument("folder", type=Path)
    drawing.add_argument("--seed", type=int, default=1)
    drawing.add_argument("--count", type=int, default=120_000)
    fitting = verbs.add_parser("fit")
    fitting.add_argument("folder", type=Path)
    fitting.add_argument("model", type=Path)
    fitting.add_argument("--minutes", type=float, default=45.0)
    fitting.add_argument("--start", type=Path, help="weights (MODEL.pt of an earlier fit) to go on from")
    judging = verbs.add_parser("judge")
    judging.add_argument("model", type=Path)
    judging.add_argument("--seed", type=int, default=900)
    asked = parser.parse_args()
    if asked.verb == "draw":
        draw(asked.folder, asked.seed, asked.count)
    elif asked.verb == "fit":
        fit(asked.folder, asked.model, asked.minutes, asked.start)
    else:
        judge(asked.model, asked.seed)


if __name__ == "__main__":
    main()
