"""The network: convolutions down to one row, context along the line, two CTC steps for every four columns."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from digitize.ocr.contrast import STRIP_HEIGHT_PX
from digitize.ocr.training.alphabet import CLASSES

COLUMNS_PER_CELL = 4
STEPS_PER_CELL = 2


class _Block(nn.Sequential):
    """Convolution, normalisation, activation."""

    def __init__(self, before: int, after: int, stride: tuple[int, int] = (1, 1)) -> None:
        super().__init__(
            nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
        )


class _Residual(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _Block(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, value: Tensor) -> Tensor:
        return torch.relu(value + self.second(self.first(value)))


class _Context(nn.Module):
    """Neighbouring cells looked at together: a depth-wise convolution along the line, then a mixing of channels."""

    def __init__(self, channels: int, reach: int) -> None:
        super().__init__()
        self.along = nn.Conv1d(channels, channels, 2 * reach + 1, padding=reach, groups=channels, bias=False)
        self.norm = nn.BatchNorm1d(channels)
        self.mix = nn.Sequential(
            nn.Conv1d(channels, 2 * channels, 1), nn.ReLU(inplace=True), nn.Conv1d(2 * channels, channels, 1)
        )

    def forward(self, value: Tensor) -> Tensor:
        return value + self.mix(self.norm(self.along(value)))


class ChartTextNetwork(nn.Module):
    """(N, 1, 32, W) strips to (N, W / 2, classes + 1) log-probabilities; class 0 is the blank."""

    def __init__(self, channels: tuple[int, ...] = (24, 48, 96, 160), width: int = 256, contexts: int = 5) -> None:
        super().__init__()
        one, two, three, four = channels
        self.image = nn.Sequential(
            _Block(1, one),
            _Block(one, two, (2, 2)),
            _Residual(two),
            _Block(two, three, (2, 2)),
            _Residual(three),
            _Block(three, four, (2, 1)),
            _Residual(four),
        )
        self.fold = nn.Sequential(
            nn.Conv2d(four, width, (STRIP_HEIGHT_PX // 8, 1), bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        self.context = nn.Sequential(*(_Context(width, 3) for _ in range(contexts)))
        self.classes = len(CLASSES) + 1
        self.head = nn.Conv1d(width, STEPS_PER_CELL * self.classes, 1)

    def forward(self, strips: Tensor) -> Tensor:
        cells = self.context(self.fold(self.image(strips)).squeeze(2))
        steps = self.head(cells).transpose(1, 2)
        return steps.reshape(steps.shape[0], -1, self.classes).log_softmax(dim=2)
