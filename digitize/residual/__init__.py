"""What a reading leaves unexplained: all that was read is drawn again and compared with the picture."""

from digitize.residual.judge import judge_panel, mend_panel

__all__ = ["judge_panel", "mend_panel"]
