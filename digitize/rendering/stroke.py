"""Anti-aliased strokes with their derivatives: how much of each pixel a broken line covers.

Coverage is the mean over sub-pixel places of a linear edge at half the stroke's width from the line. Distances are to
the nearest segment, so joins and caps are round, and a place depends on the two ends of its nearest segment only: the
normal matrix of a fit is banded. Mitred joins, as canvases and SVG draw them, reach further: in the outer wedge of a
corner a place is as far off as from the further of its two segments' lines; a corner sharper than the mitre's limit
is cut off square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray

IntArray = NDArray[np.int64]

PARTS = 3
"""Sub-pixel places along each side of a pixel."""
COARSE_PARTS = 2
"""As many do where a drawing is compared, not measured."""
HALF_DIAGONAL_PX = 0.71
ROUND_JOINS = 0.0
FAR_PX = 1e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """What a line covers.

    Attributes
    ----------
    rows, cols : (P,) int arrays
        Pixels touched, each once, in whole-image coordinates.
    coverage : (P,) float array
        0 to 1.
    item_pixel : (N,) int array
        For every place on an edge: its pixel among the P.
    item_vertex : (N,) int array
        The vertex before its segment; the one after is the next.
    item_slopes : (N, 4) float array
        Change of the pixel's coverage with x and y of the vertex before, and of the one after.
    item_widening : (N,) float array
        Change of the pixel's coverage with the stroke's width.
    """

    rows: IntArray
    cols: IntArray
    coverage: FloatArray
    item_pixel: IntArray
    item_vertex: IntArray
    item_slopes: FloatArray
    item_widening: FloatArray


def draw_stroke(
    points: FloatArray,
    width_px: float,
    shape: tuple[int, ...],
    edge_px: float | None = None,
    parts: int = PARTS,
    mitre: float = ROUND_JOINS,
) -> Stroke:
    """Coverage of a broken line, and how it changes as the vertices move.

    Parameters
    ----------
    points : (K, 2) float array
        Vertices in drawing order, pixel centres at whole numbers.
    width_px : float
    shape : tuple of int
        Of the image; pixels outside are left out.
    edge_px : float, optional
        Breadth of the edge's ramp at every place; more than the distance of two places draws a blurred stroke.
    parts : int
        Places along each side of a pixel.
    mitre : float
        How many times its width a stroke may reach at a corner from the inner to the outer tip (the limit as SVG and
        canvases define it); 0 for round joins.
    """
    edge_px = max(edge_px or 0.0, 1.0 / parts)
    radius = width_px / 2
    reach = radius + edge_px / 2 + HALF_DIAGONAL_PX
    joins = _Joins.of(points, radius, mitre) if mitre > 0 and len(points) > 2 else None
    segment, row, col = _near_pixels(points, reach, shape, joins)
    key = row * shape[1] + col
    order = np.argsort(key, kind="stable")
    key, segment, row, col = key[order], segment[order], row[order], col[order]
    is_first = np.concatenate([[True], key[1:] != key[:-1]]) if len(key) else np.zeros(0, bool)
    first = np.flatnonzero(is_first)
    pixel = np.cumsum(is_first) - 1
    count = len(first)
    start, delta = points[segment], points[segment + 1] - points[segment]
    length2 = np.maximum((delta**2).sum(axis=1), 1e-12)
    from_x, from_y = col - start[:, 0], row - start[:, 1]
    step_x, step_y = delta[:, 0], delta[:, 1]
    coverage = np.zeros(count)
    share = 1.0 / parts**2
    items: list[tuple[IntArray, IntArray, FloatArray, FloatArray]] = []
    offsets = ((np.arange(parts) - (parts - 1) / 2) / parts).tolist()
    for dy in offsets:
        for dx in offsets:
            px, py = from_x + dx, from_y + dy
            free = (px * step_x + py * step_y) / length2
            along = np.clip(free, 0.0, 1.0)
            away_x, away_y = px - along * step_x, py - along * step_y
            distance = np.sqrt(away_x**2 + away_y**2)
            if joins is not None:
                joins.reshape(segment, px, py, free, along, away_x, away_y, distance)
            nearest = np.minimum.reduceat(distance, first) if count else np.empty(0)
            level = (radius - nearest) / edge_px + 0.5
            coverage += share * np.clip(level, 0.0, 1.0)
            partial = (level > 0) & (level < 1)
            at_nearest = distance <= nearest[pixel] + 1e-9
            pair = np.flatnonzero(partial[pixel] & at_nearest)
            # around a vertex two segments are equally near: each counts half
            ties = np.bincount(pixel[at_nearest], minlength=count)
            scale = share / edge_px / np.maximum(distance[pair], 1e-6) / ties[pixel[pair]]
            unit_x, unit_y, t = away_x[pair] * scale, away_y[pair] * scale, along[pair]
            slopes = np.stack([(1 - t) * unit_x, (1 - t) * unit_y, t * unit_x, t * unit_y], axis=1)
            items.append((pixel[pair], segment[pair], slopes, 0.5 * share / edge_px / ties[pixel[pair]]))
    item_pixel, item_vertex, item_slopes, item_widening = (np.concatenate(side) for side in zip(*items, strict=True))
    return Stroke(
        rows=row[first],
        cols=col[first],
        coverage=coverage,
        item_pixel=item_pixel,
        item_vertex=item_vertex,
        item_slopes=item_slopes,
        item_widening=item_widening,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Joins:
    """Corners of a broken line with mitres.

    Attributes
    ----------
    points : (K, 2) float array
    unit : (K - 1, 2) float array
        Direction of every segment.
    tip_px : (K,) float array
        From a vertex along its segments' lines to where the mitre ends; 0 where the corner is cut off, and at the ends.
    outward : (K, 2) float array
        Unit vector out of every corner.
    cut_px : (K,) float array
        Of corners that are cut off: by how much the cut lies nearer to the vertex than half the width.
    """

    points: FloatArray
    unit: FloatArray
    tip_px: FloatArray
    outward: FloatArray
    cut_px: FloatArray

    @classmethod
    def of(cls, points: FloatArray, radius: float, mitre: float) -> _Joins:
        step = np.diff(points, axis=0)
        unit = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
        cosine = np.clip((unit[:-1] * unit[1:]).sum(axis=1), -1.0, 1.0)
        # half the angle between the two strokes: 90 degrees where the line runs straight on
        sine, half_cosine = np.sqrt((1 + cosine) / 2), np.sqrt((1 - cosine) / 2)
        outward = unit[:-1] - unit[1:]
        outward /= np.maximum(np.hypot(*outward.T), 1e-9)[:, None]
        mitred = sine * mitre >= 1.0
        tip = np.where(mitred, radius * half_cosine / np.maximum(sine, 1e-6), 0.0)
        edge = np.zeros((1, 2))
        return cls(
            points=points,
            unit=unit,
            tip_px=np.concatenate([[0.0], tip, [0.0]]),
            outward=np.concatenate([edge, outward, edge]),
            cut_px=np.concatenate([[0.0], np.where(mitred, 0.0, radius * (1 - sine)), [0.0]]),
        )

    def lengthened(self) -> tuple[FloatArray, FloatArray]:
        """Starts and ends of the segments, out to the tips of their mitres."""
        return (
            self.points[:-1] - self.tip_px[:-1, None] * self.unit,
            self.points[1:] + self.tip_px[1:, None] * self.unit,
        )

    def reshape(
        self,
        segment: IntArray,
        from_x: FloatArray,
        from_y: FloatArray,
        free: FloatArray,
        along: FloatArray,
        away_x: FloatArray,
        away_y: FloatArray,
        distance: FloatArray,
    ) -> None:
        """Turn the round joins of places in the outer wedges of corners into mitres or cuts, in place."""
        last = len(self.unit) - 1
        for past, side, other in ((free > 1.0, 1, 1), (free < 0.0, 0, -1)):
            at = np.flatnonzero(past & (segment != (last if side else 0)))
            own = segment[at]
            corner = own + side
            x = from_x[at] - side * (self.points[own + 1, 0] - self.points[own, 0])
            y = from_y[at] - side * (self.points[own + 1, 1] - self.points[own, 1])
            beside = self.unit[own + other]
            wedge = (x * beside[:, 0] + y * beside[:, 1]) * other < 0
            at, own, corner, x, y, beside = (each[wedge] for each in (at, own, corner, x, y, beside))
            unit = self.unit[own]
            own_off = x * unit[:, 1] - y * unit[:, 0]
            other_off = np.abs(x * beside[:, 1] - y * beside[:, 0])
            mitred = self.tip_px[corner] > 0
            m = at[mitred]
            along[m] = free[m]
            away_x[m] = (own_off * unit[:, 1])[mitred]
            away_y[m] = (-own_off * unit[:, 0])[mitred]
            # the other segment's own pair stands for the place where that is the further one
            distance[m] = np.where(np.abs(own_off) >= other_off - 1e-9, np.abs(own_off), FAR_PX)[mitred]
            c, k = at[~mitred], corner[~mitred]
            off = x[~mitred] * self.outward[k, 0] + y[~mitred] * self.outward[k, 1] + self.cut_px[k]
            straight = self.cut_px[k] <= 0
            off = np.where(straight, distance[c], np.maximum(off, 1e-6))
            away_x[c] = np.where(straight, away_x[c], off * self.outward[k, 0])
            away_y[c] = np.where(straight, away_y[c], off * self.outward[k, 1])
            distance[c] = off


def _near_pixels(
    points: FloatArray, reach: float, shape: tuple[int, ...], joins: _Joins | None
) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of a segment, its mitres counted, and a pixel whose centre lies within reach of it."""
    start, end = (points[:-1], points[1:]) if joins is None else joins.lengthened()
    low, high = np.minimum(start, end), np.maximum(start, end)
    first = np.maximum(np.ceil(low[:, 0] - reach), 0).astype(np.int64)
    last = np.minimum(np.floor(high[:, 0] + reach), shape[1] - 1).astype(np.int64)
    segment, col = _spread(first, last)
    # of a segment only the part beside the column counts
    delta = end - start
    across = np.where(np.abs(delta[:, 0]) < 1e-9, 1e-9, delta[:, 0])
    t0 = np.clip((col - reach - start[segment, 0]) / across[segment], 0.0, 1.0)
    t1 = np.clip((col + reach - start[segment, 0]) / across[segment], 0.0, 1.0)
    upright = np.abs(delta[segment, 0]) < 1e-9
    t0, t1 = np.where(upright, 0.0, t0), np.where(upright, 1.0, t1)
    y0, y1 = start[segment, 1] + t0 * delta[segment, 1], start[segment, 1] + t1 * delta[segment, 1]
    top = np.maximum(np.ceil(np.minimum(y0, y1) - reach), 0).astype(np.int64)
    bottom = np.minimum(np.floor(np.maximum(y0, y1) + reach), shape[0] - 1).astype(np.int64)
    pair, row = _spread(top, bottom)
    segment, col = segment[pair], col[pair]
    px, py = col - start[segment, 0], row - start[segment, 1]
    dx, dy = delta[segment, 0], delta[segment, 1]
    t = np.clip((px * dx + py * dy) / np.maximum(dx**2 + dy**2, 1e-12), 0.0, 1.0)
    near = (px - t * dx) ** 2 + (py - t * dy) ** 2 <= reach**2
    return segment[near], row[near], col[near]


def _spread(first: IntArray, last: IntArray) -> tuple[IntArray, IntArray]:
    """Every whole number of every range first..last, with the range it is of."""
    length = np.maximum(last - first + 1, 0)
    owner = np.repeat(np.arange(len(length), dtype=np.int64), length)
    offset = np.arange(int(length.sum()), dtype=np.int64) - np.repeat(np.cumsum(length) - length, length)
    return owner, first[owner] + offset
