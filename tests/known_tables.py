"""The summary table of the document the project was born from, as printed there."""

SEED_TABLE = """\
| Metric | Sync (Int=1) [Blue] | Sync (Int=2) [Green] | Sync (Int=10) [Red] | One-Step Off-Policy [Purple] |
| :--- | :--- | :--- | :--- | :--- |
| **Max Time (h)** | ~130 | ~75 | ~40 | ~45 |
| **Final Reward** | ~0.51 | ~0.49 | ~0.52 | ~0.50 |
| **Final Resp. Len** | ~2200 | ~1750 | ~950 | ~1300 |
| **Final Grad Norm** | ~0.08 | ~0.09 | ~0.10 | ~0.11 |
| **Final KL Div.** | ~0.24 | ~0.20 | ~0.04 | ~0.17 |
"""
