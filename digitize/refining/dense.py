"""A line given as its samples, written out again as a point for every pixel column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from digitize.values import Trace


def to_every_pixel(trace: Trace) -> Trace:
    """The trace with its samples, and between them a point in every pixel column they span.

    Points between samples lie on the straight stroke that was drawn there; they take the standard errors of the
    samples beside them and the flags of the nearer one. A trace that holds no recovered samples
    is dense already and comes back as it is.
    """
    if trace.path_px is None or trace.kind != "line":
        return trace
    points, sigma, flags = [], [], []
    for k in range(len(trace.points_px)):
        points.append(trace.points_px[k : k + 1])
        sigma.append(trace.sigma_px[k : k + 1])
        flags.append(trace.flags[k : k + 1])
        if k + 1 == len(trace.points_px):
            break
        ends = trace.points_px[k : k + 2]
        if not np.isfinite(ends).all():
            continue
        columns = np.arange(np.floor(ends[0, 0]) + 1, np.ceil(ends[1, 0]))
        share = (columns - ends[0, 0]) / max(ends[1, 0] - ends[0, 0], 1e-9)
        points.append(np.stack([columns, ends[0, 1] + share * (ends[1, 1] - ends[0, 1])], axis=1))
        beside = trace.sigma_px[k : k + 2]
        sigma.append((1 - share)[:, None] * beside[0] + share[:, None] * beside[1])
        flags.append(np.where(share < 0.5, trace.flags[k], trace.flags[k + 1]).astype(np.uint16))
    return replace(
        trace, points_px=np.concatenate(points), sigma_px=np.concatenate(sigma), flags=np.concatenate(flags)
    )
