"""What a reading leaves unexplained: what a reading covers is compared with the ink of the picture."""

from digitize.residual.judge import judge_panel, mend_panel

__all__ = ["judge_panel", "mend_panel"]
