"""Trains the chart recogniser and writes it as ONNX.

Processes draw examples while the GPU learns from them; an example is drawn once and used a few times. Learning stops at
a given time, with the learning rate brought to zero by then.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import random
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from digitize.ocr.chart_text import CELL_PX
from digitize.ocr.contrast import STRIP_HEIGHT_PX
from digitize.ocr.training.alphabet import CLASSES, to_classes
from digitize.ocr.training.corpus import words
from digitize.ocr.training.drawing import draw_example, find_fonts
from digitize.ocr.training.export import export
from digitize.ocr.training.network import ChartTextNetwork

BUCKETS_PX = (48, 80, 112, 160, 224, 320, 448, 640)
BATCH_COLUMNS_PX = 24_576
"""Columns of a batch: narrow strips come in larger batches."""
RESERVOIR_BATCHES = 1500
USES = 3
"""How often an example is learnt from, on average."""
LEARNING_RATE = 2.5e-3
AVERAGE_DECAY = 0.9995
BARRED_FONTS = ("C059", "Cantarell-Regular", "Tinos", "LiberationSansNarrow-Regular")
"""Kept for the test at the end."""

Batch = tuple[np.ndarray, list[list[int]]]


def draw_batches(seed: int, fonts: tuple[str, ...], target: Any) -> None:
    """Draw examples for ever and put full batches of one width into the queue."""
    cv2.setNumThreads(1)
    random_ = random.Random(seed)
    waiting: dict[int, list[tuple[np.ndarray, list[int]]]] = {bucket: [] for bucket in BUCKETS_PX}
    while True:
        example = draw_example(random_, fonts)
        if example is None:
            continue
        strip, text = example
        bucket = next((width for width in BUCKETS_PX if width >= strip.shape[1]), None)
        labels = to_classes(text)
        if bucket is None or len(labels) + sum(a == b for a, b in zip(labels, labels[1:])) > strip.shape[1] // 2:
            continue
        row = np.zeros((STRIP_HEIGHT_PX, bucket), np.uint8)
        row[:, : strip.shape[1]] = np.round(strip * 255)
        waiting[bucket].append((row, labels))
        if len(waiting[bucket]) * bucket >= BATCH_COLUMNS_PX:
            rows, texts = zip(*waiting[bucket], strict=True)
            target.put((np.stack(rows), list(texts)))
            waiting[bucket] = []


def greedy(output: Tensor) -> list[str]:
    """The text of every row of log-probabilities."""
    texts = []
    for row in output.argmax(dim=2).cpu().numpy():
        kept = row[np.r_[True, row[1:] != row[:-1]] & (row > 0)]
        texts.append("".join(CLASSES[index - 1] for index in kept))
    return texts


def train(args: argparse.Namespace) -> None:
    """Learn until the time is up, then test and export."""
    start = time.monotonic()
    fonts = find_fonts([Path(folder) for folder in args.fonts])
    barred = tuple(path for path in fonts if any(name in path for name in BARRED_FONTS))
    known = tuple(path for path in fonts if path not in barred)
    vocabulary = words()[0]
    print(f"{len(known)} fonts, {len(barred)} for tests, {len(vocabulary)} words, {len(CLASSES)} classes", flush=True)
    context = multiprocessing.get_context("fork")
    target = context.Queue(maxsize=200)
    workers = [
        context.Process(target=draw_batches, args=(args.seed * 1000 + number, known, target), daemon=True)
        for number in range(args.workers)
    ]
    for worker in workers:
        worker.start()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = ChartTextNetwork().to(device)
    if args.resume:
        network.load_state_dict(torch.load(args.resume, map_location=device, weights_only=True))
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE_DECAY), use_buffers=True
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=args.rate, weight_decay=1e-2)
    loss_of = nn.CTCLoss(zero_infinity=True)
    reservoir: list[Batch] = []
    random_ = random.Random(args.seed)
    seconds = args.minutes * 60
    steps = examples = drawn = 0
    losses: list[float] = []
    while (spent := time.monotonic() - start) < seconds:
        try:
            batch = target.get(timeout=60) if not reservoir else target.get_nowait()
            drawn += len(batch[1])
            reservoir.append(batch)
            if len(reservoir) > RESERVOIR_BATCHES:
                reservoir.pop(random_.randrange(len(reservoir)))
        except queue.Empty:
            if steps and examples > USES * drawn:
                time.sleep(0.005)
                continue
            batch = random_.choice(reservoir)
        progress = spent / seconds
        rate = args.rate * min(1.0, steps / 500) * 0.5 * (1 + np.cos(np.pi * progress))
        for group in optimiser.param_groups:
            group["lr"] = rate
        strips = torch.from_numpy(batch[0]).to(device, non_blocking=True).float().div_(255).unsqueeze(1)
        labels = torch.tensor([label for text in batch[1] for label in text])
        lengths = torch.tensor([len(text) for text in batch[1]])
        network.train()
        with torch.autocast(device.type, torch.bfloat16):
            output = network(strips)
        output = output.float().transpose(0, 1)
        loss = loss_of(output, labels.to(device), torch.full((output.shape[1],), output.shape[0]), lengths)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        average.update_parameters(network)
        steps += 1
        examples += len(batch[1])
        if steps % 100 == 0:
            losses.append(float(loss))
        if steps % 2000 == 0:
            loss_now = np.mean(losses[-20:])
            print(f"{spent:5.0f} s  {steps} steps  {drawn} drawn  {examples} learnt  {loss_now:.4f}", flush=True)
    for worker in workers:
        worker.terminate()
    network.load_state_dict(average.module.state_dict())
    network.eval()
    for name, chosen in (("known fonts", known), ("unknown fonts", barred or known)):
        print(f"{name}: {test(network, device, chosen, args.tested):.2%} of lines right", flush=True)
    export(network.cpu(), Path(args.out))


def test(network: nn.Module, device: torch.device, fonts: tuple[str, ...], count: int) -> float:
    """Share of fresh lines read without a mistake."""
    random_ = random.Random(-1)
    right = total = 0
    while total < count:
        example = draw_example(random_, fonts)
        if example is None:
            continue
        strip, text = example
        padded = np.pad(strip, ((0, 0), (0, -strip.shape[1] % CELL_PX)))
        with torch.no_grad():
            said = greedy(network(torch.from_numpy(padded)[None, None].to(device)))[0]
        right += to_classes(said) == to_classes(text)
        total += 1
    return right / total


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", nargs="+", required=True, help="folders of .ttf and .otf files")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--workers", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", default="", help="a .pt file to go on from")
    parser.add_argument("--rate", type=float, default=LEARNING_RATE, help="highest learning rate")
    parser.add_argument("--tested", type=int, default=4000, help="fresh lines to test with")
    parser.add_argument("--out", default="chart_text.onnx")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
